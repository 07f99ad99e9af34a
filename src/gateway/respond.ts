/** From an outcome to an HTTP response. The only place that knows status codes. Only the operator learns the reason. */
import type { ValidationAnswer, Opened, Provider } from '../providers/shared/provider.ts'
import type { Refusal, RefusalCode } from '../event/refusal-code.ts'

/** Meaning of a refusal for the sender: whether the same bytes can be accepted later. */
type Kind = 'unverified' | 'unchecked' | 'permanent' | 'passing' | 'rateLimited' | 'fixed'

interface Row {
  readonly kind: Kind
  readonly status: number
  readonly sentence: string
}

const UNVERIFIED: Row = {
  kind: 'unverified',
  status: 401,
  sentence: 'The delivery could not be authenticated.',
}
const PASSING: Row = {
  kind: 'passing',
  status: 503,
  sentence: 'Not possible at this moment. Please send it again.',
}
const MALFORMED: Row = { kind: 'permanent', status: 400, sentence: 'The body could not be read.' }

/**
 * Every refusal's row. A provider may have its own statuses for the kinds `unverified`, `permanent`, `passing` and
 * `rateLimited`. A `fixed` status is the same for all.
 *
 * A verified delivery that fails the checks gets the status of an unverified one, after which the ESP retries: our list of the
 * ESP's networks may be out of date.
 */
const ROWS: Record<RefusalCode, Row> = {
  source_unknown: { kind: 'fixed', status: 404, sentence: 'There is nothing here.' },
  path_unknown: { kind: 'fixed', status: 404, sentence: 'There is nothing here.' },
  address_blocked: { kind: 'fixed', status: 403, sentence: 'Not from this address.' },
  network_blocked: { kind: 'unverified', status: 403, sentence: 'Not from this address.' },
  source_paused: PASSING,
  // Not 508 (RFC 5842): monitors take each 5xx for a fault of Postern.
  delivery_looped: { kind: 'fixed', status: 403, sentence: 'This delivery comes from Postern itself.' },
  address_shielded: {
    kind: 'fixed',
    status: 429,
    sentence: 'Too many requests that could not be authenticated.',
  },
  method_not_allowed: { kind: 'fixed', status: 405, sentence: 'This method is not used here.' },
  content_type_unsupported: {
    kind: 'permanent',
    status: 415,
    sentence: 'This content type is not used here.',
  },
  content_encoding_unsupported: {
    kind: 'permanent',
    status: 415,
    sentence: 'This content encoding is not used here.',
  },
  body_too_large: { kind: 'permanent', status: 413, sentence: 'The body is too large.' },
  body_malformed: MALFORMED,
  memory_short: PASSING,
  secret_missing: UNVERIFIED,
  header_missing: UNVERIFIED,
  proof_missing: UNVERIFIED,
  proof_malformed: UNVERIFIED,
  signature_mismatch: UNVERIFIED,
  credentials_wrong: UNVERIFIED,
  token_invalid: UNVERIFIED,
  certificate_refused: UNVERIFIED,
  topic_foreign: UNVERIFIED,
  algorithm_unsupported: UNVERIFIED,
  timestamp_outside_window: UNVERIFIED,
  source_ip_refused: { kind: 'unchecked', status: 403, sentence: 'Not from this address.' },
  checks_failed: {
    kind: 'unchecked',
    status: 403,
    sentence: 'The delivery did not pass the checks of this address.',
  },
  token_reused: {
    kind: 'permanent',
    status: 409,
    sentence: 'This delivery was already used with other contents.',
  },
  proof_unavailable: PASSING,
  rate_limited: {
    kind: 'rateLimited',
    status: 429,
    sentence: 'Too many deliveries. Please send it again later.',
  },
  copy_in_flight: PASSING,
  guard_unavailable: PASSING,
  configuration_unavailable: PASSING,
  queue_unavailable: PASSING,
  confirmation_failed: PASSING,
  setup_incomplete: PASSING,
  fault: PASSING,
}

/** Seconds to wait where the refusal names none. */
const RETRY_AFTER_SECONDS = 10

/** How many items of a delivery were accepted, known already, quarantined, and dropped, since they are about no message. */
export interface Receipt {
  readonly accepted: number
  readonly duplicates: number
  readonly quarantined: number
  readonly dropped: number
}

export const isUnverified = (code: RefusalCode): boolean => ROWS[code].kind === 'unverified'

/** Whether a newer version of the source may decide otherwise: other secrets, other settings, or a containment that was lifted. */
export const dependsOnVersion = (code: RefusalCode): boolean =>
  code === 'source_paused' || ROWS[code].kind === 'unverified' || ROWS[code].kind === 'unchecked'

/**
 * Whether a refusal counts against the client's failure limit: strangers can cause it without end. A `permanent` refusal does
 * not count, since the limit would replace the status that makes an ESP stop.
 */
export const countsAsFailure = (code: RefusalCode): boolean =>
  ROWS[code].kind === 'unverified' || ROWS[code].kind === 'fixed'

/** Whether the status makes the sender retry. */
export const comesAgain = (code: RefusalCode): boolean =>
  ROWS[code].kind === 'passing' || ROWS[code].kind === 'rateLimited'

/** The status to which this provider reacts as it should. */
export function statusOf(code: RefusalCode, provider: Provider | undefined): number {
  const { kind, status } = ROWS[code]
  if (kind === 'fixed') return status
  return provider?.statuses?.[kind === 'unchecked' ? 'unverified' : kind] ?? status
}

/** RFC 9457 problem details. The body is the same for every failed proof, so it does not reveal which step failed. */
export function respondToRefusal(
  refusal: Refusal,
  provider: Provider | undefined,
  requestId: string,
): Response {
  const { kind, sentence } = ROWS[refusal.code]
  const status = statusOf(refusal.code, provider)
  const headers = new Headers({ 'content-type': 'application/problem+json', 'x-request-id': requestId })
  if ('retryAfterSeconds' in refusal) headers.set('retry-after', String(refusal.retryAfterSeconds))
  else if (kind === 'passing') headers.set('retry-after', String(RETRY_AFTER_SECONDS))
  if (refusal.code === 'method_not_allowed') headers.set('allow', refusal.allow.join(', '))
  const body = JSON.stringify({ type: 'about:blank', title: sentence, status, request_id: requestId })
  return new Response(body, { status, headers })
}

/**
 * Exactly 200: several ESPs treat 202 and 204 as failures. The headers are plain text in an object: a list or a `Headers` takes twice
 * as long.
 */
export const respondToReceipt = (receipt: Receipt, requestId: string): Response =>
  new Response(JSON.stringify({ request_id: requestId, ...receipt }), {
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
  })

/** Answer to the ESP's handshake. If the ESP only wants a 200, an empty receipt. */
export const respondToHandshake = (
  opened: Extract<Opened, { kind: 'handshake' }>,
  requestId: string,
): Response =>
  opened.json === undefined
    ? respondToReceipt({ accepted: 0, duplicates: 0, quarantined: 0, dropped: 0 }, requestId)
    : Response.json(opened.json, { headers: { 'x-request-id': requestId } })

export const respondToValidation = (
  { status, headers, text }: ValidationAnswer,
  requestId: string,
): Response => new Response(text ?? null, { status, headers: { ...headers, 'x-request-id': requestId } })
