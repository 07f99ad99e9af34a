/** How delivery stands in numbers, and the settings of the document. */
import type { FC } from 'hono/jsx'
import type { Delivery } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import { Action, type Column, type Fact, Facts, For, Nothing, Shown, Table, When } from '../components.tsx'
import { things } from '../notices.ts'
import { COMPARISONS, conditionsOf } from './conditions.ts'

export const DeliveryFacts: FC<{ delivery: Delivery; path: string }> = ({ delivery, path }) => (
  <Facts
    rows={[
      delivery.since !== null && ['Since', <When at={delivery.since} />],
      ['Last 24 hours', <LastDay hours={delivery.hours} />],
      ['Backlog', <Backlog delivery={delivery} />],
      ['Waiting', delivery.waiting.toLocaleString('en')],
      ['Dead letters', delivery.dead_letters.toLocaleString('en')],
      [
        'Missed',
        delivery.missed === 0
          ? '0'
          : `${delivery.missed.toLocaleString('en')}: they were removed from the store before they were sent.`,
      ],
      delivery.filtered > 0 && [
        'Dropped',
        `${delivery.filtered.toLocaleString('en')} waited, and the filter no longer lets them pass.`,
      ],
      delivery.store_restored_at !== null && ['Database restored', <When at={delivery.store_restored_at} />],
      ['Last success', <When at={delivery.last_success_at} />],
      ['Failing since', <When at={delivery.failing_since} />],
      ['Blocked since', <When at={delivery.blocked_since} />],
      ['Replay', <Replay delivery={delivery} path={path} />],
    ]}
  />
)

/** How many attempts succeeded, and those of each hour. */
const LastDay: FC<{ hours: Delivery['hours'] }> = ({ hours }) => {
  const text = successText(hours)
  if (text === undefined) return <>no attempt</>
  return (
    <>
      {text}
      <details>
        <summary>by hour</summary>
        <Table caption="Attempts by hour" columns={HOURS} rows={hours.toReversed()} />
      </details>
    </>
  )
}

/** Undefined without any attempt. Never 100 % where one failed. */
export function successText(hours: Delivery['hours']): string | undefined {
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0)
  const all = hours.reduce((sum, hour) => sum + hour.delivered, failed)
  if (all === 0) return undefined
  const share = failed === 0 ? '100' : Math.min(99.9, (100 * (all - failed)) / all).toFixed(1)
  return `${share} % of ${things(all, 'attempt')} succeeded${failed === 0 ? '' : `, ${failed.toLocaleString('en')} failed`}`
}

const HOURS: readonly Column<Delivery['hours'][number]>[] = [
  { label: 'Hour from', kind: 'name', cell: ({ at }) => <When at={at} /> },
  { label: 'Delivered', kind: 'number', cell: ({ delivered }) => delivered.toLocaleString('en') },
  { label: 'Failed', kind: 'number', cell: ({ failed }) => failed.toLocaleString('en') },
]

const Backlog: FC<{ delivery: Delivery }> = ({ delivery: { backlog, backlog_since } }) => (
  <>
    {backlog.toLocaleString('en')}
    {backlog > 0 && backlog_since !== null && (
      <>
        , the oldest from <When at={backlog_since} />
      </>
    )}
  </>
)

const Replay: FC<{ delivery: Delivery; path: string }> = ({ delivery: { replay }, path }) =>
  replay === null ? (
    <Nothing />
  ) : (
    <>
      {replay.left.toLocaleString('en')} events left, from {replay.since} to {replay.until}
      <For role="operator">
        <Action action={`${path}/replay/end`} label="End the replay" quiet />
      </For>
    </>
  )

/** Never a secret, and never the value of a header. */
export const SettingFacts: FC<{ destination: DestinationView }> = ({
  destination: { config, createdAtMs, updatedAtMs },
}) => {
  const { batch } = config
  return (
    <Facts
      rows={[
        ['URL', <Shown text={config.url} code />],
        ...filterRows(config.filter),
        [
          'Batches',
          batch === undefined
            ? 'no: one event a request'
            : `up to ${batch.max_events} events, after ${batch.max_wait_seconds} s at most`,
        ],
        ['Personal data', PERSONAL[config.personal]],
        ['Erasures', config.tells_erasures ? 'it is told of each person who is erased' : 'not told'],
        ['Headers', config.headers.length === 0 ? <Nothing /> : <Shown text={config.headers.join(', ')} />],
        ['Rate', config.rate_per_second === undefined ? 'not limited' : `${config.rate_per_second} a second`],
        ['At the same time', `${config.concurrency} requests`],
        ['Order', config.ordered ? 'one after the other for each message and recipient' : 'none'],
        ['Deadline of a request', `${config.timeout_seconds} s`],
        ['Signatures', config.ed25519 ? 'HMAC (v1) and Ed25519 (v1a)' : 'HMAC (v1)'],
        ['First event', <Shown text={config.restored_at ?? config.start} />],
        ['Private network', config.private_network ? 'yes' : 'no'],
        ['Made', <When at={createdAtMs} />],
        ['Changed', <When at={updatedAtMs} />],
      ]}
    />
  )
}

type SavedFilter = DestinationView['config']['filter']

export const FilterFacts: FC<{ filter: SavedFilter }> = ({ filter }) => <Facts rows={filterRows(filter)} />

function filterRows({ types, sources, where }: NonNullable<SavedFilter> = {}): Fact[] {
  const list = (names: readonly string[] | undefined) =>
    names === undefined ? 'all' : <Shown text={names.join(', ')} max={2_000} />
  const conditions = where === undefined ? [] : conditionsOf(where)
  return [
    ['Types', list(types)],
    ['Sources', list(sources)],
    [
      'Conditions',
      conditions === undefined ? (
        <Shown text={JSON.stringify(where)} max={4_000} code />
      ) : conditions.length === 0 ? (
        <Nothing />
      ) : (
        <ul class="plain-list">
          {conditions.map(({ field, comparison, value }) => (
            <li>
              <Shown text={field} max={300} code /> {COMPARISONS[comparison]?.words.replace(' (a, b)', '')}{' '}
              {value !== '' && <Shown text={value} max={1_000} code />}
            </li>
          ))}
        </ul>
      ),
    ],
  ]
}

const PERSONAL: Readonly<Record<DestinationView['config']['personal'], string>> = {
  full: 'all',
  pseudonym: 'a keyed hash in place of the address',
  none: 'nothing that names a person',
}
