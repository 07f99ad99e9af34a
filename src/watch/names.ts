/** Names of kinds of incidents and of measures, as people read them: on pages, on the command line, and in channels. */
import { percent } from './patterns/pattern.ts'

export const KINDS: ReadonlyMap<string, string> = new Map([
  ['brute_force', 'Wrong secrets from one network'],
  ['brute_force_spread', 'Wrong secrets from many networks'],
  ['brute_force_slow', 'Wrong secrets, a few each hour'],
  ['replay', 'Old or copied deliveries'],
  ['token_reuse', 'A used token comes again'],
  ['address', 'Deliveries from a new network'],
  ['payload', 'Deliveries unlike those of the ESP'],
  ['drift', 'Payloads that Postern misreads'],
  ['silence', 'Fewer events than expected'],
  ['surge', 'More events than usual'],
  ['bounce_share', 'More bounces than usual'],
  ['complaint_share', 'More complaints than usual'],
  ['lag', 'Webhooks come later than usual'],
  ['unusual', 'Traffic unlike usual'],
  ['secret_due', 'A secret has to be rotated'],
  ['dependency_down', 'A part does not answer'],
  ['bucket_down', 'A bucket does not answer'],
  ['night_failed', 'A job of the night failed'],
  ['queue_backlog', 'Deliveries wait in a queue'],
  ['dead_letters', 'Deliveries that failed for good'],
  ['destination_failing', 'A destination gets nothing'],
  ['guard_degraded', 'A guard does not answer'],
  ['reader_behind', 'A reader of events is behind'],
  ['channel_failing', 'A channel delivers nothing'],
  ['mailbox_wave', 'Many addresses unknown at once'],
  ['store_filling', 'The store will be full'],
  ['archive_behind', 'The archive is behind'],
  ['drill_due', 'A restore has to be practiced'],
  ['webhook_off', 'A webhook at an ESP is wrong'],
  ['sync_stopped', 'A nightly sync of suppressions has stopped'],
  ['source_closed', 'A source refuses everything'],
  ['source_refused', 'All deliveries of a source are refused'],
  ['source_quiet', 'A source gets nothing'],
  ['source_observes', 'A source only observes'],
  ['secret_waits', 'A new secret waits'],
  ['provider_stale', 'An ESP may have changed'],
  ['messages_retried', 'Deliveries are retried'],
  ['address_service', 'A verification service refuses'],
  ['quarantined', 'Deliveries that were not understood'],
  ['destination_note', 'A destination needs a look'],
  ['watch_behind', 'The watch is behind'],
  ['consumer_silent', 'The consumer stores nothing'],
  ['watch_silent', 'The watch stands still'],
  ['master_key', 'The master key does not fit'],
  ['migrations_missing', 'The store lacks tables'],
])

/** Measures of findings. Those that are not here are said by their own words. */
const MEASURES: ReadonlyMap<string, string> = new Map([
  ['minutes_off', 'minutes wrong'],
  ['minutes_waiting', 'minutes without an answer of a person'],
  ['failed_proofs', 'wrong secrets'],
  ['failing_networks', 'networks with wrong secrets'],
  ['outside_window', 'old deliveries'],
  ['duplicates', 'copies'],
  ['token_reused', 'used tokens'],
  ['new_network', 'from new networks'],
  ['alerts', 'failed checks of the address'],
  ['new_native_type', 'events of new types'],
  ['body_bytes', 'bytes of a body'],
  ['volume', 'events'],
  ['bounce_share', 'bounces among outcomes'],
  ['complaint_share', 'complaints among deliveries'],
  ['lacking_form_share', 'items that could not be read'],
  ['lacking_person_share', 'bounces, complaints and unsubscribes without a recipient'],
  ['lacking_recipient_share', 'events without a recipient'],
  ['lacking_message_id_share', 'events without a message id'],
  ['lacking_time_share', 'events without a time'],
  ['lacking_type_share', 'events of unknown types'],
  ['lag_seconds', 'seconds late'],
  ['share_used', 'share of the store in use'],
  ['oldest_minutes', 'minutes that the oldest waits'],
])

const plain = (name: string): string => name.replaceAll('_', ' ')

/** Undefined for one that an upgrade has removed. */
export const knownKindName = (kind: string): string | undefined => KINDS.get(kind)

export const kindName = (kind: string): string => knownKindName(kind) ?? plain(kind)

/** A value of a measure: `96 %`, `1,137 wrong secrets`. */
export function figureWords(name: string, value: number): string {
  const text = figureText(name, value)
  return isShare(name, value) ? text : `${text} ${measureName(name)}`
}

/** The value alone: a share in percent, a whole number as it is, any other with three digits. */
export const figureText = (name: string, value: number): string =>
  isShare(name, value)
    ? percent(value)
    : value.toLocaleString('en', Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 })

const isShare = (name: string, value: number): boolean =>
  (name.endsWith('_share') || name.startsWith('share_')) && value <= 1

export const measureName = (name: string): string => MEASURES.get(name) ?? plain(name)
