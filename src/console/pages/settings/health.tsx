/** Health of everything that Postern stands on, with what to do about what is wrong. */
import type { FC } from 'hono/jsx'
import type { Health as HealthAnswer } from '../../../api/health.ts'
import type { Frozen } from '../../../api/route.ts'
import { bytesText } from '../../../platform/bytes-text.ts'
import { SEVERITY_TONES } from '../../messages/incidents.ts'
import { Badge, type Column, Facts, List, Nothing, Part, Said, Shown, Table, When } from '../components.tsx'
import { INCIDENTS } from '../incidents/resource.ts'

type Health = Frozen<HealthAnswer>

const FINDINGS: readonly Column<Health['findings'][number]>[] = [
  {
    label: 'Severity',
    cell: ({ severity }) => <Badge tone={SEVERITY_TONES[severity]}>{severity}</Badge>,
  },
  {
    label: 'What',
    cell: ({ title, incident }) =>
      incident === null ? (
        title
      ) : (
        <a href={INCIDENTS.pathOf(incident)}>
          Incident {incident}: {title}
        </a>
      ),
  },
  { label: 'Found', kind: 'long', cell: ({ says }) => <Said text={says} max={400} /> },
  { label: 'Remedy', kind: 'long', cell: ({ todo }) => <Said text={todo[0] ?? ''} max={400} /> },
]

const PARTS: readonly Column<Health['parts'][number]>[] = [
  { label: 'Part', cell: ({ part }) => part },
  {
    label: 'State',
    kind: 'long',
    cell: ({ fault }) =>
      fault === null ? (
        <Badge tone="good">● answers</Badge>
      ) : (
        <>
          <Badge tone="bad">■ down</Badge> <code>{fault}</code>
        </>
      ),
  },
]

const KEYS: readonly Column<Health['master_keys'][number]>[] = [
  { label: 'Worker', cell: ({ worker }) => worker },
  {
    label: 'Keys, the first seals',
    kind: 'long',
    cell: ({ keys }) => (keys === null ? 'The Worker does not say.' : <Shown text={keys.join(', ')} code />),
  },
  {
    label: 'Does not open',
    cell: ({ unreadable }) =>
      unreadable.length === 0 ? <Nothing /> : <Badge tone="bad">{unreadable.join(', ')}</Badge>,
  },
]

const QUEUES: readonly Column<NonNullable<Health['queues']>[number]>[] = [
  { label: 'Queue', cell: ({ queue }) => queue },
  { label: 'Waiting', kind: 'number', cell: ({ backlog }) => backlog },
  { label: 'Oldest', cell: ({ oldest_at: oldest }) => <When at={oldest} /> },
]

/** `12 under v1, 3 under v2`. */
const byVersionText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([version, count]) => `${count.toLocaleString('en')} under v${version}`)
    .join(', ')

interface HealthProps {
  readonly health: Health
  /** Secrets by the version of the master key that seals them; undefined for whoever may not know. */
  readonly sealed: Readonly<Record<string, number>> | undefined
}

export const HealthParts: FC<HealthProps> = ({ health, sealed }) => {
  const { parts, master_keys: keys, queues, growth, gateway_url: gateway, release } = health
  const marks = new Set(keys.map((one) => JSON.stringify(one.keys)))
  return (
    <>
      <Part id="health" title="Health">
        <List
          caption="Findings"
          columns={FINDINGS}
          rows={health.findings}
          empty="Nothing is wrong, as far as the watch knows."
        />
        {health.findings_left_out > 0 && <p>{health.findings_left_out} more are not shown.</p>}
        <Facts
          rows={[
            release !== null && [
              'Version',
              <>
                {release.version}
                {release.commit !== null && ` (${release.commit.slice(0, 12)})`}, deployed{' '}
                <When at={release.deployed_at} />
              </>,
            ],
            gateway !== '' && ['Gateway', <code data-copy="the URL">{gateway}</code>],
            growth !== null && [
              'Database',
              `${bytesText(growth.bytes)} of ${bytesText(growth.limit_bytes)}, ${growth.events_a_day} events a day`,
            ],
          ]}
        />
        <Table caption="Parts" columns={PARTS} rows={parts} />
      </Part>
      <Part id="queues" title="Queues">
        <List
          caption="Queues"
          columns={QUEUES}
          rows={queues ?? undefined}
          unread="A queue did not answer."
          empty="There is no queue."
        />
      </Part>
      <Part
        id="keys"
        title="Master key"
        lead="Version and mark of each. To replace it: npm run rotate-master-key, in a checkout."
      >
        {marks.size > 1 && (
          <p class="notice bad" role="alert">
            The Workers have different keys. Set the same MASTER_KEY for all of them.
          </p>
        )}
        <Table caption="Master keys" columns={KEYS} rows={keys} />
        {sealed !== undefined && <Facts rows={[['Secrets sealed', byVersionText(sealed) || '0']]} />}
      </Part>
    </>
  )
}
