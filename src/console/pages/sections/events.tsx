import type { FC } from 'hono/jsx'
import type { StoredEvent } from '../../../store/stored-event.ts'
import { toleratedWords } from '../../messages/describe-decision.ts'
import { eventDetail, eventTimeMs, eventTone, eventWord } from '../../messages/events.ts'
import { Badge, type Column, Empty, Section, Shown, Table, When } from '../components.tsx'
import type { PageProps } from '../props.ts'
import { RequestLink } from '../request-link.tsx'

/** The last events, newest first. */
export const Events: FC<{ props: PageProps }> = ({ props }) => (
  <Section id="events" lead="What happened last, by the time at which it happened." notice={props.notice}>
    <Listed props={props} />
  </Section>
)

const Listed: FC<{ props: PageProps }> = ({ props: { dashboard, nowMs } }) => {
  if (dashboard.events === undefined) return <Empty>The store did not answer.</Empty>
  if (dashboard.events.length === 0)
    return <Empty>No event yet. The first delivery that is verified shows up here.</Empty>
  return (
    <Table caption="The last events" columns={[...eventColumns(nowMs), REQUEST]} rows={dashboard.events} />
  )
}

export const eventColumns = (nowMs: number): Column<StoredEvent>[] => [
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
        <Tolerated event={event} />
      </>
    ),
  },
]

const REQUEST: Column<StoredEvent> = {
  label: 'Request',
  kind: 'name',
  cell: ({ security }) => <RequestLink requestId={security.request_id} />,
}

/** Failed checks of an event's delivery that the level let through. */
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
