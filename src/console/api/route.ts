/** The contract of one route. The table of routes answers requests, and the OpenAPI document is generated from it. */
import type * as v from 'valibot'
import { CursorMalformed } from '../../store/cursor.ts'
import { nameable } from '../../platform/nameable.ts'
import type { Role } from '../../registry/operators/operators.ts'
import type { RequestContext } from '../request-context.ts'
import { type Conditions, readConditions } from './conditions.ts'
import { runOnce } from './idempotency.ts'
import { BODY_MAX_BYTES, type Read, type ReadBody, badParameters, readJsonBody, readQuery } from './input.ts'
import { type Problem, type ProblemCode, problem } from './problem.ts'

type Schema<T = unknown> = v.BaseSchema<unknown, T, v.BaseIssue<unknown>>

interface Outline {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With `{name}` for each path parameter. */
  readonly path: `/api/${string}`
  /** Stable name for generated clients and for the log. */
  readonly id: string
  /** One line. */
  readonly summary: string
  /** The lowest role that may call it. */
  readonly role: Role
  /**
   * Set if a token limited to some sources may call the route. Its handler reads and changes data only through the store and
   * the watch of the request context, which are filtered to those sources. Paths under `/api/sources/{name}` do not set it:
   * there, any other source is unknown. Such a token can call no other route.
   */
  readonly scoped?: true
  /** Description of each path parameter. */
  readonly params?: Readonly<Record<string, string>>
  /** Success statuses, all with the same body. */
  readonly statuses?: readonly [number, ...number[]]
  /** Answers with an entity tag, and honors If-Match and If-None-Match. */
  readonly conditional?: true
  /** Answers with server-sent events, and resumes by Last-Event-ID. */
  readonly streams?: true
  /** Also answers with a text of this type; `answer` describes its JSON. */
  readonly writes?: TextType
  /** Of a POST: the effect of a repetition after a crash that hid the first answer. One sentence. */
  readonly again?: string
  /** Its own problems. The OpenAPI document adds those of every route. */
  readonly problems?: readonly ProblemCode[]
}

interface Input<Query, Body> {
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  /** From If-Match and If-None-Match. */
  readonly conditions: Conditions
  /** Of a route that streams: the id of the last event that the client has got. */
  readonly lastEventId: string | undefined
}

export interface Answer<T = unknown> {
  readonly ok: true
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly json: T
}

/** The client has the current version: the answer has no body. */
export interface NotModified {
  readonly ok: true
  readonly status: 304
  readonly headers: Readonly<Record<string, string>>
}

/** Server-sent events, for as long as the client reads. */
export interface Streamed {
  readonly ok: true
  readonly status: 200
  readonly headers: Readonly<Record<string, string>>
  readonly stream: ReadableStream<Uint8Array>
}

type TextType = 'text/markdown'

