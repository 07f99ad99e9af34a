/** A call of a route in types: which parameters, query and body it takes. */
import type * as v from 'valibot'
import type { AnyRoute, AnswerOf, Frozen, ParamsOf, Route, Schema } from './route.ts'

type Value = string | number | undefined

/** `{ [Name]: Part }`; optional if nothing in it is required. */
type Given<Name extends string, Part> = {} extends Part
  ? { readonly [Key in Name]?: Part | undefined }
  : { readonly [Key in Name]: Part }

type QueryGiven<S> = S extends Schema
  ? Given<'query', { readonly [Name in keyof v.InferInput<S>]: Value }>
  : unknown

type BodyGiven<S> = S extends Schema ? { readonly body: Frozen<v.InferInput<S>> } : unknown

type SchemasGiven<R> =
  R extends Route<string, infer Query, infer Body, Schema> ? QueryGiven<Query> & BodyGiven<Body> : unknown

type ParamsGiven<R> = Given<'params', { readonly [Name in keyof ParamsOf<R>]: string | number }>

/** Input of one call. Fields of a body that have a default may be left out; an undefined parameter is not sent. */
export type Call<R extends AnyRoute> = ParamsGiven<R> & SchemasGiven<R>

/** As an argument, which is absent if nothing is required. */
export type CallArguments<R extends AnyRoute, More> =
  {} extends Call<R> ? readonly [call?: Call<R> & More] : readonly [call: Call<R> & More]

/** Name of the list in the answer of a route that lists. */
type ListName<A> = Exclude<
  { [Name in keyof A]: A[Name] extends readonly unknown[] ? Name : never }[keyof A],
  undefined
>

/** One row of a list. */
export type RowOf<R extends AnyRoute> = AnswerOf<R>[ListName<AnswerOf<R>>] extends readonly (infer Row)[]
  ? Row
  : never

/** The path of one call, without its query. */
export const pathOf = (
  { path }: Pick<AnyRoute, 'path'>,
  params: Readonly<Record<string, string | number>> = {},
): string => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
