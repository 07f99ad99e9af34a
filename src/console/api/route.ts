/** The contract of one route. The table of routes is what answers requests and what the OpenAPI document is made of. */
import type * as v from 'valibot'
import { CursorMalformed } from '../../store/cursor.ts'
import { nameable } from '../../platform/nameable.ts'
import type { Role } from '../../registry/operators/operators.ts'
import type { RequestContext } from '../request-context.ts'
import { type Conditions, readConditions } from './conditions.ts'
import { once } from './idempotency.ts'
import { BODY_MAX_BYTES, type Read, type ReadBody, badParameters, readJsonBody, readQuery } from './input.ts'
import { type Problem, type ProblemCode, problem } from './problem.ts'

type Schema<T = unknown> = v.BaseSchema<unknown, T, v.BaseIssue<unknown>>

interface Outline {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** With `{name}` for each part that varies. */
  readonly path: `/api/${string}`
  /** Stable name for generated clients and for the log. */
  readonly id: string
  /** One line. */
  readonly summary: string
  /** The least role that may call it. */
  readonly role: Role
  /**
   * Set where a token for some sources alone may call it, since all that the handler reads and changes goes through the
   * reach's store and watch, which hold nothing else for it. Paths under `/api/sources/{name}` need no mark: there, another
   * source is unknown. All else is closed to such tokens.
   */
  readonly scoped?: true
  /** What each varying part of the path is. */
  readonly params?: Readonly<Record<string, string>>
  /** Statuses of success, all with the same body. */
  readonly statuses?: readonly [number, ...number[]]
  /** Answers with an entity tag, and honours If-Match and If-None-Match. */
  readonly conditional?: true
  /** Of a POST: what doing it a second time comes to, where a crash hid that it was done. One sentence. */
  readonly again?: string
  /** Problems of its own; those that every route may have are added by the document. */
  readonly problems?: readonly ProblemCode[]
}

interface Input<Query, Body> {
  /** Parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  /** What the headers ask for. */
  readonly conditions: Conditions
}

export interface Answer<T = unknown> {
  readonly ok: true
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly json: T
}

/** What a reader has already: the answer has no body. */
export interface NotModified {
  readonly ok: true
  readonly status: 304
  readonly headers: Readonly<Record<string, string>>
}

export const answer = <T>(
  json: T,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer<T> => ({ ok: true, status, headers, json })

export const notModified = (headers: Readonly<Record<string, string>>): NotModified => ({
  ok: true,
  status: 304,
  headers,
})

interface Definition<Query, Body, Json> extends Outline {
  readonly query?: Schema<Query>
  readonly body?: Schema<Body>
  /** How long a body may be, where the usual limit is too low. */
  readonly bodyMaxBytes?: number
  /** The form that the document shows, where whoever gets the body checks it and the route takes any JSON. */
  readonly shownBody?: Schema
  readonly answer: Schema<Json>
  /** Whether what is asked for cannot be taken back: then the header `x-reason` must say why, for the audit log. */
  readonly isDangerous?: (input: Input<Query, Body>) => boolean
  readonly handler: (
    input: Input<Query, Body>,
    context: RequestContext,
  ) => Promise<Answer<Json> | NotModified | Problem>
}

/** A route as the table holds it: its schemas for the document, and one call that reads, checks and handles. */
export interface Route extends Outline {
  readonly query: Schema | undefined
  readonly body: Schema | undefined
  readonly bodyMaxBytes: number
  readonly shownBody?: Schema
  readonly answer: Schema
  /** Whether some of its calls need a reason. */
  readonly mayNeedReason: boolean
  readonly handle: (request: RouteRequest, context: RequestContext) => Promise<Answer | NotModified | Problem>
}

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly request: Request
}

/** Makes a route of its definition: the handler sees only a query and a body that fit their schemas. */
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
        const input = { params, query: readQueryResult.value, body: body.value, conditions: conditions.value }
        if (isDangerous?.(input) === true && !hasReason(context)) return REASON_NEEDED
        const work = () => handler(input, context)
        if (rest.method !== 'POST') return await work()
        const content = { route: rest.id, params, query: [...query] }
        return await once(request, content, body.bytes, context, work)
      } catch (cause) {
        if (cause instanceof CursorMalformed) return BAD_CURSOR
        throw cause
      }
    },
  }
}

const hasReason = ({ who }: RequestContext): boolean => who.reason !== null && who.reason.trim() !== ''

const REASON_NEEDED = problem('reason_needed', 'Say why in the header x-reason: it is kept in the audit log.')

const UNCONDITIONAL = { ok: true, value: { ifMatch: undefined, ifNoneMatch: undefined } } as const

/** The reads of all lists check their own cursors. */
const BAD_CURSOR = badParameters([{ path: 'cursor', problem: 'Must be a next_cursor of an earlier answer.' }])

/** Where a definition has no schema, its type parameter is `undefined`. A parameter that means nothing is refused. */
const noQuery = <T>(query: URLSearchParams): Read<T> =>
  query.size === 0
    ? { ok: true, value: undefined as T }
    : badParameters(
        [...new Set(query.keys())].map((name) => ({ path: nameable(name), problem: NO_PARAMETER })),
      )

const NO_PARAMETER = 'Is not a parameter of this path.'

/** A body that nobody asked for is not read. */
const noBody = <T>(): ReadBody<T> => ({ ok: true, value: undefined as T, bytes: new Uint8Array() })

/** A part of the path; the route's own pattern guarantees that it is there. */
export function param(params: Readonly<Record<string, string>>, name: string): string {
  const value = params[name]
  if (value === undefined) throw new TypeError(`the path has no {${name}}`)
  return value
}
