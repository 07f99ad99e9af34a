/** Binds handlers to the contracts of `src/api`: reads, checks and answers a request. */
import type {
  AnyRoute,
  AnswerOf,
  BodyOf,
  Frozen,
  ParamsOf,
  QueryOf,
  Routes,
  TextType,
} from '../../api/route.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import { nameable } from '../../platform/nameable.ts'
import { hasReason } from '../../registry/audit/entry.ts'
import type { RequestContext } from '../request-context.ts'
import { type Conditions, UNCONDITIONAL, readConditions } from './conditions.ts'
import { type Download, serveDownload } from './download.ts'
import { runOnce } from './idempotency.ts'
import {
  BODY_MAX_BYTES,
  type Read,
  type ReadBody,
  badParameters,
  readBody,
  readJsonBody,
  readQuery,
} from './input.ts'
import { type Problem, problem } from '../../api/problem.ts'

interface Input<Params, Query, Body> {
  /** Path parameters, decoded. */
  readonly params: Params
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

/** Server-sent events, for as long as the client reads, or the bytes of a file. */
export interface Streamed {
  readonly ok: true
  readonly status: 200 | 206
  readonly headers: Readonly<Record<string, string>>
  readonly stream: ReadableStream<Uint8Array>
}

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

type Answered<Json> = Promise<Answer<Json> | NotModified | Streamed | Written | Problem>

type Handled<Json> = Promise<Answer<Json> | NotModified | Streamed | Download | Written | Problem>

/** A route in the table: its contract, and one function that reads, checks and handles a request. */
export interface BoundRoute extends AnyRoute {
  /** Stable name for generated clients and for the log. */
  readonly id: string
  readonly handle: (request: RouteRequest, context: RequestContext) => Answered<unknown>
  /** The same without HTTP, for the pages: what is given gets the same checks, and the same problems. */
  readonly call: (given: RouteCall, context: RequestContext) => Handled<unknown>
}

/** A query and a body that match their schemas, with the path's parameters. */
export type InputOf<R> = Input<ParamsOf<R>, QueryOf<R>, BodyOf<R>>

export type Handler<R extends AnyRoute> = (
  input: InputOf<R>,
  context: RequestContext,
) => Handled<Frozen<AnswerOf<R>>>

export interface RouteRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly request: Request
}

export interface RouteCall {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: unknown
  readonly conditions: Conditions
}

/** Binds each contract of a noun to its handler. @param idOf the operation's id, if the key is not it */
export const bindRoutes = <Contracts extends Routes>(
  routes: Contracts,
  handlers: { readonly [Key in keyof Contracts]: Handler<Contracts[Key]> },
  idOf = (key: string): string => key,
): readonly BoundRoute[] =>
  Object.entries(routes).map(([key, route]) =>
    bound(idOf(key), route, handlers[key] as unknown as AnyHandler),
  )

type AnyHandler = (
  input: Input<Readonly<Record<string, string>>, unknown, unknown>,
  context: RequestContext,
) => Handled<unknown>

type AnyInput = Parameters<AnyHandler>[0]

function bound(id: string, route: AnyRoute, handler: AnyHandler): BoundRoute {
  async function run<T>(input: AnyInput, context: RequestContext, work: () => Promise<T>) {
    try {
      if (route.isDangerous?.(input as never) === true && !hasReason(context.who)) return REASON_NEEDED
      return await work()
    } catch (cause) {
      if (cause instanceof CursorMalformed) return BAD_CURSOR
      throw cause
    }
  }
  return {
    ...route,
    id,
    async handle({ params, query: sent, request }, context) {
      const query = readQueryOf(route, sent)
      if (!query.ok) return query

      const conditions = route.conditional === true ? readConditions(request.headers) : UNCONDITIONAL
      if (!conditions.ok) return conditions

      const body = await readBodyOf(route, request)
      if (!body.ok) return body

      const lastEventId =
        route.streams === true ? (request.headers.get('last-event-id') ?? undefined) : undefined
      const given = { params, query: query.value, body: body.value, conditions: conditions.value }
      const input = { ...given, lastEventId }
      return run(input, context, () => {
        const work = async () => {
          const handled = await handler(input, context)
          return 'download' in handled ? serveDownload(request.headers, handled.download) : handled
        }
        if (route.method !== 'POST' || route.keepsAnswer === false) return work()
        return runOnce(request, { route: id, params, query: [...sent] }, body.bytes, context, work)
      })
    },
    async call({ params, query: sent, body: given, conditions }, context) {
      const query = readQueryOf(route, sent)
      if (!query.ok) return query
      const body = route.body === undefined ? NO_BODY : readBody(route.body, given)
      if (!body.ok) return body
      const input = { params, query: query.value, body: body.value, conditions, lastEventId: undefined }
      return run(input, context, () => handler(input, context))
    },
  }
}

export const REASON_NEEDED = problem(
  'reason_needed',
  'This call needs a reason. Put it into the header x-reason; the audit log keeps it.',
)

const NO_BODY = { ok: true, value: undefined } as const

/** Each list checks its own cursors. */
export const BAD_CURSOR = badParameters([
  { path: 'cursor', problem: 'Must be a next_cursor of an earlier answer.' },
])

/** Without a query schema, any query parameter is refused. */
function readQueryOf({ query: schema }: AnyRoute, sent: URLSearchParams): Read<unknown> {
  if (schema !== undefined) return readQuery(schema, sent)
  const names = [...new Set(sent.keys())]
  return names.length === 0
    ? { ok: true, value: undefined }
    : badParameters(
        names.map((name) => ({ path: nameable(name), problem: 'Is not a parameter of this path.' })),
      )
}

/** Without a body schema, the body is not read. */
const readBodyOf = async ({ body, bodyMaxBytes }: AnyRoute, request: Request): Promise<ReadBody<unknown>> =>
  body === undefined
    ? { ...NO_BODY, bytes: new Uint8Array() }
    : readJsonBody(body, request, bodyMaxBytes ?? BODY_MAX_BYTES)
