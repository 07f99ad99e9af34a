/**
 * The contract of a route: what it takes, what it answers, and who may call it. The console binds a handler to it, the client
 * of `client.ts` calls it, and the OpenAPI document is generated from it.
 */
import type * as v from 'valibot'
import type { Role } from '../registry/operators/operator.ts'
import type { ProblemCode } from './problem.ts'

/** Lowest first: each role may do all that the roles before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const satisfies readonly Role[]

export type Schema = v.GenericSchema

export type TextType = 'text/markdown'

/** The call itself, as it begins a contract. */
interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** The lowest role that may call it. */
  readonly role: Role
}

interface Outline {
  /** One line. */
  readonly summary: string
  /**
   * Set if a token limited to some sources may call the route. Its handler reads and changes data only through the store and
   * the refusal log of the request context, which are filtered to those sources. Paths under `/api/sources/{name}` do not set it:
   * there, any other source is unknown. Such a token can call no other route.
   */
  readonly scoped?: true
  /** Set below `/api/sources/{name}` if what the call shows or changes is not of that source alone: then such a token cannot call it. */
  readonly allSources?: true
  /** Success statuses, all with the same body. */
  readonly statuses?: readonly [number, ...number[]]
  /** Answers with an entity tag, and honors If-Match and If-None-Match. */
  readonly conditional?: true
  /** Answers with server-sent events, and resumes by Last-Event-ID. */
  readonly streams?: true
  /** Answers with the bytes of a file of this type, of which a Range may ask for a part. */
  readonly bytes?: string
  /** Also answers with a text of this type; `answer` describes its JSON. */
  readonly writes?: TextType
  /** Of a POST: the effect of a repetition after a crash that hid the first answer. One sentence. */
  readonly again?: string
  /**
   * Of a POST: false if no answer is kept for its `Idempotency-Key`, which is then ignored. For answers that must not rest anywhere,
   * and for calls that change nothing.
   */
  readonly keepsAnswer?: false
  /** Its own problems. The OpenAPI document adds those of every route. */
  readonly problems?: readonly ProblemCode[]
  /** Maximum length of the body, if the default is too low. */
  readonly bodyMaxBytes?: number
  /** The schema that the OpenAPI document shows, if the route accepts any JSON and the handler's callee checks it. */
  readonly shownBody?: Schema
  /** A body for readers, and for the commands that they copy. A test holds it to its schema. */
  readonly example?: unknown
}

/** The parameters in `/api/sources/{name}`. */
type ParamName<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamName<Rest>
  : never

interface Terms<
  Path extends string,
  Query extends Schema | undefined,
  Body extends Schema | undefined,
  Answer extends Schema,
> extends Outline {
  /** Description of each path parameter. */
  readonly params?: Readonly<Record<ParamName<Path>, string>>
  readonly query?: Query
  readonly body?: Body
  readonly answer: Answer
  /** Whether this call cannot be undone. If so, the header `x-reason` is required, for the audit log. */
  readonly isDangerous?: (input: { readonly query: Read<Query>; readonly body: Read<Body> }) => boolean
}

export interface Route<
  Path extends string,
  Query extends Schema | undefined,
  Body extends Schema | undefined,
  Answer extends Schema,
>
  extends Call, Terms<Path, Query, Body, Answer> {
  /** With `{name}` for each path parameter. */
  readonly path: Path
}

/** A contract whose schemas do not matter. */
export interface AnyRoute extends Call, Outline {
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Schema | undefined
  readonly body?: Schema | undefined
  readonly answer: Schema
  readonly isDangerous?: (input: never) => boolean
}

/** The contracts of a noun by operation id, a stable name for generated clients and for the log. */
export type Routes = Readonly<Record<string, AnyRoute>>

/** A contract: `route('GET', '/api/sources', 'viewer', {…})`. Keeps the types of the path and of the schemas. */
export const route = <
  const Path extends `/api/${string}`,
  Answer extends Schema,
  Query extends Schema | undefined = undefined,
  Body extends Schema | undefined = undefined,
>(
  method: Call['method'],
  path: Path,
  role: Role,
  terms: Terms<Path, Query, Body, Answer>,
): Route<Path, Query, Body, Answer> => ({ method, path, role, ...terms })

/** Output of a schema: defaults are filled in. */
type Read<S extends Schema | undefined> = S extends Schema ? v.InferOutput<S> : undefined

export type ParamsOf<R> = R extends { readonly path: infer Path extends string }
  ? Readonly<Record<ParamName<Path>, string>>
  : never
type QuerySchemaOf<R> =
  R extends Route<string, infer Query, Schema | undefined, Schema> ? Query : Schema | undefined
type BodySchemaOf<R> =
  R extends Route<string, Schema | undefined, infer Body, Schema> ? Body : Schema | undefined

/** A query as the handler gets it. */
export type QueryOf<R> = Read<QuerySchemaOf<R>>
/** A body as the handler gets it. */
export type BodyOf<R> = Read<BodySchemaOf<R>>
export type AnswerOf<R extends AnyRoute> = v.InferOutput<R['answer']>

/** The type of an answer for those who write it: nothing of it is changed afterwards. */
export type Frozen<T> = T extends readonly (infer One)[]
  ? readonly Frozen<One>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T
