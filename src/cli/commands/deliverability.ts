/** `postern deliverability`: what became of the mail, in rates, and how that has changed. */
import {
  COUNT_NAMES,
  type FigureName,
  type Figures,
  RATE_NAMES,
  type RateName,
  isAtMost,
  deliverabilityRoutes,
} from '../../api/deliverability.ts'
import type { AnswerOf } from '../../api/route.ts'
import { DAY_MS, toInstant } from '../../platform/time.ts'
import { GROUPINGS, isCrossed } from '../../store/deliverability.ts'
import { type MakeListed, type Paint, remote } from '../command.ts'
import { csvLine } from '../../platform/csv.ts'
import { oneOf, timeOf } from '../options.ts'
import { type Columns, table } from '../out/table.ts'
import { UsageError } from '../stop.ts'

type Answer = AnswerOf<typeof deliverabilityRoutes.getDeliverability>
type Value = Answer['values'][number]
type Period = Answer['period']

interface Shown {
  readonly counts: readonly FigureName[]
  readonly rates: readonly RateName[]
}

/** Columns of the table: what people watch. All others are in the CSV and the JSON. */
const SHOWN: Shown = {
  counts: ['delivered'],
  rates: ['delivery', 'bounce', 'complaint', 'deferral', 'open', 'open_people', 'click_people'],
}
const SHOWN_OF_CAUSES: Shown = { counts: ['bounced', 'deferred', 'rejected'], rates: ['bounce', 'deferral'] }

export const deliverability: MakeListed = ({ api, io, show, paint }, ...named) =>
  remote(...named, 'postern deliverability --by mailbox_provider --since 7d --compare 7d')
    .option('--by <PROPERTY>', `one of ${GROUPINGS.join(', ')}`, oneOf(...GROUPINGS), 'mailbox_provider')
    .option('--source <NAME>', 'only of this source')
    .option(
      '--since <TIME>',
      '7d for today and the six days before; or RFC 3339, from its day on; default: 7d',
      (text) => startOfDays(text, io.nowMs()),
    )
    .option(
      '--until <TIME>',
      '1d for the days before today; or RFC 3339: days that begin before it',
      (text) => startOfDays(text, io.nowMs()),
    )
    .option('--compare <DAYS>', 'also the same days so many days earlier, as 7d', daysIn)
    .option('--times', 'how long each source takes from sent to delivered, in place of rates')
    .option('--csv', 'print CSV: a line for each value and period, with all counts and rates')
    .action(async ({ by, source, since, until, compare, times, ...options }) => {
      if (times === true) {
        const answer = await (
          await api(options)
        ).call(deliverabilityRoutes.getDeliveryTimes, { query: { source } })
        show(options, answer, () => table(TIMES, answer.times, paint))
        return
      }
      if (options.csv === true && options.json === true) throw new UsageError('Choose --csv or --json.')
      const query = { by, source, since, until, compare }
      const answer = await (await api(options)).call(deliverabilityRoutes.getDeliverability, { query })
      if (options.csv === true) for (const line of linesOf(answer)) io.print(Buffer.from(csvLine(line)))
      else show(options, answer, () => words(answer, paint))
    })

const secondsText = (seconds: number | null): string | null =>
  seconds === null ? null : `${seconds.toFixed(1)} s`

const TIMES: Columns<AnswerOf<typeof deliverabilityRoutes.getDeliveryTimes>['times'][number]> = [
  ['source', ({ source }) => source],
  ['provider', ({ provider }) => provider],
  ['delivered', ({ delivered }) => String(delivered)],
  ['timed', ({ timed }) => String(timed)],
  ['median_seconds', ({ median_seconds: seconds }) => secondsText(seconds)],
  ['p90_seconds', ({ p90_seconds: seconds }) => secondsText(seconds)],
]

/**
 * The first of so many days, the last of which is today. Any other time is as everywhere.
 *
 * @throws {UsageError} for anything else
 */
function startOfDays(text: string, nowMs: number): string {
  const days = /^([1-9]\d{0,2})d$/.exec(text)?.[1]
  if (days === undefined) return timeOf(text, nowMs)
  return toInstant((Math.floor(nowMs / DAY_MS) + 1 - Number(days)) * DAY_MS)
}

/** @throws {UsageError} for anything but days */
function daysIn(text: string): string {
  const days = /^([1-9]\d{0,2})d?$/.exec(text)?.[1]
  if (days === undefined) throw new UsageError('Days are needed, such as 7d.')
  return days
}

