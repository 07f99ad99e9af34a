/** Simulated events for the shared suite, and the conversion of a simulated request to a provider's input. */
import type { Account, SimulatedEvent, OutgoingRequest } from '../../src/simulator/sender.ts'
import { type Bytes, utf8 } from '../../src/platform/bytes.ts'
import type { ClientFacts, Delivery } from '../../src/providers/shared/presented-credentials.ts'
import type { VerifiedBytes } from '../../src/providers/shared/provider.ts'

/** The suite's clock; whole seconds. */
export const NOW_SECONDS = 1_764_000_000

/** Its local part occurs nowhere else in a delivery, so that a test can tamper with it. */
export const RECIPIENT = 'ada.lovelace@example.com'

/** An event of a kind from one minute ago. */
export const simulated = (kind: string, changes: Partial<SimulatedEvent> = {}): SimulatedEvent => ({
  kind,
  messageId: `m-${kind.replaceAll('.', '-')}@example.net`,
  recipient: RECIPIENT,
  occurredAtSeconds: NOW_SECONDS - 60,
  ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
  ...(kind === 'email.clicked' ? { url: 'https://example.net/offer?a=1&b=2' } : {}),
  ...changes,
})

/** An event of the account's first kind, for tests in which only the credentials matter. */
export const anySimulatedEvent = (account: Account): SimulatedEvent =>
  simulated(account.kinds[0] ?? 'email.delivered')

export const CLIENT: ClientFacts = {
  address: '192.0.2.10',
  country: 'NL',
  asn: 64_496,
  https: true,
  tlsVersion: 'TLSv1.3',
  certificate: null,
}

const SOURCE_URL = 'https://postern.example/hooks/suite'

/** A request that no simulated sender made. */
export const posted = (
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): OutgoingRequest => ({
  method: 'POST',
  query: '',
  headers,
  body: typeof body === 'string' ? utf8(body) : body,
  proofHeaders: [],
  bodyIsSigned: true,
})

/** A simulated request as the gateway's accept stage passes it on. */
export function deliveryOf(request: OutgoingRequest, publicUrl = SOURCE_URL): Delivery {
  const url = publicUrl + request.query
  return {
    method: request.method,
    url,
    query: new URL(url).searchParams,
    headers: new Headers(request.headers),
    body: new Uint8Array(request.body),
    client: CLIENT,
  }
}

/** The delivery as the provider reads it after verification. */
export function verifiedBytesOf(
  { headers, body, query }: Delivery,
  verifiedHeaders: ReadonlyMap<string, string> = new Map(),
): VerifiedBytes {
  const header = headers.get('content-type')
  return {
    bytes: body,
    contentType: header,
    query,
    verifiedHeaders,
  }
}

/** The request with one header changed; `null` removes it. */
export function withHeader(request: OutgoingRequest, name: string, value: string | null): OutgoingRequest {
  const { [name]: _, ...headers } = request.headers
  return { ...request, headers: value === null ? headers : { ...headers, [name]: value } }
}

/** The request with a text replaced everywhere in the body, or in the query of a GET. */
export function withText(request: OutgoingRequest, text: string, instead: string): OutgoingRequest {
  const query = request.query.replaceAll(text, instead)
  return { ...request, query, body: bytesOf(textOf(request.body).replaceAll(text, instead)) }
}

const textOf = (bytes: Uint8Array): string =>
  new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
const bytesOf = (text: string): Bytes => new TextEncoder().encode(text) as Bytes
