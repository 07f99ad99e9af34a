/** One attempt: a signed POST. */
import { HOP_HEADER } from '../../event/hop.ts'
import { type PostDeps, type Unanswered, post } from '../../outbound/post.ts'
import { utf8 } from '../../platform/bytes.ts'
import { visibleText } from '../../platform/visible.ts'
import type { KeptRequest } from '../../store/requests.ts'
import { signatureHeader } from '../../platform/webhook-signature.ts'
import { type Verdict, judge } from './answer.ts'
import type { OpenDestination } from '../config.ts'

export interface Message {
  /** The value of `webhook-id`. */
  readonly id: string
  readonly body: string
  /** Sent in place of the body, as it came. */
  readonly request?: KeptRequest | undefined
}

export interface Sent extends Verdict {
  readonly atMs: number
  readonly milliseconds: number
  /** Null if there was no answer. */
  readonly status: number | null
  /** The beginning of the answer; null if there was none, or an empty one. */
  readonly response: string | null
}

export interface SendDeps extends PostDeps {
  /** Only under `npm start`. */
  readonly allowPrivate: boolean
  readonly nowMs: () => number
}

const SHOWN_MAX_CHARACTERS = 500

/** Never throws: failures are the endpoint's or the network's, and are returned. */
export async function send(message: Message, destination: OpenDestination, deps: SendDeps): Promise<Sent> {
  const atMs = deps.nowMs()
  const result = await resultOf(message, destination, deps)
  return { ...result, atMs, milliseconds: Math.max(0, deps.nowMs() - atMs) }
}

async function resultOf(
  { id, body, request }: Message,
  { config, hostname, headers, keys }: OpenDestination,
  deps: SendDeps,
): Promise<Omit<Sent, 'atMs' | 'milliseconds'>> {
  // A backup of a local installation may have brought it here.
  if (config.private_network && !deps.allowPrivate) return unanswered(PRIVATE_NETWORK)
  const bytes = request?.body ?? utf8(body)
  // Standard Webhooks names the headers of the ESP, too.
  const prefix = request === undefined ? 'webhook' : 'postern'
  const timestampSeconds = Math.floor(deps.nowMs() / 1_000)
  const answer = await post(
    {
      url: urlOf(config.url, request?.query ?? ''),
      hostname,
      method: request?.method ?? 'POST',
      headers: {
        ...(request === undefined ? { ...headers, ...OWN_HEADERS } : { ...request.headers, ...headers }),
        [`${prefix}-id`]: id,
        [`${prefix}-timestamp`]: String(timestampSeconds),
        [`${prefix}-signature`]: await signatureHeader(id, timestampSeconds, bytes, keys),
        [HOP_HEADER]: '1',
      },
      body: bytes,
      timeoutMs: config.timeout_seconds * 1_000,
    },
    deps,
  )
  if (answer.kind === 'none') return unanswered(WHY_UNANSWERED[answer.reason](config))
  const { status, text } = answer
  const response = text === '' ? null : beginningOf(text)
  return { ...judge(answer, deps.nowMs()), status, response }
}

const OWN_HEADERS = { 'content-type': 'application/json', 'user-agent': 'Postern' }

/** The parameters of the ESP come after those of the URL. */
const urlOf = (url: string, query: string): string =>
  query === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${query}`

/** RFC 5321 section 4.5.3.1. */
const ADDRESS_MAX_CHARACTERS = 320

/** The word that the cut goes through is left out: half an address could not be found when the person is erased. */
function beginningOf(text: string): string {
  const shown = visibleText(text, SHOWN_MAX_CHARACTERS)
  if (!shown.endsWith('…')) return shown
  const word = shown.split(/[\s"'<>]/).at(-1) ?? ''
  const mayBeAddress = word.length <= ADDRESS_MAX_CHARACTERS || /@|%40|u0040/.test(word)
  return mayBeAddress ? `${shown.slice(0, shown.length - word.length)}…` : shown
}

const PRIVATE_NETWORK =
  'The URL is in a private network, which only a local installation allows: enter one on the public internet.'

const WHY_UNANSWERED: Readonly<Record<Unanswered, (config: OpenDestination['config']) => string>> = {
  timeout: (config) => `The endpoint did not answer within ${config.timeout_seconds} seconds.`,
  nothing_listens: ({ url }) => `Nothing listens at ${new URL(url).host}.`,
  unreachable: () =>
    'The endpoint could not be reached: check its host name, its certificate and that it listens.',
  host_private: () => 'The host name leads to a private address, so nothing was sent.',
  host_unknown: () => 'The host name has no address, or the name server did not answer.',
}

const unanswered = (error: string) => ({
  delivered: false,
  error,
  retryAfterSeconds: null,
  disable: null,
  status: null,
  response: null,
})
