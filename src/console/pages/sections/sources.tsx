import { toInstant } from '../../../platform/time.ts'
import { providerNamed } from '../../../providers/index.ts'
import { explainRefusal } from '../../messages/refusals.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import { Badge, type Column, Nothing, Shown, When } from '../components.tsx'
import type { SourceHealth } from '../load-dashboard.ts'
import { SOURCES } from '../sources/resource.ts'
import { othersInApi, section } from './section.tsx'

const COLUMNS: readonly Column<SourceHealth>[] = [
  {
    label: 'Source',
    kind: 'name',
    cell: ({ source }) => (
      <>
        <a href={SOURCES.pathOf(source.name)}>
          <strong>{source.name}</strong>
        </a>
        {source.missingSecrets !== null && (
          <>
            {' '}
            <Badge tone="bad">refuses everything</Badge>
          </>
        )}
        {source.rotations.some(needsSomebody) && (
          <>
            {' '}
            <Badge tone="warn">secret</Badge>
          </>
        )}
        <span class="under">{providerNamed(source.config.provider)?.title ?? source.config.provider}</span>
      </>
    ),
  },
  { label: 'Webhook URL', kind: 'address', cell: ({ url }) => <Shown text={url} code /> },
  { label: 'Last event', kind: 'name', cell: ({ lastEventMs }) => <When at={lastEventMs} /> },
  { label: 'Events', kind: 'number', cell: ({ accepted }) => accepted?.toLocaleString('en') ?? <Nothing /> },
  { label: 'Refused', kind: 'number', cell: ({ refused }) => refused?.toLocaleString('en') ?? <Nothing /> },
  {
    label: 'Last refusal',
    kind: 'long',
    cell: ({ lastRefusal }) =>
      lastRefusal === undefined ? (
        <Nothing />
      ) : (
        <>
          <Shown text={explainRefusal(lastRefusal)} max={240} />
          <span class="under">
            <When at={lastRefusal.atMs} />
          </span>
        </>
      ),
  },
]

/** Sources with the URL to enter at the ESP, and whether deliveries come through. */
export const sources = section({
  id: 'sources',
  title: 'Sources',
  lead: ({ sinceMs }) => `Who may send, and where to. Counted since ${toInstant(sinceMs).slice(11, 16)} UTC.`,
  list: (dashboard) => dashboard.sources,
  unread: 'The registry did not answer. Deliveries go on with what the gateway remembers.',
  empty: (
    <>
      No source yet. Make one with <code>PUT /api/sources/&lt;name&gt;</code>; its webhook URL then stands
      here. It needs no secret at first: until it has one, it refuses everything.
    </>
  ),
  more: othersInApi('/api/sources'),
  caption: 'Sources',
  columns: COLUMNS,
})
