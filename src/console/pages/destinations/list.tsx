/** The list of destinations. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { deliveryStatus } from '../../destinations.ts'
import { answered } from '../../request-context.ts'
import { deliveryWords } from '../../messages/destinations.ts'
import { needsSomebody } from '../../messages/rotation.ts'
import { type Column, For, Nothing, Shown, State, When } from '../components.tsx'
import { Sparkline } from '../charts/sparkline.tsx'
import { useView } from '../view.ts'
import { listPage } from '../list-page.tsx'
import { DESTINATIONS, NEW_DESTINATION } from './resource.ts'
import { countsIn, dayOf, dayUntil } from './facts.tsx'
import { hostOf } from './frame.tsx'

interface DestinationHealth {
  readonly destination: DestinationView
  /** Null if it could not be read. */
  readonly delivery: Delivery | null
}

const count = (label: string, of: (delivery: Delivery) => number): Column<DestinationHealth> => ({
  label,
  kind: 'number',
  cell: ({ delivery }) => (delivery === null ? <Nothing /> : of(delivery).toLocaleString('en')),
})

const COLUMNS: readonly Column<DestinationHealth>[] = [
  {
    label: 'Destination',
    cell: ({ destination: { name } }) => (
      <a class="row-link" href={DESTINATIONS.pathOf(name)}>
        <strong>{name}</strong>
      </a>
    ),
    under: ({ destination: { config } }) => (
      <>
        <Shown text={hostOf(config.url)} max={80} />
        {config.batch !== undefined && ', batches'}
      </>
    ),
  },
  {
    label: 'State',
    cell({ delivery }) {
      const { tone, state } = deliveryWords(delivery)
      return <State tone={tone}>{state}</State>
    },
  },
  { label: 'Last 24 hours', cell: ({ delivery }) => <Attempts hours={delivery?.hours ?? []} /> },
  count('Waiting', ({ waiting }) => waiting),
  count('Given up', ({ given_up: givenUp }) => givenUp),
  count('To be read', ({ backlog }) => backlog),
  { label: 'Last success', cell: ({ delivery }) => <When at={delivery?.last_success_at} /> },
  {
    label: 'Trouble',
    kind: 'long',
    cell({ destination: { name, rotations }, delivery }) {
      const { trouble } = deliveryWords(delivery)
      const isSecretDue = rotations.some(needsSomebody)
      if (trouble === null && !isSecretDue) return <Nothing />
      return (
        <>
          {trouble}
          {trouble !== null && isSecretDue && ', '}
          {isSecretDue && <a href={`${DESTINATIONS.pathOf(name)}/settings#secrets`}>a secret waits</a>}
        </>
      )
    },
  },
]

/** Attempts by hour, those that failed in another color, and the share that succeeded. */
export const Attempts: FC<{ hours: Delivery['hours'] }> = ({ hours }) => {
  const timeline = dayUntil(useView().nowMs)
  const day = dayOf(hours)
  return day === undefined ? (
    <Nothing />
  ) : (
    <Sparkline
      values={countsIn(timeline, hours, (one) => one.delivered + one.failed)}
      bad={countsIn(timeline, hours, (one) => one.failed)}
      noun={day[1]}
      total={day[0]}
    />
  )
}

/** Destinations that are shown: each is a call. */
const MAX = 50

/** Where events go, and whether they arrive. A destination may get events of any source. */
export const destinationList = listPage({
  path: DESTINATIONS.path,
  title: 'Destinations',
  who: 'viewer',
  allSources: true,
  lead: (total: number | undefined) =>
    `Endpoints of yours that receive each event, signed. What fails is tried again.${
      (total ?? 0) > MAX ? ` The first ${MAX} of ${total}.` : ''
    }`,
  async read(c) {
    const context = c.get('context')
    const all = await answered(context, 'registry', () => context.registry.destinations.list())
    const rows =
      all &&
      (await Promise.all(
        all.slice(0, MAX).map(async (destination) => ({
          destination,
          delivery: await deliveryStatus(context, destination.name),
        })),
      ))
    return { rows, next: null, extra: all?.length }
  },
  unread: 'The registry did not answer. Deliveries to destinations go on.',
  empty: <>No destination yet. Add an endpoint of yours, and it receives each event, signed.</>,
  caption: 'Destinations',
  columns: COLUMNS,
  notices: DESTINATIONS.notices,
  Aside: () => (
    <For role="operator">
      <a class="button primary" data-open="dialog" href={NEW_DESTINATION}>
        Add a destination
      </a>
    </For>
  ),
})
