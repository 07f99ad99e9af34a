/** A preview of a filter, the stored one or one that is being written: which of the latest events pass, and which are left out. */
import type { FC } from 'hono/jsx'
import { type FilterPreview, previewFilter } from '../../filter-preview.ts'
import { answerPage } from '../answer.tsx'
import { Badge, type Column, Facts, List, Table, When } from '../components.tsx'
import { eventTone, eventWord } from '../../messages/events.ts'
import { EVENT_COLUMNS } from '../activity/accepted.tsx'
import { filterRows } from './facts.tsx'
import { DESTINATIONS } from './resource.ts'

export const showFilter = DESTINATIONS.with(async (c, { name, config }) =>
  answerPage(
    c,
    {
      title: `The filter of ${name}`,
      back: { href: `${DESTINATIONS.pathOf(name)}/settings`, text: `Settings of ${name}` },
    },
    <>
      <p class="lead">An event is sent if all of it holds.</p>
      <Facts rows={filterRows(config.filter)} />
      <Preview preview={await previewFilter(c.get('context'), config.filter ?? {})} />
    </>,
  ),
)

const TYPES: readonly Column<FilterPreview['types'][number]>[] = [
  { label: 'Event', cell: ({ type }) => <Badge tone={eventTone(type)}>{eventWord(type)}</Badge> },
  { label: 'Pass', kind: 'number', cell: ({ passing }) => passing.toLocaleString('en') },
  { label: 'Left out', kind: 'number', cell: ({ left_out }) => left_out.toLocaleString('en') },
]

export const Preview: FC<{ preview: FilterPreview }> = ({ preview }) => {
  const { events, passing, since, types, passed, left_out: leftOut } = preview
  if (events === 0) return <p class="empty">No event is stored yet, so nothing can be tried.</p>
  return (
    <>
      <p class="lead">
        Of the latest {events.toLocaleString('en')} events, since <When at={since} />,{' '}
        <strong>{passing.toLocaleString('en')} pass</strong> and{' '}
        <strong>{(events - passing).toLocaleString('en')} are left out</strong>.
      </p>
      <div class="narrow-table after">
        <Table caption="Events by type" columns={TYPES} rows={types} />
      </div>
      <h2>The newest that are left out</h2>
      <List
        caption="Events that are left out"
        columns={EVENT_COLUMNS}
        rows={leftOut}
        empty="None is left out."
      />
      <h3>The newest that pass</h3>
      <List caption="Events that pass" columns={EVENT_COLUMNS} rows={passed} empty="None passes." />
    </>
  )
}
