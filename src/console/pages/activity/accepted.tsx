/** Accepted: events, by the time at which they happened. */
import { CAUSES, causeWord } from '../../../event/cause/causes.ts'
import { BOUNCE_TYPES, EVENT_TYPES } from '../../../event/mail-event.ts'
import { OPENED_MAX_EVENTS, cursorAt, listEvents } from '../../../store/events.ts'
import { AUTOMATED, type Automated } from '../../../store/scan.ts'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { toleratedWords } from '../../messages/describe-decision.ts'
import { eventTimeMs, eventTone, eventWord, eventWords } from '../../messages/events.ts'
import type { Column } from '../components.tsx'
import { optionsOf } from '../options.ts'
import { readerOf } from '../range.ts'
import { askedIn } from './asked.ts'
import type { Kind } from './kind.ts'
import { type ActivityRow, ROW_COLUMNS } from './row.tsx'

export const eventRow = (event: StoredEvent): ActivityRow => ({
  id: event.id,
  atMs: eventTimeMs(event),
  tone: eventTone(event.type),
  word: eventWords(event),
  who: event.recipient,
  source: event.source,
  detail: detailOf(event),
  // Failed checks of the delivery that the level let through.
  more: toleratedWords(event.security),
  event,
})

function detailOf({ type, native_type, cause, reason, url }: StoredEvent): string | null {
  const said = [cause ? causeWord(cause) : '', reason ?? ''].filter((text) => text !== '').join(': ')
  return said || (url ?? (type === 'email.unknown' ? native_type : null))
}

/** Columns of a list of events, on other pages. */
export const EVENT_COLUMNS: readonly Column<StoredEvent>[] = ROW_COLUMNS.map(
  ({ label, kind = 'name', cell }) => ({ label, kind, cell: (event) => cell(eventRow(event)) }),
)

const OPENS = `looks at ${OPENED_MAX_EVENTS.toLocaleString('en')} events a page`

const WHETHER: Readonly<Record<Automated, string>> = { true: 'yes', false: 'no', unknown: 'nobody knows' }

export const ACCEPTED: Kind = {
  show: 'accepted',
  title: 'Accepted',
  filters: [
    { name: 'types', also: 'type', label: 'Types', isMany: true, options: optionsOf(EVENT_TYPES, eventWord) },
    { name: 'bounce', label: 'Type of bounce', options: optionsOf(BOUNCE_TYPES) },
    { name: 'cause', label: 'Cause', options: optionsOf(CAUSES, causeWord) },
    { name: 'automated', label: 'By a machine', options: optionsOf(AUTOMATED, (one) => WHETHER[one]) },
    { name: 'message', label: 'Message id' },
    { name: 'request', label: 'Request id' },
    { name: 'campaign', label: 'Campaign' },
    { name: 'reason', label: 'Word of the server', placeholder: OPENS, role: 'operator' },
    { name: 'tag', label: 'Tag', placeholder: OPENS, role: 'operator' },
    { name: 'mailbox', label: 'Mailbox provider', placeholder: 'gmail', role: 'operator' },
  ],
  async read(c, { query, limit, cursor }) {
    const { store, nowMs } = c.get('context')
    const { events, next_cursor } = await listEvents(
      store,
      { ...askedIn(query, readerOf(c)), limit, cursor },
      nowMs,
    )
    return {
      rows: events.map(eventRow),
      next: next_cursor,
      cursorAt: async (index) => cursorAt(store, events[index] as StoredEvent),
    }
  },
  empty: 'No event yet. The first delivery that is verified shows up here.',
  same: {
    command: 'events',
    path: '/api/events',
    of: (query, reader) => {
      const { types, ...asked } = askedIn(query, reader)
      return { types: types?.join(), ...asked }
    },
  },
}
