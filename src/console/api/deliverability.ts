/** Handlers of the figures of deliverability. */
import {
  COUNT_NAMES,
  type FigureName,
  DEFAULT_DAYS,
  type Figures,
  PERIOD_MAX_DAYS,
  RATES,
  type Rate,
  type RateName,
  RATE_NAMES,
  TYPE_NAMES,
  deliverabilityRoutes,
} from '../../api/deliverability.ts'
import { DAY_MS, dayOf, rfc3339Ms } from '../../platform/time.ts'
import {
  type DayCount,
  type DeliverabilityQuery,
  type Grouping,
  NONE,
  REST,
  VALUE_MARK,
  dayCounts,
  firstDayCounted,
  isCrossed,
} from '../../store/deliverability.ts'
import { deliveryTimes } from '../../store/delivery-times.ts'
import type { Store } from '../../store/store.ts'
import type { AnswerOf, Frozen } from '../../api/route.ts'
import { badParameters } from './input.ts'
import { answer, bindRoutes } from './route.ts'

export const deliverability = bindRoutes(deliverabilityRoutes, {
  async getDeliverability({ query: { by, source, since, until, compare } }, { store, nowMs }) {
    const today = Math.floor(nowMs / DAY_MS)
    const sinceMs = rfc3339Ms(since ?? '') ?? (today - DEFAULT_DAYS + 1) * DAY_MS
    const firstDay = Math.floor(sinceMs / DAY_MS)
    const lastDay = Math.ceil((rfc3339Ms(until ?? '') ?? (today + 1) * DAY_MS) / DAY_MS) - 1
    if (lastDay < firstDay) return badParameters([{ path: 'until', problem: 'Must be after since.' }])
    if (lastDay - firstDay >= PERIOD_MAX_DAYS)
      return badParameters([
        { path: 'since', problem: `The period must have at most ${PERIOD_MAX_DAYS} days.` },
      ])

    return answer(await readDeliverability(store, { by, source, firstDay, lastDay, compareDays: compare }))
  },
  async getDeliveryTimes({ query: { source } }, { store, nowMs }) {
    const times = await deliveryTimes(store, source, nowMs)
    const seconds = (ms: number | null) => (ms === null ? null : ms / 1_000)
    return answer({
      times: times.map(({ medianMs, slowMs, ...one }) => ({
        ...one,
        median_seconds: seconds(medianMs),
        p90_seconds: seconds(slowMs),
      })),
    })
  },
})

export type Deliverability = Frozen<AnswerOf<typeof deliverabilityRoutes.getDeliverability>>

/** Figures of a period by one property, and of the period before if it is compared. */
export async function readDeliverability(store: Store, query: DeliverabilityQuery): Promise<Deliverability> {
  const { by, source, firstDay, lastDay, compareDays } = query
  const [counted, figuresSince] = await Promise.all([dayCounts(store, query), firstDayCounted(store, source)])
  const totals = countsOf(counted)
  const figures = (rows: readonly DayCount[]): Both => {
    const both = countsOf(rows)
    const over = by === 'bounce_type' || by.startsWith('cause') ? totals : both
    return {
      ...figuresOf(both.now, over.now),
      before: compareDays === undefined ? null : figuresOf(both.before, over.before),
    }
  }
  const values = [...Map.groupBy(counted, ({ key }) => key)].map(([key, rows]) => ({
    ...named(key, by),
    ...figures(rows),
  }))
  return {
    by,
    period: { first_day: dateOf(firstDay), last_day: dateOf(lastDay) },
    before:
      compareDays === undefined
        ? null
        : { first_day: dateOf(firstDay - compareDays), last_day: dateOf(lastDay - compareDays) },
    figures_since: figuresSince === null ? null : dateOf(figuresSince),
    total: figures(counted),
    values: values.toSorted(by === 'day' ? byValue : bySize),
  }
}

/** A day, given in days since the epoch. */
const dateOf = (day: number): string => dayOf(day * DAY_MS)

interface Named {
  readonly cause?: string | null
  readonly value: string | null
  readonly is_other: boolean
}

function named(key: string, by: Grouping): Named {
  const [, cause = '', rest = ''] = /^([^=*]*)(.*)$/s.exec(key) ?? []
  const crossed = isCrossed(by) ? { cause: cause || null } : {}
  if (rest === NONE || rest === REST)
    return { ...crossed, value: rest === REST ? 'other' : null, is_other: rest === REST }
  const value = rest.slice(VALUE_MARK.length)
  return { ...crossed, value: by === 'day' ? dateOf(Number(value)) : value, is_other: false }
}

type Counts = Record<FigureName, number>
interface Both extends Figures {
  readonly before: Figures | null
}

/** Counts of both periods. A type that this version does not know is not counted. */
function countsOf(rows: readonly DayCount[]): { readonly now: Counts; readonly before: Counts } {
  const none = () => Object.fromEntries(COUNT_NAMES.map((name) => [name, 0])) as Counts
  const both = { now: none(), before: none() }
  for (const { type, is_before, n } of rows) {
    const counts = both[is_before === 1 ? 'before' : 'now']
    const [of = '', flag] = type.replace('email.', '').split('#')
    for (const name of flag === undefined
      ? [of]
      : [`${of}_judged`, flag === 'true' ? `${of}_by_machine` : ''])
      if (isFigure(name)) counts[name] += n
  }
  return both
}

const isFigure = (name: string): name is FigureName => COUNT_NAMES.some((known) => known === name)

/** Many ESPs report these events only if it is switched on. Without any, the rate is not zero but unknown. */
const OPTIONAL: ReadonlySet<RateName> = new Set(['open', 'open_people', 'click', 'click_people'])

/** @param over the counts of the denominators */
const figuresOf = (counts: Counts, over: Counts): Figures => ({
  counts,
  rates: Object.fromEntries(
    RATE_NAMES.map((name) => {
      const { of, without, over: ended }: Rate = RATES[name]
      const sum = ended.reduce((all, one) => all + over[one], 0)
      const count = counts[of] - (without === undefined ? 0 : counts[without])
      return [name, sum === 0 || (counts[of] === 0 && OPTIONAL.has(name)) ? null : rounded(count / sum)]
    }),
  ) as Figures['rates'],
})

/** To a millionth. */
const rounded = (rate: number): number => Math.round(rate * 1e6) / 1e6

type Value = Both & Named

const byValue = (a: Value, b: Value): number => ((a.value ?? '') < (b.value ?? '') ? -1 : 1)

/** The largest of the period first; what has no name comes last. */
const bySize = (a: Value, b: Value): number =>
  Number(a.is_other) - Number(b.is_other) ||
  Number(a.value === null) - Number(b.value === null) ||
  sizeOf(b) - sizeOf(a) ||
  byValue(a, b)

const sizeOf = ({ counts }: Figures): number => TYPE_NAMES.reduce((sum, name) => sum + counts[name], 0)
