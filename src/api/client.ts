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
export type Call<R extends AnyRoute> = AnyRoute extends R ? AnyCall : ParamsGiven<R> & SchemasGiven<R>

/** A call of any route. */
export interface AnyCall {
  readonly params?: Readonly<Record<string, string | number>> | undefined
  readonly query?: Readonly<Record<string, Value>> | undefined
  readonly body?: unknown
}

/** As an argument, which is absent if nothing is required. */
export type CallArguments<R extends AnyRoute, More> =
  {} extends Call<R> ? readonly [call?: Call<R> & More] : readonly [call: Call<R> & More]

/** As `listNameOf`. */
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

const entriesOf = (schema: Schema | undefined): Readonly<Record<string, Schema>> =>
  (schema as { readonly entries?: Readonly<Record<string, Schema>> } | undefined)?.entries ?? {}

/** Name of the list in the answer. @throws {TypeError} of a route that lists nothing */
export function listNameOf({ path, answer }: Pick<AnyRoute, 'path' | 'answer'>): string {
  const found = Object.entries(entriesOf(answer)).find(([, { type }]) => type === 'array')
  if (found === undefined) throw new TypeError(`${path} lists nothing`)
  return found[0]
}

export const takes = ({ query }: Pick<AnyRoute, 'query'>, parameter: 'limit' | 'cursor'): boolean =>
  parameter in entriesOf(query)
