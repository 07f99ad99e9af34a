import type { Child, FC } from 'hono/jsx'
import type { Incident, TimelineEntry } from '../../../watch/incidents/incident.ts'
import { actorName } from '../../messages/actor.ts'
import { nameWords } from '../../messages/incidents.ts'
import { type Column, Empty, Shown, ShownLines, Table, When } from '../components.tsx'
import { Part } from '../destinations/part.tsx'

/** Timeline, oldest first. @param children the form for a note */
export const Timeline: FC<{ incident: Incident; nowMs: number; children?: Child }> = ({
  incident: { timeline },
  nowMs,
  children,
}) => (
  <Part id="timeline" title="Timeline" lead="What happened, oldest first.">
    {timeline.length === 0 ? (
      <Empty>Nothing happened yet.</Empty>
    ) : (
      <Table caption="Timeline" columns={columns(nowMs)} rows={timeline} />
    )}
    {children}
  </Part>
)

/** The longest note. */
const TEXT_SHOWN_CHARACTERS = 4_000

const columns = (nowMs: number): Column<TimelineEntry>[] => [
  { label: 'When', kind: 'name', cell: ({ atMs }) => <When ms={atMs} nowMs={nowMs} /> },
  { label: 'What', kind: 'name', cell: ({ kind }) => nameWords(kind) },
  {
    label: 'Details',
    kind: 'long',
    cell: ({ text }) => <ShownLines text={text} max={TEXT_SHOWN_CHARACTERS} />,
  },
  {
    label: 'Who',
    kind: 'name',
    cell: ({ who }) => (who === null ? 'Postern' : <Shown text={actorName(who)} max={200} />),
  },
]