function words(answer: Answer, paint: Paint): string {
  const { by, before, figures_since, total, values } = answer
  if (figures_since === null) return paint('dim', 'There are no figures yet.')
  const { counts, rates } = by.startsWith('cause') ? SHOWN_OF_CAUSES : SHOWN
  const heads: Columns<Line> = [
    [by, ({ name }) => name],
    ...(before === null ? [] : ['period' as const]),
    ...counts.map((count) => [count, (line: Line) => line.counts[count]] as const),
    ...rates.map((rate) => [rate, (line: Line) => line.rates[rate]] as const),
  ]
  const all = { ...total, value: 'total', is_other: false }
  return [
    paint(
      'dim',
      `${spanOf(answer.period)}${before === null ? '' : `, compared with ${spanOf(before)}`} (UTC)`,
    ),
    table(heads, [...values, all].flatMap(tableLines), paint),
    ...((before ?? answer.period).first_day < figures_since
      ? [paint('dim', `Figures begin on ${figures_since}.`)]
      : []),
  ].join('\n')
}

const spanOf = ({ first_day, last_day }: Period): string => `${first_day} to ${last_day}`

interface Line {
  readonly name: string
  readonly period: string
  readonly counts: Readonly<Record<FigureName, string>>
  readonly rates: Readonly<Record<RateName, string | null>>
}

/** Lines for one value: now, and if two periods are compared, before and the change. */
function tableLines({
  cause,
  value,
  is_other,
  before,
  ...now
}: Omit<Value, 'value'> & { value: string | null }): Line[] {
  const ofCause = cause === undefined ? '' : `${cause ?? '(none)'} / `
  const name = ofCause + (value === null ? '(none)' : is_other ? '(other)' : value)
  const line = (period: string, { counts, rates }: Figures): Line => ({
    name,
    period,
    counts: eachCount((count) => String(counts[count])),
    rates: { ...eachRate((rate) => percent(rates[rate])), ...people(rates) },
  })
  if (before === null) return [line('now', now)]
  const difference: Line = {
    name,
    period: 'change',
    counts: eachCount((count) => signed(now.counts[count] - before.counts[count], 0)),
    rates: eachRate((rate) => {
      const [later, earlier] = [now.rates[rate], before.rates[rate]]
      return later === null || earlier === null ? null : signed(100 * (later - earlier), 2)
    }),
  }
  return [line('now', now), line('before', before), difference]
}

const eachCount = (of: (count: FigureName) => string) =>
  Object.fromEntries(COUNT_NAMES.map((count) => [count, of(count)])) as Record<FigureName, string>

const eachRate = <T>(of: (rate: RateName) => T): Record<RateName, T> =>
  Object.fromEntries(RATE_NAMES.map((rate) => [rate, of(rate)])) as Record<RateName, T>

/** Rates without machines, which are an upper bound if few events could be judged. */
const people = (rates: Figures['rates']) => {
  const words = (of: 'open' | 'click'): string | null => {
    const text = percent(rates[`${of}_people`])
    return text !== null && isAtMost(of, rates) ? `at most ${text}` : text
  }
  return { open_people: words('open'), click_people: words('click') }
}

const percent = (rate: number | null): string | null =>
  rate === null ? null : `${(100 * rate).toFixed(2)} %`

/** With its sign; a difference that rounds to zero has none. */
const signed = (difference: number, digits: number): string => {
  const text = difference.toFixed(digits)
  return Number(text) === 0 ? '0' : difference > 0 ? `+${text}` : text
}

/** The head, and a line for each value and period. What has no rate or no value is an empty cell. */
function* linesOf({ by, period, before, values }: Answer): Generator<string[]> {
  const head = [
    'is_other',
    'first_day',
    'last_day',
    ...COUNT_NAMES,
    ...RATE_NAMES.map((rate) => `${rate}_rate`),
  ]
  yield [...(isCrossed(by) ? ['cause'] : []), by.replace(/^cause_/, ''), ...head]
  for (const { cause, value, is_other, before: earlier, ...now } of values)
    for (const [days, figures] of [
      [period, now],
      [before, earlier],
    ] as const) {
      if (days === null || figures === null) continue
      yield [
        ...(cause === undefined ? [] : [cause ?? '']),
        value ?? '',
        String(is_other),
        days.first_day,
        days.last_day,
        ...COUNT_NAMES.map((name) => String(figures.counts[name])),
        ...RATE_NAMES.map((rate) => String(figures.rates[rate] ?? '')),
      ]
    }
}
