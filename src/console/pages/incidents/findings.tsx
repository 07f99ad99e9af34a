import type { FC } from 'hono/jsx'
import type { Incident, IncidentFinding } from '../../../watch/incidents/incident.ts'
import { featureWords, nameWords } from '../../messages/incidents.ts'
import { Badge, type Column, Empty, Shown, Table, When } from '../components.tsx'
import { Part } from '../destinations/part.tsx'
import { SeverityBadge } from './columns.tsx'

/** Findings of each pattern, beside the usual values. */
export const Findings: FC<{ incident: Incident; nowMs: number }> = ({ incident: { findings }, nowMs }) => (
  <Part id="findings" title="Findings" lead="What was noticed, and what is usual.">
    {findings.length === 0 ? (
      <Empty>Nothing is left of what was noticed.</Empty>
    ) : (
      <Table caption="Findings" columns={columns(nowMs)} rows={findings} />
    )}
  </Part>
)

const columns = (nowMs: number): Column<IncidentFinding>[] => [
  {
    label: 'Kind',
    kind: 'name',
    cell: ({ kind, subject }) => (
      <>
        {nameWords(kind)}
        {subject === null ? (
          ''
        ) : (
          <span class="under">
            <Shown text={subject} max={200} />
          </span>
        )}
      </>
    ),
  },
  { label: 'Severity', kind: 'name', cell: ({ severity }) => <SeverityBadge severity={severity} /> },
  {
    label: 'Evidence',
    kind: 'long',
    cell: ({ evidence, features }) => (
      <>
        <Shown text={evidence} max={1_000} />
        {features.map((feature) => (
          <span class="under">
            <Shown text={featureWords(feature)} max={200} />
          </span>
        ))}
      </>
    ),
  },
  { label: 'Since', kind: 'name', cell: ({ sinceMs }) => <When ms={sinceMs} nowMs={nowMs} /> },
  {
    label: 'Over',
    kind: 'name',
    cell: ({ endedMs }) =>
      endedMs === null ? <Badge tone="bad">it lasts</Badge> : <When ms={endedMs} nowMs={nowMs} />,
  },
]
