/** The console's API for commands. Each call has a deadline and is repeated only if that is safe. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AnyCall,
  type Call,
  type CallArguments,
  type RowOf,
  listNameOf,
  pathOf,
  takes,
} from '../../api/client.ts'
import type { AnswerOf, AnyRoute } from '../../api/route.ts'
import { Stop } from '../stop.ts'
import { problemStop } from './problem.ts'
import { unreached } from './unreached.ts'

export interface Api {
  readonly url: URL
  /** Calls a route of `src/api`. */
  call: <R extends AnyRoute>(route: R, ...call: CallArguments<R, More>) => Promise<AnswerOf<R>>
  /** The first answer, with the list of all pages in it. */
  whole: <R extends AnyRoute>(route: R, call: Call<R>) => Promise<AnswerOf<R>>
  /** Rows of a list, page by page. @param limit at most so many; null for all */
  rows: <R extends AnyRoute>(route: R, call: Call<R>, limit: number | null) => AsyncGenerator<RowOf<R>>
  /** As `rows`, all at once. @param onPage called with each answer */
  list: <R extends AnyRoute>(
    route: R,
    call: Call<R>,
    limit: number | null,
    onPage?: (answer: object) => void,
  ) => Promise<RowOf<R>[]>
  /** Posts to a page, in a form. */
  post: <T>(path: string, form: URLSearchParams, more?: More) => Promise<T>
  /** The answer to a GET, with its status and headers; its bytes as they come. */
  open: (route: AnyRoute, call: AnyCall & More) => Promise<Opened>
  /** The bytes of an answer, as they come. */
  stream: (route: AnyRoute, call: AnyCall & More) => Promise<ReadableStream<Uint8Array>>
  /** Status and headers of any answer. */
  probe: (path: string) => Promise<{ readonly status: number; readonly headers: Headers }>
}

export interface Opened {
  readonly status: number
  readonly headers: Headers
  readonly body: ReadableStream<Uint8Array>
}

export type Query = Readonly<Record<string, string | number | undefined>>

export interface More {
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** For calls that take longer than usual. */
  readonly deadlineMs?: number
  /** Ends the call, and an answer that is still coming. */
  readonly ended?: AbortSignal
  /** Not repeated if there is no answer. */
  readonly once?: true
}

const DEADLINE_MS = 30_000
const STREAM_DEADLINE_MS = 600_000
/** Waits before a call is repeated. */
const AGAIN_MS = [500, 2_000] as const
/** The longest that the API may ask to wait. */
const WAIT_MAX_MS = 10_000
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504])
/** As many as the API gives in one page. */
const PAGE_MAX = 500

interface Request extends More {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Query | undefined
  readonly body?: unknown
}

/**
 * @param passing headers of what stands in front
 * @param turn waits until the next request may be sent
 */