/** A text for people. */
export interface Written {
  readonly ok: true
  readonly status: 200
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

export const answer = <T>(
  json: T,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer<T> => ({ ok: true, status, headers, json })

export const streamed = (stream: ReadableStream<Uint8Array>): Streamed => ({
  ok: true,
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  stream,
})

export const written = (type: TextType, text: string): Written => ({
  ok: true,
  status: 200,
  headers: { 'content-type': `${type}; charset=utf-8` },
  text,
})

export const notModified = (headers: Readonly<Record<string, string>>): NotModified => ({
  ok: true,
  status: 304,
  headers,
})

interface Definition<Query, Body, Json> extends Outline {
  readonly query?: Schema<Query>
  readonly body?: Schema<Body>
  /** Maximum length of the body, if the default is too low. */
  readonly bodyMaxBytes?: number
  /** The schema that the OpenAPI document shows, if the route accepts any JSON and the handler's callee checks it. */
  readonly shownBody?: Schema
  readonly answer: Schema<Json>
  /** Whether this call cannot be undone. If so, the header `x-reason` is required, for the audit log. */
  readonly isDangerous?: (input: Input<Query, Body>) => boolean
  readonly handler: (
    input: Input<Query, Body>,
    context: RequestContext,
  ) => Promise<Answer<Json> | NotModified | Streamed | Written | Problem>
}

/** A route in the table: its schemas for the OpenAPI document, and one function that reads, checks and handles a request. */
export interface Route extends Outline {
  readonly query: Schema | undefined
  readonly body: Schema | undefined
  readonly bodyMaxBytes: number
  readonly shownBody?: Schema
  readonly answer: Schema
  /** Whether some calls require a reason. */
  readonly mayNeedReason: boolean
  readonly handle: (
    request: RouteRequest,
    context: RequestContext,
  ) => Promise<Answer | NotModified | Streamed | Written | Problem>
}

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly request: Request
}

/** Makes a route from its definition. The handler only gets a query and a body that match their schemas. */
export function route<Query = undefined, Body = undefined, Json = unknown>(
  definition: Definition<Query, Body, Json>,
): Route {
  const {
    query: querySchema,
    body: bodySchema,
    bodyMaxBytes = BODY_MAX_BYTES,
    isDangerous,
    handler,
    ...rest
  } = definition
  return {
    ...rest,
    query: querySchema,
    body: bodySchema,
    bodyMaxBytes,
    mayNeedReason: isDangerous !== undefined,
    async handle({ params, query, request }, context) {
      const readQueryResult =
        querySchema === undefined ? noQuery<Query>(query) : readQuery(querySchema, query)
      if (!readQueryResult.ok) return readQueryResult

      const conditions = rest.conditional === true ? readConditions(request.headers) : UNCONDITIONAL
      if (!conditions.ok) return conditions

      const body =
        bodySchema === undefined ? noBody<Body>() : await readJsonBody(bodySchema, request, bodyMaxBytes)
      if (!body.ok) return body

      try {
        const input = {
          params,
          query: readQueryResult.value,
          body: body.value,
          conditions: conditions.value,
          lastEventId:
            rest.streams === true ? (request.headers.get('last-event-id') ?? undefined) : undefined,
        }
        if (isDangerous?.(input) === true && !hasReason(context)) return REASON_NEEDED
        const work = () => handler(input, context)
        if (rest.method !== 'POST') return await work()
        const content = { route: rest.id, params, query: [...query] }
        return await runOnce(request, content, body.bytes, context, work)
      } catch (cause) {
        if (cause instanceof CursorMalformed) return BAD_CURSOR
        throw cause
      }
    },
  }
}

const hasReason = ({ who }: RequestContext): boolean => who.reason !== null && who.reason.trim() !== ''

const REASON_NEEDED = problem(
  'reason_needed',
  'This call needs a reason. Put it into the header x-reason; the audit log keeps it.',
)

const UNCONDITIONAL = { ok: true, value: { ifMatch: undefined, ifNoneMatch: undefined } } as const

/** Each list checks its own cursors. */
const BAD_CURSOR = badParameters([{ path: 'cursor', problem: 'Must be a next_cursor of an earlier answer.' }])

/** If a definition has no query schema, its type parameter is `undefined`, and any query parameter is refused. */
const noQuery = <T>(query: URLSearchParams): Read<T> =>
  query.size === 0
    ? { ok: true, value: undefined as T }
    : badParameters(
        [...new Set(query.keys())].map((name) => ({ path: nameable(name), problem: NO_PARAMETER })),
      )

const NO_PARAMETER = 'Is not a parameter of this path.'

/** If a definition has no body schema, the body is not read. */
const noBody = <T>(): ReadBody<T> => ({ ok: true, value: undefined as T, bytes: new Uint8Array() })

/** A path parameter. The route's pattern guarantees that it exists. */
export function param(params: Readonly<Record<string, string>>, name: string): string {
  const value = params[name]
  if (value === undefined) throw new TypeError(`the path has no {${name}}`)
  return value
}
