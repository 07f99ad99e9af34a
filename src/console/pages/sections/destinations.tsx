import type { FC } from 'hono/jsx'
import { deliveryWords } from '../../messages/destinations.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import { Badge, type Column, Empty, Nothing, Section, Shown, Table, When } from '../components.tsx'
import { msOf } from '../destinations/part.tsx'
import { destinationPath } from '../destinations/path.ts'
import type { DestinationHealth } from '../load-dashboard.ts'
import type { PageProps } from '../props.ts'

/** Where events go, and whether they arrive. */
export const Destinations: FC<{ props: PageProps }> = ({ props }) => (
  <Section
    id="destinations"
    lead="Endpoints of yours that receive each event, signed. What fails is tried again."
    notice={props.notice}
  >
    <Listed props={props} />
  </Section>
)

const Listed: FC<{ props: PageProps }> = ({ props: { dashboard, nowMs } }) => {
  const { destinations } = dashboard
  if (destinations === undefined)
    return <Empty>The registry did not answer. Deliveries to destinations go on.</Empty>
  if (destinations.total === 0) {
    return (
      <Empty>
        No destination yet. Make one with <code>PUT /api/destinations/&lt;name&gt;</code>.
      </Empty>
    )
  }
  const hidden = destinations.total - destinations.rows.length
  return (
    <>
      <Table caption="Destinations" columns={columns(nowMs)} rows={destinations.rows} />
      {hidden === 0 ? (
        ''
      ) : (
        <p class="more">
          {hidden} more are in <code>GET /api/destinations</code>.
        </p>
      )}
    </>
  )
}

const columns = (nowMs: number): Column<DestinationHealth>[] => [
  {
    label: 'Destination',
    kind: 'name',
    cell: ({ destination: { name, config, rotations } }) => (
      <>
        <a href={destinationPath(name)}>
          <strong>{name}</strong>
        </a>
        {rotations.some(needsSomebody) ? (
          <>
            {' '}
            <Badge tone="warn">secret</Badge>
          </>
        ) : (
          ''
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
          {reason === null ? '' : <span class="under">{reason}</span>}
        </>
      )
    },
  },
  { label: 'Backlog', kind: 'number', cell: ({ delivery }) => <Count count={delivery?.backlog} /> },
  { label: 'Waiting', kind: 'number', cell: ({ delivery }) => <Count count={delivery?.waiting} /> },
  { label: 'Dead letters', kind: 'number', cell: ({ delivery }) => <Count count={delivery?.dead_letters} /> },
  {
    label: 'Last success',
    kind: 'name',
    cell: ({ delivery }) => <When ms={msOf(delivery?.last_success_at)} nowMs={nowMs} />,
  },
]

const Count: FC<{ count: number | undefined }> = ({ count }) =>
  count === undefined ? <Nothing /> : <>{count.toLocaleString('en')}</>

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url)