export function apiAt(
  url: URL,
  token: string,
  passing: Readonly<Record<string, string>> = {},
  turn: () => Promise<void> = async () => undefined,
): Api {
  const ask = async <T>(request: Request): Promise<T> => {
    const answer = await repeated(request)
    if (!answer.ok) throw await problemStop(answer)
    if (answer.status === 204) return undefined as T
    return (await answer.json().catch(() => {
      throw notOurs(url)
    })) as T
  }

  async function repeated(request: Request): Promise<Response> {
    const isRepeatable = request.method !== 'DELETE' && request.once !== true
    for (const waitMs of isRepeatable ? AGAIN_MS : []) {
      const answer = await once(request).catch((cause: unknown) => {
        if (cause instanceof Stop && cause.code === 'not_reached') return undefined
        throw cause
      })
      if (answer !== undefined && !isPassing(answer)) return answer
      const askedMs = Number(answer?.headers.get('retry-after') ?? 0) * 1_000
      if (answer !== undefined && askedMs > WAIT_MAX_MS) return answer
      await answer?.body?.cancel()
      await sleep(Math.max(waitMs, askedMs || 0))
    }
    return once(request)
  }

  async function once(request: Request): Promise<Response> {
    await turn()
    const { method, path, query = {}, body, headers = {}, deadlineMs, ended } = request
    const deadline = AbortSignal.timeout(deadlineMs ?? DEADLINE_MS)
    const target = new URL(path, url)
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) target.searchParams.set(name, String(value))
    const sent = new Headers({ ...passing, authorization: `Bearer ${token}`, accept: 'application/json' })
    const isForm = body instanceof URLSearchParams
    if (body !== undefined && !isForm) sent.set('content-type', 'application/json')
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) sent.set(name, value)
    try {
      return await fetch(target, {
        method,
        headers: sent,
        body: isForm ? body : body === undefined ? null : JSON.stringify(body),
        // Followed, it would carry the token elsewhere.
        redirect: 'manual',
        signal: ended === undefined ? deadline : AbortSignal.any([deadline, ended]),
      })
    } catch (cause) {
      throw unreached(url, cause)
    }
  }

  /** The console does a POST once under its key, however often it is sent. */
  const post = <T>(path: string, { headers, ...more }: AnyCall & More): Promise<T> =>
    ask({ ...more, headers: { ...headers, 'idempotency-key': randomUUID() }, method: 'POST', path })

  const call = <T>(route: AnyRoute, { params, ...more }: AnyCall & More = {}): Promise<T> => {
    const path = pathOf(route, params)
    return route.method === 'POST' ? post(path, more) : ask({ ...more, method: route.method, path })
  }

  async function* rows(
    route: AnyRoute,
    given: AnyCall,
    limit: number | null,
    onPage: (answer: object) => void = () => undefined,
  ): AsyncGenerator {
    const name = listNameOf(route)
    let left = limit ?? Infinity
    let cursor: string | null | undefined
    while (left > 0 && cursor !== null) {
      const page = {
        ...(takes(route, 'limit') && { limit: Math.min(left, PAGE_MAX) }),
        ...(takes(route, 'cursor') && { cursor }),
      }
      const answer = await call<Record<string, unknown>>(route, {
        ...given,
        query: { ...given.query, ...page },
      })
      const found = answer[name]
      if (!Array.isArray(found)) throw notOurs(url)
      onPage(answer)
      yield* found.slice(0, left)
      left -= found.length
      cursor = typeof answer['next_cursor'] === 'string' ? answer['next_cursor'] : null
    }
  }

  const open = async (route: AnyRoute, { params, ...more }: AnyCall & More): Promise<Opened> => {
    const path = pathOf(route, params)
    const answer = await repeated({ deadlineMs: STREAM_DEADLINE_MS, ...more, method: 'GET', path })
    const { ok, status, headers, body } = answer
    if (!ok || body === null) throw await problemStop(answer)
    return { status, headers, body }
  }

  return {
    url,
    open,
    stream: async (route, given) => (await open(route, given)).body,
    call: (route, ...[given]) => call(route, given),
    rows: (route, given, limit) => rows(route, given, limit) as never,
    async list(route, given, limit, onPage) {
      const all: unknown[] = []
      for await (const row of rows(route, given, limit, onPage)) all.push(row)
      return all as never
    },
    async whole(route, given) {
      let first: object | undefined
      const all: unknown[] = []
      for await (const row of rows(route, given, null, (answer) => (first ??= answer))) all.push(row)
      return { ...first, [listNameOf(route)]: all, next_cursor: null } as never
    },
    post: (path, body, more) => post(path, { ...more, body }),
    async probe(path) {
      const { status, headers, body } = await once({ method: 'GET', path })
      await body?.cancel()
      return { status, headers }
    },
  }
}

/** A conflict that says when to come back is a first try that is still being done. */
const isPassing = ({ status, headers }: Response): boolean =>
  PASSING.has(status) || (status === 409 && headers.has('retry-after'))

const notOurs = (url: URL) =>
  new Stop('denied', 'not_postern', `What answers at ${url.origin} is no Postern console.`)
