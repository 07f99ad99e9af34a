/** How delivery stands in numbers, and the settings of the document. */
import type { FC } from 'hono/jsx'
import type { Delivery, ShownFilter } from '../../../api/destinations.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { shownTarget } from '../../destinations.ts'
import { Action, type Column, type Fact, Facts, For, Nothing, Shown, Table, When } from '../components.tsx'
import { things } from '../notices.ts'
import { settingFacts } from '../setting-fields.tsx'
import { SETTINGS } from './draft.ts'
import { COMPARISONS, conditionsOf } from './conditions.ts'
import { DEAD_TAB, WAITING_TAB } from './resource.ts'

const counted = (count: number): string => count.toLocaleString('en')

export const DeliveryFacts: FC<{ delivery: Delivery; path: string }> = ({ delivery, path }) => {
  const { backlog, waiting, given_up: dead, missed, filtered, replay } = delivery
  const list = (tab: string, count: number) =>
    count === 0 ? '0' : <a href={`${path}${tab}`}>{counted(count)}</a>
  const moment = (label: string, at: string | null): Fact | false => at !== null && [label, <When at={at} />]
  return (
    <Facts
      rows={[
        moment('Since', delivery.since),
        ['Last 24 hours', <LastDay hours={delivery.hours} />],
        [
          'Backlog',
          <>
            {counted(backlog)}
            {backlog > 0 && delivery.backlog_since !== null && (
              <>
                , the oldest from <When at={delivery.backlog_since} />
              </>
            )}
          </>,
        ],
        ['Waiting', list(WAITING_TAB, waiting)],
        ['Dead letters', list(DEAD_TAB, dead)],
        [
          'Missed',
          missed === 0 ? '0' : `${counted(missed)}: they were removed from the store before they were sent.`,
        ],
        filtered > 0 && ['Dropped', `${counted(filtered)} waited, and the filter no longer lets them pass.`],
        moment('Database restored', delivery.store_restored_at),
        ['Last success', <When at={delivery.last_success_at} />],
        moment('Failing since', delivery.failing_since),
        moment('Blocked since', delivery.blocked_since),
        replay !== null && [
          'Replay',
          <>
            {counted(replay.left)} events left, from <When at={replay.since} /> to <When at={replay.until} />
            <For role="operator">
              <Action action={`${path}/replay/end`} label="End the replay" quiet />
            </For>
          </>,
        ],
      ]}
    />
  )
}

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
  { label: 'Hour from', cell: ({ at }) => <When at={at} /> },
  { label: 'Delivered', kind: 'number', cell: ({ delivered }) => delivered.toLocaleString('en') },
  { label: 'Failed', kind: 'number', cell: ({ failed }) => failed.toLocaleString('en') },
]

const FOR_OPERATORS = 'Operators see it.'

/** Never a secret, and never the value of a header. */
export const SettingFacts: FC<{ destination: DestinationView; shown: ReturnType<typeof shownTarget> }> = ({
  destination: { config, createdAtMs, updatedAtMs },
  shown: { url, filter },
}) => (
  <Facts
    rows={[
      ['URL', url === null ? FOR_OPERATORS : <Shown text={url} code />],
      ...filterRows(filter),
      ...settingFacts(SETTINGS.slice(1), config),
      ['Headers', <Shown text={config.headers.join(', ')} />],
      ['First event', <Shown text={config.restored_at ?? config.start} />],
      ['Private network', config.private_network ? 'yes' : 'no'],
      ['Made', <When at={createdAtMs} />],
      ['Changed', <When at={updatedAtMs} />],
    ]}
  />
)

/** Conditions on an event: which of them pass. */
export function filterRows({ types, sources, where }: ShownFilter = {}): Fact[] {
  const list = (names: readonly string[] | undefined) =>
    names === undefined ? 'all' : <Shown text={names.join(', ')} max={2_000} />
  const conditions = where ? conditionsOf(where) : []
  return [
    ['Types', list(types)],
    ['Sources', list(sources)],
    [
      'Conditions',
      where === null ? (
        FOR_OPERATORS
      ) : conditions === undefined ? (
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
