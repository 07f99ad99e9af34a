/** How delivery stands in numbers, and for whoever may not change it the settings of the document. */
import type { FC } from 'hono/jsx'
import type { Delivery, ShownFilter } from '../../../api/destinations.ts'
import { HOUR_MS } from '../../../platform/time.ts'
import type { DestinationView } from '../../../registry/destinations/destination.ts'
import type { shownTarget } from '../../destinations.ts'
import { type Timeline, startOf, timelineTo } from '../charts/series.ts'
import { Action, type Fact, Facts, For, Nothing, Shown, When } from '../components.tsx'
import { things } from '../notices.ts'
import { settingFacts } from '../setting-fields.tsx'
import { SETTINGS } from './draft.ts'
import { COMPARISONS, conditionsOf } from './conditions.ts'

const counted = (count: number): string => count.toLocaleString('en')

/** Events that no list shows: those that are still to be read, and those that are not sent any more. */
export const BeyondLists: FC<{ delivery: Delivery }> = ({ delivery }) => {
  const { backlog, backlog_since: since, missed, filtered, store_restored_at: restoredAt } = delivery
  return (
    <>
      {backlog > 0 && (
        <>
          {things(backlog, 'event')} still to be read, the oldest stored <When at={since} />.{' '}
        </>
      )}
      {missed > 0 && `${counted(missed)} missed: they were removed from the store before they were sent. `}
      {filtered > 0 && `${counted(filtered)} dropped: they waited, and the filter no longer lets them pass. `}
      {restoredAt !== null && (
        <>
          The database was restored <When at={restoredAt} />: it goes on with what was stored since then.
        </>
      )}
    </>
  )
}

/** A replay that runs. */
export const ReplayLine: FC<{ replay: NonNullable<Delivery['replay']>; path: string }> = ({
  replay: { left, since, until },
  path,
}) => (
  <div class="notice banner plain">
    <span>
      Events from <When at={since} /> to <When at={until} /> are sent again: {counted(left)} left.
    </span>
    <For role="operator">
      <span class="buttons">
        <Action action={`${path}/replay/end`} label="End it" quiet />
      </span>
    </For>
  </div>
)

/** The share of the attempts of the last day that succeeded, and of how many. Never 100 % where one failed. Undefined without any. */
export function dayOf(hours: Delivery['hours']): readonly [succeeded: string, attempts: string] | undefined {
  const failed = hours.reduce((sum, hour) => sum + hour.failed, 0)
  const all = hours.reduce((sum, hour) => sum + hour.delivered, failed)
  if (all === 0) return undefined
  const share = failed === 0 ? '100' : Math.min(99.9, (100 * (all - failed)) / all).toFixed(1)
  return [`${share} %`, `of ${things(all, 'attempt')} succeeded`]
}

/** The day until now, by hour. */
export const dayUntil = (nowMs: number): Timeline => timelineTo(nowMs, HOUR_MS, 24, nowMs)

/** Counts of attempts in each hour. One without any is left out of what the object says. */
export function countsIn(
  timeline: Timeline,
  hours: Delivery['hours'],
  countOf: (hour: Delivery['hours'][number]) => number,
): number[] {
  const byHour = new Map(hours.map((hour) => [Date.parse(hour.at), countOf(hour)]))
  return Array.from({ length: timeline.count }, (_, i) => byHour.get(startOf(timeline, i)) ?? 0)
}

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
