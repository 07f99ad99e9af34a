/** Columns of lists of events. */
import type { StoredEvent } from '../../../store/stored-event.ts'
import { toleratedWords } from '../../messages/describe-decision.ts'
import { eventDetail, eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { visibleText } from '../../../platform/visible.ts'
import { Badge, type Column, Nothing, Shown, Under, When } from '../components.tsx'
import { deliveryPath, messagePath } from '../delivery/paths.ts'

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

/** Columns of the list, from which one may choose. */
export const LIST_COLUMNS: readonly Column<StoredEvent>[] = [
  ...EVENT_COLUMNS,
  {
    label: 'Message',
    kind: 'long',
    isOptional: true,
    cell: ({ source, message_id }) =>
      message_id === null ? (
        <Nothing />
      ) : (
        <a href={messagePath(source, message_id)} title={visibleText(message_id, 200)}>
          <Shown text={message_id} max={80} code />
        </a>
      ),
  },
  ...(
    [
      ['Campaign', ({ campaign_id }) => campaign_id],
      ['Status', ({ smtp_code, enhanced_code }) => [smtp_code, enhanced_code].filter(Boolean).join(' ')],
      ['Tags', ({ tags }) => tags.join(', ')],
      ['The ESP calls it', ({ native_type }) => native_type],
    ] satisfies [string, (event: StoredEvent) => string | null][]
  ).map(([label, textOf]): Column<StoredEvent> => ({
    label,
    kind: 'long',
    isOptional: true,
    cell: (event) => <Shown text={textOf(event)} max={160} />,
  })),
]
