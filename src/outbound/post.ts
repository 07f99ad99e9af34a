/**
 * One request to a server outside: its host is checked, it has a deadline, follows no redirect, and its answer is read up to a few
 * kilobytes and then canceled.
 */
import { beginningOf, wholeOf } from '../platform/beginning-of.ts'
import type { HostVerdict } from '../platform/dns-check.ts'
import { NothingListens, connected } from '../platform/no-connection.ts'
import type { Deadlines } from './deadlines.ts'

export interface PostDeps {
  readonly fetch: typeof fetch
  readonly checkHost: (hostname: string) => Promise<HostVerdict>
  readonly deadlines: Deadlines
}

export interface Post {
  /** May hold a secret. */
  readonly url: string
  /** The host if an operator chose it: it is resolved before the request. Null for a vendor's. */
  readonly hostname: string | null
  /** POST if absent. GET has no body. */
  readonly method?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: BodyInit | null
  /** The answer is wanted whole, and refused if it is larger. Absent: only its beginning is read. */
  readonly wholeMaxBytes?: number
  /** How long the request may take. */
  readonly timeoutMs: number
}

export interface HttpAnswer {
  readonly kind: 'answer'
  readonly status: number
  readonly headers: Pick<Headers, 'get'>
  /** The beginning of the body, or all of it. */
  readonly text: string
  /** Set if the answer was wanted whole and is too large. */
  readonly isTooLarge?: true
}

/** Why there is no answer. */
export type Unanswered = 'timeout' | 'unreachable' | 'nothing_listens' | 'host_private' | 'host_unknown'

export type Posted = HttpAnswer | { readonly kind: 'none'; readonly reason: Unanswered }

const ANSWER_MAX_BYTES = 4_096

const HOSTS: Readonly<Record<Exclude<HostVerdict, 'public'>, Unanswered>> = {
  private: 'host_private',
  no_answer: 'host_unknown',
}

/** Never throws: what goes wrong is the server's or the network's failure. */
export async function post(message: Post, deps: PostDeps): Promise<Posted> {
  const { hostname, timeoutMs } = message
  const verdict = hostname === null ? 'public' : await deps.checkHost(hostname)
  if (verdict !== 'public') return { kind: 'none', reason: HOSTS[verdict] }
  const answer = await deps.deadlines.within(timeoutMs, (signal) => answerTo(message, deps, signal))
  return answer ?? { kind: 'none', reason: 'timeout' }
}

async function answerTo(
  { url, method = 'POST', headers, body, wholeMaxBytes }: Post,
  // The runtime's fetch refuses to be called as a method of another object.
  { fetch }: PostDeps,
  signal: AbortSignal,
): Promise<Posted> {
  try {
    const response = connected(
      await fetch(url, {
        method,
        headers,
        ...(method !== 'GET' && { body }),
        redirect: 'manual',
        signal,
      }),
    )
    const text = await (wholeMaxBytes === undefined
      ? beginningOf(response, ANSWER_MAX_BYTES)
      : wholeOf(response, wholeMaxBytes))
    const { status, headers: answered } = response
    const answer = { kind: 'answer', status, headers: answered } as const
    return text === undefined ? { ...answer, text: '', isTooLarge: true } : { ...answer, text }
  } catch (cause) {
    // Its message may hold the URL, which can be a secret.
    return { kind: 'none', reason: cause instanceof NothingListens ? 'nothing_listens' : 'unreachable' }
  }
}
