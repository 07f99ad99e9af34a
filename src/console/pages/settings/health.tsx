/** Health of everything that Postern stands on, with what to do about what is wrong. */
import type { FC } from 'hono/jsx'
import type { Health as HealthAnswer } from '../../../api/health.ts'
import type { Frozen } from '../../../api/route.ts'
import { bytesText } from '../../../platform/bytes-text.ts'
import { Badge, type Column, Facts, List, Nothing, Part, Shown, Table, When } from '../components.tsx'

type Health = Frozen<HealthAnswer>

interface Problem {
  readonly of: 'watch' | 'store' | 'drills'
  readonly level: 'note' | 'wrong'
  readonly says: string
  readonly todo: string
}

const problemsIn = ({ watch, growth, drills, missing_migrations: missing }: Health): readonly Problem[] => [
  ...(missing !== null && missing.length > 0
    ? [
        {
          of: 'store',
          level: 'wrong',
          says: `The store lacks ${missing.length} migrations: ${missing.join(', ')}.`,
          todo: 'Run npm run deploy: it makes the tables.',
        } as const,
      ]
    : []),
  ...named('watch', watch),
  ...named('store', growth),
  ...named('drills', drills),
]

const named = (
  of: Problem['of'],
  part: { readonly problems: readonly Omit<Problem, 'of'>[] } | null,
): readonly Problem[] => part?.problems.map((problem) => ({ ...problem, of })) ?? []

const PROBLEMS: readonly Column<Problem>[] = [
  {
    label: 'State',
    cell: ({ level }) =>
      level === 'wrong' ? <Badge tone="bad">■ wrong</Badge> : <Badge tone="warn">▲ note</Badge>,
  },
  { label: 'Part', cell: ({ of }) => of },
  { label: 'Problem', kind: 'long', cell: ({ says }) => says },
  { label: 'Remedy', kind: 'long', cell: ({ todo }) => todo },
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
        <List caption="Problems" columns={PROBLEMS} rows={problemsIn(health)} empty="Nothing is wrong." />
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
