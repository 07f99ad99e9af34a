import type { FC } from 'hono/jsx'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { toleratedWords } from '../../words/decision.ts'
import { eventDetail, eventTimeMs, eventTone, eventWord } from '../../words/events.ts'
import { Badge, type Column, Empty, Part, Shown, Table, When } from '../parts.tsx'
import type { Scene } from '../scene.ts'

/** The last events, newest first. */
export const Events: FC<{ scene: Scene }> = ({ scene }) => (
  <Part
    id="events"
    title="Events"
    lead="What happened last, by the time at which it happened."
    notice={scene.notice}
  >
    <Listed scene={scene} />
  </Part>
)

const Listed: FC<{ scene: Scene }> = ({ scene: { gathered, nowMs } }) => {
  if (gathered.events === undefined) return <Empty>The store did not answer.</Empty>
  if (gathered.events.length === 0)
    return <Empty>No event yet. The first delivery that is proven shows up here.</Empty>
  return <Table caption="The last events" columns={columns(nowMs)} rows={gathered.events} />
}

const columns = (nowMs: number): Column<StoredEvent>[] => [
  {
    label: 'When',
    kind: 'name',
    cell: (event) => <When ms={eventTimeMs(event)} nowMs={nowMs} />,
  },
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
        {message_id === null ? (
          ''
        ) : (
          <span class="under">
            <span class="unheard">message </span>
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
        <Tolerated event={event} />
      </>
    ),
  },
]

/** What failed of its delivery and was let through by the level. */
const Tolerated: FC<{ event: StoredEvent }> = ({ event }) => {
  const words = toleratedWords(event.security)
  return words === null ? (
    ''
  ) : (
    <span class="under">
      <Shown text={words} max={160} />
    </span>
  )
}
