/** Columns of lists of events. */
import type { StoredEvent } from '../../../store/stored-event.ts'
import { toleratedWords } from '../../messages/describe-decision.ts'
import { eventDetail, eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { Badge, type Column, Shown, Under, When } from '../components.tsx'
import { deliveryPath } from '../delivery/paths.ts'

export const EVENT_COLUMNS: readonly Column<StoredEvent>[] = [
  {
    label: 'When',
    cell: (event) => (
      <a class="row-link" href={deliveryPath(event.id)}>
        <When at={eventTimeMs(event)} />
      </a>
    ),
  },
  {
    label: 'Event',
    cell: ({ type }) => <Badge tone={eventTone(type)}>{eventWord(type)}</Badge>,
  },
  {
    label: 'Recipient',
    kind: 'address',
    cell: ({ recipient }) => <Shown text={recipient} max={120} />,
  },
  { label: 'Source', cell: ({ source }) => source },
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
