/**
 * The log as a contract: each event with its fields, and each field with its meaning. `docs/logs.md` is made of these tables, and
 * tests compare them with the lines of a run.
 */

/** A field without a value is left out of the line. */
export const LOG_FIELDS = {
  event: 'the name of the event',
  request_id: 'the delivery, or the request to the console',
  request_ids: 'of several deliveries, the first 100',
  event_id: 'the event, as the API has it',
  event_ids: 'of a batch, the first 20',
  webhook_id: 'the `webhook-id` that the endpoint got, if it is not the `event_id`',
  not_listed: 'how many more deliveries are not in `request_ids`',
  source: 'name of the source',
  provider: 'name of the ESP',
  destination: 'name of the destination',
  channel: 'name of the channel',
  reader: 'what reads the store',
  slot: 'which secret',
  handler: 'the route, page, job or kind of data',
  method: 'HTTP method',
  kind: '`batch`, `test` or `erasure`; absent for a single event',
  outcome: 'how it ended',
  code: 'why, as a stable code',
  status: 'HTTP status of the answer',
  accepted: 'events that were taken',
  duplicates: 'events, or deliveries, that were there already',
  quarantined: 'items that were not understood',
  dropped: 'items that are about no mail',
  bytes: 'size of the body',
  duration_ms: 'how long it took',
  authentication: '`verified`, `refused`, `unavailable`, or `not_reached`',
  security: '`passed`, `tolerated`, `undecided`, `refused`, or `not_reached`',
  processing: '`queued`, `observed`, `duplicate`, `answered`, `postponed`, or `refused`',
  methods: 'proofs that verified, or were tried',
  failed_checks: 'checks that failed',
  alerts: 'alarms of the checks',
  degraded: 'what replaced the guard, if it did not answer',
  try: '1 for the first; 0 for a probe or a test',
  next_at: 'when it is tried again, RFC 3339',
  attempts: 'tries so far',
  delay_seconds: 'until the next try',
  count: 'how many, of a batch for a destination how many events',
  message: 'name of the message of the queue, of a part of Postern or of a file; never text from outside',
  fault: 'class of the error; its text may quote a payload and is not logged',
} as const

export type LogFieldName = keyof typeof LOG_FIELDS

/** Which code writes it. A Durable Object runs in the Worker that has its class. */
type Writer = 'gateway' | 'consumer' | 'console' | 'any'

interface LogEvent {
  readonly by: Writer
  readonly says: string
  /** Fields that a line may have, besides `event`. */
  readonly fields: readonly Exclude<LogFieldName, 'event'>[]
}

const DELIVERY = ['request_id', 'source', 'provider'] as const
const DECISION = [
  'authentication',
  'security',
  'processing',
  'methods',
  'failed_checks',
  'alerts',
  'degraded',
] as const
const REFUSAL = [...DELIVERY, 'code', 'status', ...DECISION] as const
const SECRET = ['source', 'slot', 'outcome', 'code'] as const
const MESSAGE = ['message', 'source', 'request_id'] as const

