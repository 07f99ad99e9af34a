/** The list of sources. */
import type { FC } from 'hono/jsx'
import { providerTitle } from '../../../providers/facts.ts'
import { mayEverywhere } from '../../access/actor.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import type { Tone } from '../../messages/tone.ts'
import { Badge, type Column, Nothing, Shown, When } from '../components.tsx'
import { Sparkline } from '../charts/sparkline.tsx'
import { listPage } from '../list-page.tsx'
import { type SourceHealth, type SourcesHealth, sourcesHealth } from './health.ts'
import { useView } from '../view.ts'
import { NEW_SOURCE, SOURCES } from './resource.ts'

const sumOf = (hours: readonly number[]): number => hours.reduce((sum, one) => sum + one, 0)

const badgesOf = ({
  source,
  lastEventMs,
  hours,
  isPaused,
}: SourceHealth): readonly (readonly [Tone, string])[] => [
  ...(source.missingSecrets === null ? [] : [['bad', 'refuses everything'] as const]),
  ...(isPaused ? [['warn', '‖ paused'] as const] : []),
  ...(lastEventMs !== undefined && hours !== undefined && sumOf(hours) === 0
    ? [['warn', 'silent'] as const]
    : []),
  ...(source.rotations.some(needsSomebody) ? [['warn', 'secret'] as const] : []),
]

const COLUMNS: readonly Column<SourceHealth>[] = [
  {
    label: 'Source',
    cell: (health) => (
      <>
        <a href={SOURCES.pathOf(health.source.name)}>
          <strong>{health.source.name}</strong>
        </a>
        {badgesOf(health).map(([tone, words]) => (
          <>
            {' '}
            <Badge tone={tone}>{words}</Badge>
          </>
        ))}
      </>
    ),
    under: ({ source }) => providerTitle(source.config.provider),
  },
  { label: 'Webhook URL', kind: 'address', cell: ({ url }) => <Shown text={url} code /> },
  { label: 'Last event', cell: ({ lastEventMs }) => <When at={lastEventMs} /> },
  {
    label: 'Events, 24 h',
    kind: 'number',
    cell: ({ hours }) => (
      <Sparkline values={hours} noun="events" total={sumOf(hours ?? []).toLocaleString('en')} />
    ),
  },
  {
    label: 'Refused, 24 h',
    kind: 'number',
    cell: ({ refused }) => refused?.toLocaleString('en') ?? <Nothing />,
  },
  {
    label: 'Last refusal',
    kind: 'long',
    cell: ({ lastRefusal }) => <Shown text={lastRefusal && explainRefusal(lastRefusal)} max={240} />,
    under: ({ lastRefusal }) => lastRefusal && <When at={lastRefusal.atMs} />,
  },
]

const NoSource: FC = () => (
  <>
    No source yet.{' '}
    {mayEverywhere(useView().actor, 'operator') && (
      <>
        <a href={NEW_SOURCE}>Add the first</a>: it takes about two minutes, most of them at the ESP.
      </>
    )}
  </>
)

/** Sources that are shown; past it the page says how many there are. */
const MAX = 200

const Lead: FC<Partial<SourcesHealth>> = ({ total = 0, others = [] }) => (
  <>
    Who may send, and where to.{total > MAX && ` The first ${MAX} of ${total}.`}
    {others.length > 0 &&
      ' Events of the last day also have a source that is not in this list. It reports by a queue, as Cloudflare’s Email Service does, or was removed:'}
    {others.map((name) => (
      <>
        {' '}
        <a href={`/events?source=${name}`}>{name}</a>
      </>
    ))}
  </>
)

/** Sources with the URL to enter at the ESP, and whether deliveries come through. */
export const sourceList = listPage({
  path: SOURCES.path,
  title: 'Sources',
  who: 'viewer',
  lead: (read: SourcesHealth | undefined) => <Lead {...read} />,
  async read(c) {
    const read = await sourcesHealth(c.get('context'), MAX)
    return { rows: read?.rows, next: null, extra: read }
  },
  unread: 'The registry did not answer. Deliveries go on with what the gateway remembers.',
  empty: <NoSource />,
  Aside: () =>
    mayEverywhere(useView().actor, 'operator') && (
      <a class="button primary" href={NEW_SOURCE}>
        Add a source
      </a>
    ),
  notices: SOURCES.notices,
  caption: 'Sources',
  columns: COLUMNS,
})
