/** The list of sources. */
import type { FC } from 'hono/jsx'
import { HOUR_MS } from '../../../platform/time.ts'
import { providerTitle } from '../../../providers/facts.ts'
import { mayEverywhere } from '../../access/actor.ts'
import { Clock, type Column, Nothing, Shown, State } from '../components.tsx'
import { Sparkline } from '../charts/sparkline.tsx'
import { textIn } from '../filters.tsx'
import { listPage } from '../list-page.tsx'
import { type SourceHealth, type SourcesHealth, sourcesHealth } from './health.ts'
import { useView } from '../view.ts'
import { NEW_SOURCE, SOURCES } from './resource.ts'

const sumOf = (hours: readonly number[]): number => hours.reduce((sum, one) => sum + one, 0)

/** Events and refusals of the day as bars, with the number of the events. */
export const DayBars: FC<Pick<SourceHealth, 'hours' | 'refused'>> = ({ hours, refused = [] }) => (
  <Sparkline
    values={hours?.map((count, i) => count + (refused[i] ?? 0))}
    bad={refused}
    noun="events"
    total={sumOf(hours ?? []).toLocaleString('en')}
  />
)

const Hour: FC<{ at: number }> = ({ at }) =>
  at + HOUR_MS > useView().nowMs ? 'this hour' : <Clock at={at} />

const COLUMNS: readonly Column<SourceHealth>[] = [
  {
    label: 'Source',
    cell: ({ source: { name }, state: [tone] }) => (
      <State tone={tone}>
        <a class="row-link" href={SOURCES.pathOf(name)}>
          {name}
        </a>
      </State>
    ),
    under: ({ source }) => providerTitle(source.config.provider),
  },
  {
    label: 'State',
    cell: ({ state: [tone, word] }) => (tone === 'good' ? <span class="soft">{word}</span> : word),
  },
  { label: 'Events, 24 h', kind: 'number', cell: (health) => <DayBars {...health} /> },
  {
    label: 'Refused, 24 h',
    kind: 'number',
    cell: ({ refused }) => (refused === undefined ? <Nothing /> : sumOf(refused).toLocaleString('en')),
  },
  {
    label: 'Hour of the last event',
    cell: ({ lastHourMs }) => (typeof lastHourMs === 'number' ? <Hour at={lastHourMs} /> : <Nothing />),
  },
  {
    label: 'Webhook URL',
    kind: 'address',
    cell: ({ source: { name }, url }) => (
      <code data-copy={`the URL of ${name}`}>
        <Shown text={url} />
      </code>
    ),
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

/** Sources on a page. */
const LIMIT = 100

const Others: FC<{ names: readonly string[] }> = ({ names }) =>
  names.length > 0 && (
    <>
      {' '}
      Not in this list, since their events come by a queue or they were removed:
      {names.map((name) => (
        <>
          {' '}
          <a href={`/activity?show=accepted&source=${name}`}>{name}</a>
        </>
      ))}
    </>
  )

/** Sources with how each stands, whether deliveries come through, and the URL to enter at the ESP. */
export const sourceList = listPage({
  path: SOURCES.path,
  title: 'Sources',
  who: 'viewer',
  lead: (others: SourcesHealth['others']) => (
    <>
      Who may send, and where to.
      <Others names={others} />
    </>
  ),
  async read(c, query) {
    const read = await sourcesHealth(c.get('context'), {
      sought: textIn(query, 'q')?.toLowerCase() ?? '',
      after: query.get('cursor') ?? '',
      limit: LIMIT,
    })
    return { rows: read?.rows, next: read?.next ?? null, extra: read?.others ?? [] }
  },
  filters: () => [{ name: 'q', label: 'Name or ESP' }],
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
