/** Judges a captured delivery offline, with the gateway's own stages, but without guard and queue. */
import { gunzipSync } from 'node:zlib'
import { BodyMemory } from '../gateway/accept/body-memory.ts'
import { acceptBody, acceptHead, bodyLimitBytes, knownSource } from '../gateway/accept/index.ts'
import { authenticate } from '../gateway/authenticate/index.ts'
import { replayWindow, windowSecondsOf } from '../gateway/check/replay.ts'
import { normalize } from '../gateway/normalize/index.ts'
import type { Refusal } from '../event/refusal-code.ts'
import { NO_CHECKS } from '../event/decision.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import type { ClientFacts } from '../providers/shared/presented-credentials.ts'
import { readDocument } from '../registry/sources/read-document.ts'
import type { DocumentProblem, Source } from '../registry/sources/source.ts'
import { type Capture, headerOf } from './capture.ts'
import './read-at-least.ts'
import { UsageError } from './stop.ts'

export type Judgement =
  | { readonly kind: 'document_wrong'; readonly problems: readonly DocumentProblem[] }
  /** The provider answers this request without a proof. It changes nothing. */
  | { readonly kind: 'validation' }
  | NotVerified
  | Verified

export interface NotVerified {
  readonly kind: 'not_verified'
  readonly refusal: Refusal
  readonly attempted: readonly string[]
  /** URLs that the gateway would have fetched. */
  readonly unfetched: readonly string[]
}

export interface Verified {
  readonly kind: 'verified'
  readonly methods: readonly string[]
  /** Age of the signature; negative if its time is in the future, undefined if no time is signed. */
  readonly ageSeconds: number | undefined
  readonly windowSeconds: number
  readonly fresh: boolean
  readonly handshake: boolean
  readonly events: readonly Pick<MailEvent, 'type' | 'message_id'>[]
  readonly quarantined: number
  /** Set where the sender is verified and the body cannot be read, and nobody vouches for it. */
  readonly refusal: Refusal | undefined
}

/** @throws {UsageError} if the capture is not a valid HTTP request */
export async function judge(capture: Capture): Promise<Judgement> {
  const read = await readDocument(capture.document, undefined)
  if (!read.ok) return { kind: 'document_wrong', problems: read.problems }
  const secrets = capture.secretsTaken?.(read.secrets) ?? read.secrets
  const source: Source = { name: 'captured', version: 1, config: read.config, secrets }

  const found = { state: 'known', source, loadedAtMs: 0 } as const
  const unfetched: string[] = []
  const known = knownSource(found)
  if (!known.ok) return { kind: 'not_verified', refusal: known.refusal, attempted: [], unfetched }
  const request = requestOf(capture, bodyLimitBytes(known.value))
  const accepted = acceptHead(request, known.value, clientOf(capture))
  if (!accepted.ok) return { kind: 'not_verified', refusal: accepted.refusal, attempted: [], unfetched }
  const body = await acceptBody(request, accepted.value, new BodyMemory().open(undefined))
  if (!body.ok) return { kind: 'not_verified', refusal: body.refusal, attempted: [], unfetched }
  const { provider } = accepted.value
  const delivery = body.value
  if (provider.answerValidation?.(delivery) !== undefined) return { kind: 'validation' }

  const { nowSeconds } = capture
  const fetch = offline(capture, unfetched)
  const { outcome, attempted } = await authenticate(delivery, provider, source, {
    nowMs: nowSeconds * 1_000,
    fetch,
    // Nothing is asked here: what would be fetched is only noted.
    hosts: { check: async () => 'public' },
  })
  if (!outcome.ok) return { kind: 'not_verified', refusal: outcome.refusal, attempted, unfetched }

  const verified = outcome.value
  const windowSeconds = windowSecondsOf(source, provider)
  const { signedAtSeconds } = verified
  const normalized = await normalize(verified, provider, factsOf(source, nowSeconds, verified.methods))
  const contents =
    normalized.ok && normalized.value.kind === 'contents' ? normalized.value.contents : undefined
  return {
    kind: 'verified',
    methods: verified.methods,
    ageSeconds: signedAtSeconds === undefined ? undefined : nowSeconds - signedAtSeconds,
    windowSeconds,
    fresh: replayWindow(signedAtSeconds, windowSeconds, nowSeconds).ok,
    handshake: normalized.ok && normalized.value.kind === 'handshake',
    events: contents?.events ?? [],
    quarantined: contents?.quarantined.length ?? 0,
    refusal: normalized.ok ? undefined : normalized.refusal,
  }
}

/** Decompresses gzip here, because the gateway's inflater needs streams that exist only in Workers. */
function requestOf(capture: Capture, limitBytes: number): Request {
  const gzip = /^(?:x-)?gzip$/i.test(headerOf(capture, 'content-encoding') ?? '')
  try {
    const headers = new Headers(
      capture.headers
        .filter(([name]) => !gzip || name.toLowerCase() !== 'content-encoding')
        .map(([name, value]): [string, string] => [name, value]),
    )
    const bytes = gzip ? inflated(capture.body, limitBytes) : Uint8Array.from(capture.body)
    const body = bytes.byteLength === 0 || /^(?:GET|HEAD)$/.test(capture.method) ? null : bytes
    return new Request(withoutCredentials(capture.url), { method: capture.method, headers, body })
  } catch {
    throw new UsageError('The captured request is none that HTTP allows (method, header values, gzip).')
  }
}

/**
 * The inflated body. If it is larger than the limit, returns one byte more than the limit: the gateway's stages then refuse
 * it, and a hostile capture cannot fill this machine's memory.
 */
function inflated(body: Uint8Array, limitBytes: number): Uint8Array<ArrayBuffer> {
  const tooLarge = () => new Uint8Array(limitBytes + 1)
  if (body.byteLength > limitBytes) return tooLarge()
  try {
    return Uint8Array.from(gunzipSync(body, { maxOutputLength: limitBytes }))
  } catch (cause) {
    if (cause instanceof RangeError) return tooLarge()
    throw cause
  }
}

/** `Request` refuses a URL with a user name or password. A client sends them as a header, or not at all. */
function withoutCredentials(text: string): string {
  const url = new URL(text)
  if (url.username === '' && url.password === '') return text
  url.username = ''
  url.password = ''
  return url.href
}

/** The edge's facts about the client, which a capture lacks: no IP address, no client certificate. */
const clientOf = ({ url }: Capture): ClientFacts => ({
  address: null,
  country: null,
  asn: null,
  https: url.startsWith('https:'),
  tlsVersion: null,
  certificate: null,
})

/** Answers with the certificates in the capture, and fails for any other URL. */
const offline =
  ({ certificates, certificate }: Capture, unfetched: string[]): typeof fetch =>
  async (input) => {
    const url = input instanceof Request ? input.url : String(input)
    const text = (Object.hasOwn(certificates, url) ? certificates[url] : undefined) ?? certificate
    if (text !== undefined) return new Response(text)
    // A query may hold a secret.
    unfetched.push(url.replace(/\?.*$/, ''))
    throw new TypeError('there is no network here')
  }

const factsOf = (source: Source, nowSeconds: number, methods: readonly string[]) => ({
  request_id: 'captured',
  source: source.name,
  provider: source.config.provider,
  received_at: toInstant(nowSeconds * 1_000),
  methods: [...methods],
  checks: NO_CHECKS,
  alerts: [],
  degraded: null,
})
