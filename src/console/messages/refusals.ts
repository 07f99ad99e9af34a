/** Refusals in plain words, for operators: what happened, with its numbers, and where to look. */
import type { RefusalCode } from '../../event/refusal-code.ts'
import type { RefusalRecord } from '../../refusals/refusal.ts'
import { lengthWords } from './time.ts'

/** A refusal's own numbers and names; any of them may be absent in what an older gateway reported. */
type Detail = RefusalRecord['detail']

const SENTENCES: Readonly<Record<RefusalCode, (detail: Detail) => string>> = {
  // accept
  source_unknown: () => 'No source has this name. The sender’s URL may be misspelt, or the source was removed.',
  path_unknown: () => 'The path is not one that Postern serves.',
  address_blocked: () => 'The client’s address is one that the source blocks.',
  network_blocked: ({ network }) => `The network ${text(network)} is blocked for a time: see the containments of the source.`,
  source_paused: () => 'The source is paused for a time; the sender was told to come back. Resume it on the page of the source.',
  delivery_looped: () => 'The delivery was sent by a destination of Postern. A destination must not lead to a source.',
  address_shielded: () => 'This client failed to prove itself too often within a minute, and is refused for a while.',
  method_not_allowed: () => 'The HTTP method is not one that this provider uses.',
  content_type_unsupported: () => 'The content type is not one that this provider sends.',
  content_encoding_unsupported: () => 'The body was compressed in a way that is not taken; gzip is.',
  body_too_large: ({ limitBytes }) => `The body was longer than the source’s limit of ${number(limitBytes)} bytes.`,
  body_malformed: ({ problem }) => `The body could not be read (${text(problem)}).`,
  memory_short: () => 'Other bodies that were still being read held the memory; the sender was told to come back.',
  // authenticate
  secret_missing: () => 'The source holds no secret that could prove a sender, so it refuses everything.',
  header_missing: ({ header }) => `The header ${text(header)} was missing.`,
  proof_missing: ({ field }) => `The proof was missing: ${text(field)}.`,
  proof_malformed: ({ field }) => `The proof was not of its form: ${text(field)}.`,
  signature_mismatch: ({ keysAttempted }) =>
    `The signature fits none of the source’s keys (${number(keysAttempted)} attempted): a forgery, a changed body, or a wrong secret here.`,
  credentials_wrong: () => 'The credentials that were presented are not the source’s.',
  token_invalid: ({ problem }) => `The token was refused (${text(problem)}).`,
  certificate_refused: ({ problem }) => `The certificate, the client’s or the one that signs, was refused (${text(problem)}).`,
  topic_foreign: () => 'The delivery came from a topic or an account that the source does not list.',
  algorithm_unsupported: ({ algorithm }) => `The algorithm ${text(algorithm)} is not accepted.`,
  proof_unavailable: ({ dependency }) => `The proof could not be checked, since ${text(dependency)} did not answer.`,
  // check
  timestamp_outside_window: outsideWindow,
  checks_failed: ({ failed, tolerated }) =>
    `More checks failed than the level tolerates, which is ${number(tolerated)}: ${list(failed)}.`,
  source_ip_refused: ({ alerts }) =>
    `The proof was right, and the delivery came from where this source is not called from (${list(alerts)}).`,
  // guard
  rate_limited: ({ limitPerMinute }) => `Over the source’s limit of ${number(limitPerMinute)} deliveries a minute.`,
  copy_in_flight: () => 'A copy of this delivery was still being taken in; the sender was told to come back.',
  token_reused: () => 'The sender’s single-use token came again around another body: treat it as an attack.',
  guard_unavailable: () => 'The source’s guard did not answer, and the source is set to refuse then.',
  // registry, queue
  configuration_unavailable: () => 'The source’s settings could not be read, and no copy was fresh enough.',
  queue_unavailable: ({ fault }) => `The queue did not take the events (${text(fault)}); the sender was told to send again.`,
  setup_incomplete: () => 'The gateway is not set up: its log says what is missing.',
  fault: () => 'Something of ours failed; the request id leads to the log. The sender was told to send again.',
  confirmation_failed: () => 'The sender’s handshake was genuine, but confirming it failed.',
} // prettier-ignore

/** One or two sentences on why a delivery was refused. A code that is not known, of a newer gateway, is named. */
export function explainRefusal({ code, detail }: Pick<RefusalRecord, 'code' | 'detail'>): string {
  return isKnown(code) ? SENTENCES[code](detail) : `Refused with the code ${code}.`
}

const isKnown = (code: string): code is RefusalCode => Object.hasOwn(SENTENCES, code)

function outsideWindow({ ageSeconds, windowSeconds }: Detail): string {
  const window = `the window is ${duration(windowSeconds)}`
  return typeof ageSeconds === 'number' && ageSeconds < 0
    ? `Signed ${duration(-ageSeconds)} in the future (${window}): check the sender’s clock.`
    : `Signed ${duration(ageSeconds)} ago (${window}): a replay, or a delivery that was held up.`
}

/** Seconds up to two hours, where each of them may matter. */
const duration = (value: unknown): string =>
  typeof value === 'number' && value >= 7_200 ? lengthWords(value) : `${number(value)} seconds`

const number = (value: unknown): string =>
  typeof value === 'number' ? String(value) : 'an unknown number of'
const text = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : 'not named')
const list = (value: unknown): string =>
  Array.isArray(value) && value.length > 0 ? value.map(text).join(', ') : 'not named'
