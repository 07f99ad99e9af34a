/** The last hour at a glance, and the last day as charts, beside the week before. */
import type { FC } from 'hono/jsx'
import { HOUR_MS } from '../../../platform/time.ts'
import type { EventType } from '../../../event/mail-event.ts'
import type { HourTotal } from '../../../store/counters.ts'
import { type Series, type Timeline, changeWords } from '../charts/series.ts'
import { percent } from '../charts/percent.ts'
import { When } from '../components.tsx'

export const WEEK_HOURS = 168
export const DAY_HOURS = 24

/** Undefined where the counters could not be read. */
export interface Totals {
  readonly now: readonly HourTotal[] | undefined
  readonly before: readonly HourTotal[] | undefined
}

const sum = (rows: readonly HourTotal[], hour: number, type?: EventType): number =>
  rows.reduce(
    (all, one) => all + (one.hour === hour && (type === undefined || one.type === type) ? one.count : 0),
    0,
  )

function shareIn(rows: readonly HourTotal[], hour: number): number | null {
  const bounced = sum(rows, hour, 'email.bounced')
  const outcomes = bounced + sum(rows, hour, 'email.delivered')
  return outcomes === 0 ? null : bounced / outcomes
}

/** Of the last day, by hour. */
export function overviewSeries({ now, before }: Totals, { firstMs, count }: Timeline): Series[] {
  const first = Math.round(firstMs / HOUR_MS)
  const by = <Value,>(
    rows: readonly HourTotal[] | undefined,
    shift: number,
    of: (rows: readonly HourTotal[], hour: number) => Value,
  ) =>
    Array.from({ length: count }, (_, i) => rows && of(rows, first + i - shift)).map((value) => value ?? null)
  // Without any counter of the week before, there is nothing to compare with.
  const past = before !== undefined && before.length > 0
  const row = (of: (rows: readonly HourTotal[], hour: number) => number | null) => ({
    values: by(now, 0, of),
    ...(past ? { before: by(before, WEEK_HOURS, of) } : {}),
  })
  return [
    {
      id: 'events',
      title: 'Events',
      form: 'bars',
      least: 2,
      text: (value) => value.toLocaleString('en', { maximumFractionDigits: 1 }),
      ...row((rows, hour) => sum(rows, hour)),
    },
    {
      id: 'bounces',
      title: 'Share bounced',
      form: 'line',
      least: 0.02,
      most: 1,
      text: percent,
      ...row(shareIn),
    },
  ]
}

/** Since the full hour before this one, and of the week before. Undefined where that is not known. */
type Compared = readonly [now: number | undefined, before: number | undefined]

/** Numbers since the full hour before this one. Of the week before, this hour counts as far as it is over. */
export const Glance: FC<{ totals: Totals; refused: number | undefined; nowMs: number }> = ({
  totals: { now, before },
  refused,
  nowMs,
}) => {
  const hour = Math.floor(nowMs / HOUR_MS)
  const over = nowMs / HOUR_MS - hour
  const past = before?.length === 0 ? undefined : before
  const counted = (type?: EventType): Compared => [
    now && sum(now, hour - 1, type) + sum(now, hour, type),
    past && sum(past, hour - 1 - WEEK_HOURS, type) + over * sum(past, hour - WEEK_HOURS, type),
  ]
  const [delivered, bounced] = [counted('email.delivered'), counted('email.bounced')]
  const share = (when: 0 | 1): number | undefined => {
    const outcomes = (delivered[when] ?? 0) + (bounced[when] ?? 0)
    return outcomes === 0 ? undefined : (bounced[when] ?? 0) / outcomes
  }
  const usual = share(1)
  return (
    <>
      <dl class="figures glance">
        <Figure term="events" href="/events" compared={counted()} />
        <Figure term="delivered" href="/events?type=email.delivered" compared={delivered} />
        <Figure
          term="share bounced"
          href="/deliverability"
          compared={[share(0), undefined]}
          text={percent}
          under={usual !== undefined && `${percent(usual)} a week before`}
        />
        <Figure
          term="complaints"
          href="/events?type=email.spam_reported"
          compared={counted('email.spam_reported')}
        />
        <Figure term="refused" href="/refusals" compared={[refused, undefined]} />
      </dl>
      <p class="soft">
        Since <When at={(hour - 1) * HOUR_MS} />
        {past !== undefined && ', beside the same time a week before'}.
      </p>
    </>
  )
}

interface FigureProps {
  readonly term: string
  /** The page of what is counted. */
  readonly href: string
  readonly compared: Compared
  readonly text?: (value: number) => string
  readonly under?: string | false
}

const Figure: FC<FigureProps> = ({ term, href, compared: [now, before], text, under }) => {
  const change =
    now !== undefined && before !== undefined ? changeWords(now, Math.round(before)) : (under ?? false)
  return (
    <div>
      <dt>{term}</dt>
      <dd class="figure">
        <a href={href}>{now === undefined ? '–' : (text?.(now) ?? now.toLocaleString('en'))}</a>
      </dd>
      {change !== false && <dd class="soft">{change}</dd>}
    </div>
  )
}
