import type { FC } from 'hono/jsx'
import { seesAll } from '../../access/actor.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import { Badge, type Column, Nothing, Shown, When } from '../components.tsx'
import { DESTINATIONS } from '../destinations/resource.ts'
import type { DestinationHealth } from '../load-dashboard.ts'
import { othersInApi, section } from './section.tsx'

const COLUMNS: readonly Column<DestinationHealth>[] = [
  {
    label: 'Destination',
    kind: 'name',
    cell: ({ destination: { name, config, rotations } }) => (
      <>
        <a href={DESTINATIONS.pathOf(name)}>
          <strong>{name}</strong>
        </a>
        {rotations.some(needsSomebody) && (
          <>
            {' '}
            <Badge tone="warn">secret</Badge>
          </>
        )}
        <span class="under">
          <Shown text={hostOf(config.url)} max={80} />
        </span>
      </>
    ),
  },
  {
    label: 'State',
    kind: 'long',
    cell: ({ delivery }) => {
      const { tone, state, reason } = deliveryWords(delivery)
      return (
        <>
          <Badge tone={tone}>{state}</Badge>
          {reason !== null && <span class="under">{reason}</span>}
        </>
      )
    },
  },
  { label: 'Backlog', kind: 'number', cell: ({ delivery }) => <Count count={delivery?.backlog} /> },
  { label: 'Waiting', kind: 'number', cell: ({ delivery }) => <Count count={delivery?.waiting} /> },
  { label: 'Dead letters', kind: 'number', cell: ({ delivery }) => <Count count={delivery?.dead_letters} /> },
  { label: 'Last success', kind: 'name', cell: ({ delivery }) => <When at={delivery?.last_success_at} /> },
]

const Count: FC<{ count: number | undefined }> = ({ count }) => count?.toLocaleString('en') ?? <Nothing />

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)

/** Where events go, and whether they arrive. A destination may get events of any source. */
export const destinations = section({
  id: 'destinations',
  title: 'Destinations',
  isShownTo: seesAll,
  lead: 'Endpoints of yours that receive each event, signed. What fails is tried again.',
  list: (dashboard) => dashboard.destinations,
  unread: 'The registry did not answer. Deliveries to destinations go on.',
  empty: (
    <>
      No destination yet. Make one with <code>PUT /api/destinations/&lt;name&gt;</code>.
    </>
  ),
  more: othersInApi('/api/destinations'),
  caption: 'Destinations',
  columns: COLUMNS,
})
