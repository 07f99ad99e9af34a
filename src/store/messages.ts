/** The state of a message for each recipient: its newest event, whatever the order of arrival. */
import type { EventType } from '../event/mail-event.ts'
import { isTimed, reportedMs } from '../event/identity.ts'
import { withoutBrackets } from '../event/message-id.ts'
import { toInstant } from '../platform/time.ts'
import { shownId } from './shown-id.ts'
import { storedForms } from './masks.ts'
import { MAX_TIMED_MS } from './event-orderings.ts'
import { PAGE_MAX_BYTES } from './cursor.ts'
import { type ScanBounds, scanBefore } from './scan.ts'
import type { EventRow } from './stored-event.ts'
import type { Store } from './store.ts'
import { segmentsOfMessage } from './inverted-index.ts'

export interface MessageState {
  /** Normalized; null when the ESP names nobody, or the person was erased. */
  readonly recipient: string | null
  /** Type of the newest event. */
  readonly state: EventType
  /** Whether a machine made it; null if nobody knows. */
  readonly automated: boolean | null
  /** As the ESP reported it; the time of receipt where it gives none. */
  readonly occurred_at: string
  readonly event_id: string
}

/**
 * Which of two events of the same millisecond is the later one: many ESPs report whole seconds. An event of unknown type has no
 * state, so it never overrides another.
 */
const RANKS: Readonly<Record<EventType, number>> = {
  'email.unknown': -1,
  'email.inbound': 0,
  'email.sent': 1,
  'email.deferred': 2,
  'email.delivered': 3,
  'email.autoresponded': 4,
  'email.rejected': 5,
  'email.failed': 5,
  'email.bounced': 6,
  'email.opened': 7,
  'email.clicked': 8,
  'email.subscribed': 9,
  'email.unsubscribed': 10,
  'email.spam_reported': 11,
}

/** A newsletter may have one message id for all its recipients, so the response is limited. */
const RECIPIENTS_MAX = 1_000

/** Events in a scan, and scans: enough for the newest thousand recipients of a newsletter. */
const SCAN: ScanBounds = {
  events: 5_000,
  limit: Number.MAX_SAFE_INTEGER,
  maxBytes: PAGE_MAX_BYTES,
  withSealed: false,
}
const SCANS_MAX = 4

/** The states of one message, newest first, of at most a thousand recipients; empty if the message is unknown. */
export async function messageStates(
  store: Store,
  message: { readonly source: string; readonly message_id: string },
): Promise<MessageState[]> {
  const newest = await newestByRecipient(store, message)
  const states = [...newest.values()].sort((a, b) =>
    a.occurred_at === b.occurred_at ? (a.event_id < b.event_id ? 1 : -1) : b.occurred_at - a.occurred_at,
  )
  return Promise.all(
    states
      .slice(0, RECIPIENTS_MAX)
      .map(async ({ recipient, wrapped_key, type, automated, occurred_at, event_id }) => ({
        recipient:
          recipient !== null && store.scope.personal
            ? ((await store.people.find(recipient, wrapped_key ?? ''))?.address ?? null)
            : null,
        state: type,
        automated,
        occurred_at: toInstant(isTimed(event_id) ? reportedMs(event_id) : occurred_at),
        event_id: await shownId(store, event_id),
      })),
  )
}

async function newestByRecipient(
  store: Store,
  { source, message_id }: { readonly source: string; readonly message_id: string },
): Promise<ReadonlyMap<string, EventRow>> {
  const messageIds = await storedForms(store.people, withoutBrackets(message_id))
  const segments = await segmentsOfMessage(store, messageIds)
  const equal = [['source', source] as const]
  const newest = new Map<string, EventRow>()
  let before = { atMs: MAX_TIMED_MS, id: '' }
  for (let scans = 0; scans < SCANS_MAX && newest.size < RECIPIENTS_MAX; scans++) {
    const wanted = { segments, messageIds, equal, since: { atMs: 0, id: '' }, before }
    const { rows, end } = await scanBefore(store, wanted, SCAN)
    for (const row of rows) {
      const known = newest.get(row.recipient ?? '')
      if (known === undefined || overrides(row, known)) newest.set(row.recipient ?? '', row)
    }
    if (end === undefined) break
    before = end
  }
  return newest
}

function overrides(row: EventRow, known: EventRow): boolean {
  const [rank, knownRank] = [RANKS[row.type], RANKS[known.type]]
  if (rank < 0 !== knownRank < 0) return knownRank < 0
  const later = row.occurred_at - known.occurred_at || rank - knownRank
  return later === 0 ? row.event_id > known.event_id : later > 0
}
