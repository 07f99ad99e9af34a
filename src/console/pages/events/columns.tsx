/** Columns of lists of events. */
import type { StoredEvent } from '../../../store/stored-event.ts'
import { toleratedWords } from '../../messages/describe-decision.ts'
import { eventDetail, eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { Badge, type Column, Shown, Under, When } from '../components.tsx'

export const EVENT_COLUMNS: readonly Column<StoredEvent>[] = [
  { label: 'When', kind: 'name', cell: (event) => <When at={eventTimeMs(event)} /> },
  {
    label: 'Event',
    kind: 'name',
    cell: ({ type }) => <Badge tone={eventTone(type)}>{eventWord(type)}</Badge>,
  },
  {
    label: 'Recipient',
    kind: 'address',
    cell: ({ recipient, message_id }) => (
      <>
        <Shown text={recipient} max={120} />
        {message_id !== null && (
          <span class="under">
            <span class="visually-hidden">message </span>
            <Shown text={message_id} max={80} code />
          </span>
        )}
      </>
    ),
  },
  { label: 'Source', kind: 'name', cell: ({ source }) => source },
  {
    label: 'Detail',
    kind: 'long',
    cell: (event) => (
      <>
        <Shown text={eventDetail(event)} max={160} />
        {/* Failed checks of the delivery that the level let through. */}
        <Under text={toleratedWords(event.security)} max={160} />
      </>
    ),
  },
]
