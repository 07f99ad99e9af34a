/** One attempt: a signed POST with a deadline. The answer is read up to a few kilobytes and then canceled. */
import type { HostVerdict } from '../../platform/dns-check.ts'
import { HOP_HEADER } from '../../event/hop.ts'
import { beginningOf } from '../../platform/beginning-of.ts'
import { utf8 } from '../../platform/bytes.ts'
import { NothingListens, connected } from '../../platform/no-connection.ts'
import { visibleText } from '../../platform/visible.ts'
import { signatureHeader } from '../../platform/webhook-signature.ts'
import type { Deadlines } from '../pace/deadlines.ts'
import { type Verdict, judge } from './answer.ts'
import type { OpenDestination } from '../config.ts'

export interface Message {
  /** The value of `webhook-id`. */
  readonly id: string
  readonly body: string
}

export interface Sent extends Verdict {
  readonly atMs: number
  readonly milliseconds: number
  /** Null if there was no answer. */
  readonly status: number | null
  /** The beginning of the answer; null if there was none, or an empty one. */
  readonly response: string | null
}

export interface SendDeps {
  readonly fetch: typeof fetch
  readonly checkHost: (hostname: string) => Promise<HostVerdict>
  readonly deadlines: Deadlines
  /** Only under `npm start`. */
  readonly allowPrivate: boolean
  readonly nowMs: () => number
}

const ANSWER_MAX_BYTES = 4_096
const SHOWN_MAX_CHARACTERS = 500

/** Never throws: failures are the endpoint's or the network's, and are returned. */
export async function send(message: Message, destination: OpenDestination, deps: SendDeps): Promise<Sent> {
  const atMs = deps.nowMs()
  const since = () => Math.max(0, deps.nowMs() - atMs)
  const refused = await hostProblem(destination, deps)
  if (refused !== null) return { ...unanswered(refused), atMs, milliseconds: since() }
  const abort = deps.deadlines.begin(destination.config.timeout_seconds * 1_000)
  try {
    const { status, headers, text } = await post(message, destination, abort.signal, deps)
    return {
      ...judge({ status, headers }, deps.nowMs()),
      atMs,
      milliseconds: since(),
      status,
      response: text,
    }
  } catch (cause) {
    const error = abort.signal.aborted
      ? `The endpoint did not answer within ${destination.config.timeout_seconds} seconds.`
      : cause instanceof NothingListens
        ? `Nothing listens at ${new URL(destination.config.url).host}.`
        : 'The endpoint could not be reached: check its host name, its certificate and that it listens.'
    return { ...unanswered(error), atMs, milliseconds: since() }
  } finally {
    deps.deadlines.end(abort)
  }
}

async function post(
  { id, body }: Message,
  { config, headers, keys }: OpenDestination,
  signal: AbortSignal,
  { fetch, nowMs }: SendDeps,
) {
  const bytes = utf8(body)
  const timestampSeconds = Math.floor(nowMs() / 1_000)
  const response = await fetch(config.url, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      'user-agent': 'Postern',
      'webhook-id': id,
      'webhook-timestamp': String(timestampSeconds),
      'webhook-signature': await signatureHeader(id, timestampSeconds, bytes, keys),
      [HOP_HEADER]: '1',
    },
    body: bytes,
    redirect: 'manual',
    signal,
  })
  connected(response)
  return {
    status: response.status,
    headers: response.headers,
    text: shown(await beginningOf(response, ANSWER_MAX_BYTES)),
  }
}

const shown = (text: string): string | null => (text === '' ? null : visibleText(text, SHOWN_MAX_CHARACTERS))

const HOST_PROBLEMS: Readonly<Record<Exclude<HostVerdict, 'public'>, string>> = {
  private: 'The host name leads to a private address, so nothing was sent.',
  no_answer: 'The host name has no address, or the name server did not answer.',
}

const PRIVATE_NETWORK =
  'The URL is in a private network, which only a local installation allows: enter one on the public internet.'

async function hostProblem({ hostname, config }: OpenDestination, deps: SendDeps): Promise<string | null> {
  // A backup of a local installation may have brought it here.
  if (config.private_network && !deps.allowPrivate) return PRIVATE_NETWORK
  const answer = await deps.checkHost(hostname)
  return answer === 'public' ? null : HOST_PROBLEMS[answer]
}

const unanswered = (error: string) => ({
  delivered: false,
  error,
  retryAfterSeconds: null,
  disable: null,
  status: null,
  response: null,
})
