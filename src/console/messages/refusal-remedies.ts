/** Short names of refusals, and how each is mended. Pages and the command line show them below the explanation. */
import type { RefusalCode } from '../../event/refusal-code.ts'

export interface Remedy {
  readonly title: string
  /** Steps for an operator, the usual cause first. Empty if there is nothing to do. */
  readonly steps: readonly string[]
}

const RETRIED = 'Nothing is lost: the sender was told to send it again, and does so by itself.'
const STRANGER = 'If it is not a sender of yours, there is nothing to do.'
const CAPTURE = 'If it stays unclear, capture the next ones and judge them with postern verify.'
const ANOTHER_SCHEME =
  'Look whether signing is switched on at the ESP, and whether the source has its provider.'

const REMEDIES: Readonly<Record<RefusalCode, Remedy>> = {
  source_unknown: { title: 'No source of this name', steps: ['Compare the URL at the ESP with that on the page of the source.', 'If the source was removed, switch the webhook off at the ESP.', STRANGER] },
  path_unknown: { title: 'Unknown path', steps: ['Compare the URL at the ESP with that on the page of the source.', STRANGER] },
  address_blocked: { title: 'Blocked address', steps: ['If it is a sender of yours, take its address out of the blocked ones of the source.'] },
  network_blocked: { title: 'Blocked network', steps: ['If it is a sender of yours, lift the containment: its incident has a button for it.'] },
  source_paused: { title: 'Source is paused', steps: ['Resume it on the page of the source when the cause is mended.', RETRIED] },
  delivery_looped: { title: 'Loop', steps: ['Change the URL of the destination: it leads back to a source.'] },
  address_shielded: { title: 'Too many failures from one address', steps: ['Mend the refusals before these: the same client failed to prove itself.', 'It is let in again after a minute.'] },
  method_not_allowed: { title: 'Wrong HTTP method', steps: ['Choose POST at the ESP, if it asks.', STRANGER] },
  content_type_unsupported: { title: 'Wrong content type', steps: ['Choose JSON at the ESP, if it asks, and look whether the source has the right provider.', STRANGER] },
  content_encoding_unsupported: { title: 'Unknown compression', steps: ['Switch compression off at the ESP, or choose gzip.'] },
  body_too_large: { title: 'Body too large', steps: ['Choose smaller batches at the ESP, or raise the limit in the settings of the source.'] },
  body_malformed: { title: 'Unreadable body', steps: [RETRIED, 'If it happens again and again, look for a proxy that changes or cuts bodies.'] },
  memory_short: { title: 'Too many large bodies at once', steps: [RETRIED, 'If it lasts, choose smaller batches at the ESP.'] },
  secret_missing: { title: 'Source has no secret', steps: ['Add the secret of the ESP on the page of the source. Until then it refuses everything.'] },
  header_missing: { title: 'Header is missing', steps: [ANOTHER_SCHEME, 'Look for a proxy that removes headers.', STRANGER] },
  proof_missing: { title: 'Proof is missing', steps: [ANOTHER_SCHEME, STRANGER] },
  proof_malformed: { title: 'Malformed proof', steps: [ANOTHER_SCHEME, CAPTURE] },
  signature_mismatch: { title: 'Signature does not fit', steps: ['Compare the secret: often it is that of another webhook, or was copied with a space, or was rotated at the ESP.', 'Look for a proxy that changes bodies.', CAPTURE] },
  credentials_wrong: { title: 'Wrong credentials', steps: ['Enter the user and password of the source at the ESP again, or rotate them here.', STRANGER] },
  token_invalid: { title: 'Invalid token', steps: ['Compare audience, issuer and account in the settings of the source with those at the ESP.', CAPTURE] },
  certificate_refused: { title: 'Certificate is refused', steps: ['Look whether the certificate is over, and whether the source names the right authority.', CAPTURE] },
  topic_foreign: { title: 'Foreign topic or account', steps: ['If the topic or the account is yours, add it to those of the source.', 'If not, somebody else subscribed your URL: there is nothing to do.'] },
  algorithm_unsupported: { title: 'Unknown algorithm', steps: ['Choose an algorithm at the ESP that the provider’s documentation here names.'] },
  proof_unavailable: { title: 'Proof could not be checked', steps: [RETRIED, 'If it lasts, look whether the named server answers.'] },
  timestamp_outside_window: { title: 'Signed too long ago', steps: ['If the ESP was held up, it sends again by itself with a new time.', 'If it always happens, the clock of the sender is wrong, or the window of the source too short for its retries.', 'If it happens once and from a new network, somebody may replay a delivery.'] },
  checks_failed: { title: 'Too many failed checks', steps: ['Look which checks failed, and mend their cause: docs/checks.md names it for each.', 'If they are right to fail at this source, choose a lower level in its settings.'] },
  source_ip_refused: { title: 'Unexpected network', steps: ['If the ESP has new addresses, add them to the networks of the source.', 'If not, its secret may have leaked: rotate it.'] },
  rate_limited: { title: 'Over the rate limit', steps: [RETRIED, 'If your volume has grown, raise the limit in the settings of the source.'] },
  copy_in_flight: { title: 'Copy is in work', steps: [RETRIED] },
  token_reused: { title: 'Token used twice', steps: ['Treat it as an attack: somebody holds a genuine proof. Look at the incident, and rotate the secret.'] },
  guard_unavailable: { title: 'Guard did not answer', steps: [RETRIED, 'If it lasts, look at the health of the installation under Settings.'] },
  configuration_unavailable: { title: 'Settings could not be read', steps: [RETRIED, 'If it lasts, look at the health of the installation under Settings.'] },
  queue_unavailable: { title: 'Queue did not take it', steps: [RETRIED, 'If it lasts, look at Cloudflare’s status of Queues.'] },
  setup_incomplete: { title: 'Gateway is not set up', steps: ['Read the gateway’s log: it says what is missing. postern doctor names it, too.'] },
  fault: { title: 'Fault of Postern', steps: [RETRIED, 'Search the gateway’s log for the request id.'] },
  confirmation_failed: { title: 'Handshake not confirmed', steps: ['Ask for it again at the ESP: it was genuine.'] },
} // prettier-ignore

/** All codes, for a choice. */
export const REFUSAL_CODES: readonly string[] = Object.keys(REMEDIES)

/** A code of a newer gateway has its own name, and no steps. */
export const remedyOf = (code: string): Remedy =>
  isKnown(code) ? REMEDIES[code] : { title: code.replaceAll('_', ' '), steps: [] }

const isKnown = (code: string): code is RefusalCode => Object.hasOwn(REMEDIES, code)