export const LOG_EVENTS = {
  delivery_accepted: {
    by: 'gateway',
    says: 'A delivery was answered with a success: its events are in the queue, or it was a copy or a handshake.',
    fields: [
      ...DELIVERY,
      'outcome',
      'accepted',
      'duplicates',
      'quarantined',
      'dropped',
      'bytes',
      'duration_ms',
      ...DECISION,
    ],
  },
  delivery_refused: { by: 'gateway', says: 'A delivery was refused.', fields: REFUSAL },
  alarm: { by: 'gateway', says: 'A verified delivery was refused as an attack would be.', fields: REFUSAL },
  refusals_not_logged: {
    by: 'gateway',
    says: 'So many more refusals of one second were counted, and neither logged nor kept.',
    fields: ['count'],
  },
  lines_not_logged: {
    by: 'any',
    says: 'So many more lines of one second and kind were not written.',
    fields: ['outcome', 'source', 'count'],
  },
  refusals_unavailable: {
    by: 'gateway',
    says: 'The refusal log did not answer: it may lack these refusals.',
    fields: ['count', 'fault'],
  },
  setup_incomplete: {
    by: 'gateway',
    says: 'A secret of the Worker is missing or wrong.',
    fields: ['request_id', 'message'],
  },
  fault: { by: 'any', says: 'A defect of Postern.', fields: ['request_id', 'code', 'fault'] },
  batch_consumed: {
    by: 'consumer',
    says: 'The deliveries with these ids are stored. Messages of the batch that failed have a line each.',
    fields: ['request_ids', 'not_listed', 'count', 'accepted', 'duplicates', 'duration_ms'],
  },
  message_retried: {
    by: 'consumer',
    says: 'A message could not be stored, and is tried again.',
    fields: [...MESSAGE, 'code', 'attempts', 'delay_seconds', 'fault'],
  },
  message_dead_lettered: {
    by: 'consumer',
    says: 'A message was given up. It is a dead letter.',
    fields: [...MESSAGE, 'code', 'attempts', 'fault'],
  },
  object_orphaned: {
    by: 'consumer',
    says: 'A large delivery is stored, and its object stayed in the bucket.',
    fields: [...MESSAGE, 'fault'],
  },
  acknowledgment_lost: {
    by: 'consumer',
    says: 'A message is stored, and the queue may send it again.',
    fields: [...MESSAGE, 'fault'],
  },
  dependency_unavailable: {
    by: 'any',
    says: 'A part of Postern, named in `message`, did not answer.',
    fields: ['request_id', 'message', 'fault'],
  },
  readers_not_known: {
    by: 'consumer',
    says: 'The names of destinations could not be read.',
    fields: ['fault'],
  },
  readers_not_woken: {
    by: 'consumer',
    says: 'Destinations were not woken. They wake by themselves later.',
    fields: ['count', 'fault'],
  },
  watch_not_woken: { by: 'consumer', says: 'The watch was not woken.', fields: ['fault'] },
  archive_not_woken: { by: 'consumer', says: 'The archive was not woken.', fields: ['fault'] },
  delivery_attempted: {
    by: 'consumer',
    says: 'A request to a destination. Without `status` there was no answer, without `next_at` no further try is planned.',
    fields: [
      'request_id',
      'event_id',
      'request_ids',
      'not_listed',
      'event_ids',
      'count',
      'webhook_id',
      'kind',
      'destination',
      'outcome',
      'status',
      'duration_ms',
      'try',
      'next_at',
    ],
  },
  delivery_exhausted: {
    by: 'consumer',
    says: 'A delivery was tried for the last time and is given up.',
    fields: ['destination', 'attempts'],
  },
  destination_failing: {
    by: 'consumer',
    says: 'No delivery has succeeded for a long time.',
    fields: ['destination'],
  },
  destination_disabled: {
    by: 'consumer',
    says: 'Nothing is sent to it any more.',
    fields: ['destination', 'code'],
  },
  circuit_opened: {
    by: 'consumer',
    says: 'Most attempts failed: only probes are sent.',
    fields: ['destination'],
  },
  circuit_closed: {
    by: 'consumer',
    says: 'A probe succeeded: events are sent again.',
    fields: ['destination'],
  },
  erasure_not_told: {
    by: 'consumer',
    says: 'A destination was not told of an erasure.',
    fields: ['destination', 'attempts', 'count'],
  },
  store_retried: {
    by: 'console',
    says: 'A read was repeated, since the database was reset or had a passing fault.',
    fields: ['attempts'],
  },
  store_restored: {
    by: 'consumer',
    says: 'The database was restored to an earlier time. The reader has gone back.',
    fields: ['reader', 'destination'],
  },
  reader_failed: {
    by: 'consumer',
    says: 'A run of a reader failed. It is repeated.',
    fields: ['reader', 'destination', 'source', 'fault'],
  },
  archive_file_written: {
    by: 'consumer',
    says: 'A file of the archive was written.',
    fields: ['message', 'count', 'bytes', 'duration_ms'],
  },
  archive_files_merged: {
    by: 'consumer',
    says: 'Files of the archive became one.',
    fields: ['message', 'count', 'bytes', 'duration_ms'],
  },
  archive_claim_failed: {
    by: 'consumer',
    says: 'A file of the archive was not written. It is tried again.',
    fields: ['message', 'fault'],
  },
  archive_claim_dropped: {
    by: 'consumer',
    says: 'A file of the archive is not written: its events are gone.',
    fields: ['message'],
  },
  archive_swept: { by: 'consumer', says: 'Files of the archive were removed.', fields: ['count'] },
  hot_events_removed: {
    by: 'consumer',
    says: 'Events that the archive has were removed from the store.',
    fields: ['count'],
  },
  operation_not_judged: {
    by: 'consumer',
    says: 'The watch could not judge the operation.',
    fields: ['fault'],
  },
  watch_minutes_skipped: { by: 'consumer', says: 'So many minutes were not watched.', fields: ['count'] },
  watch_row_damaged: { by: 'consumer', says: 'The watch has lost a row of a source.', fields: [] },
  source_learned_anew: {
    by: 'consumer',
    says: 'The watch could not read what it knew of a source, and learns it again.',
    fields: ['fault'],
  },
  containment_failed: {
    by: 'consumer',
    says: 'A containment was not made or not lifted.',
    fields: ['fault'],
  },
  channels_failed: {
    by: 'consumer',
    says: 'Notices were not sent. They are tried again.',
    fields: ['fault'],
  },
  channel_failed: { by: 'consumer', says: 'A notice was not sent.', fields: ['channel', 'fault'] },
  channel_broken: { by: 'consumer', says: 'A channel takes no notices.', fields: ['channel', 'status'] },
  console_answered: {
    by: 'console',
    says: 'A request to the console.',
    fields: ['request_id', 'method', 'handler', 'status', 'code', 'duration_ms'],
  },
  request_failed: {
    by: 'console',
    says: 'A request to the console could not be answered, for a reason that ends by itself or by the set-up.',
    fields: ['request_id', 'code', 'fault', 'message'],
  },
  job_done: { by: 'console', says: 'A nightly job has ended.', fields: ['handler', 'count'] },
  job_failed: { by: 'console', says: 'A nightly job has failed.', fields: ['handler', 'fault'] },
  retention_enforced: { by: 'console', says: 'Data was removed by retention.', fields: ['handler', 'count'] },
  retention_failed: {
    by: 'console',
    says: 'Data was not removed by retention.',
    fields: ['handler', 'fault'],
  },
  secret_rotated: { by: 'console', says: 'A secret was rotated.', fields: SECRET },
  secret_waiting: {
    by: 'console',
    says: 'A new secret waits until the sender signs with it.',
    fields: SECRET,
  },
  secret_not_installed: {
    by: 'console',
    says: 'A new secret is not installed at the ESP yet.',
    fields: SECRET,
  },
  secret_due: { by: 'console', says: 'A secret has to be rotated by an operator.', fields: SECRET },
  audit_head: {
    by: 'console',
    says: 'The number of lines of the audit log, and the mark of the last one.',
    fields: ['count', 'message'],
  },
} as const satisfies Readonly<Record<string, LogEvent>>

export type LogEventName = keyof typeof LOG_EVENTS
