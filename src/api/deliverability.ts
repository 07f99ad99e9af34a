/** Figures of deliverability: events counted by one of their properties, and rates of them. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { EVENT_TYPES } from '../event/mail-event.ts'
import { GROUPINGS } from '../store/deliverability.ts'
import { TIMES_SAMPLE } from '../store/delivery-times.ts'
import { filter, instant } from './paging.ts'
import { route } from './route.ts'

export const DEFAULT_DAYS = 7
/** Longer periods of many sources with many campaigns would keep the database busy for seconds. */
export const PERIOD_MAX_DAYS = 100
/** A year ago is as far as anybody compares. */
const COMPARE_MAX_DAYS = 366

type Unprefixed<Type extends string> = Type extends `email.${infer Name}` ? Name : never
export type CountName = Unprefixed<(typeof EVENT_TYPES)[number]>

/** Opens and clicks by machines, and those of which it is known whether a machine made them. */
const JUDGED_NAMES = ['opened_by_machine', 'opened_judged', 'clicked_by_machine', 'clicked_judged'] as const
export type FigureName = CountName | (typeof JUDGED_NAMES)[number]

/** Event types without their prefix. */
export const TYPE_NAMES = EVENT_TYPES.map((type) => type.replace('email.', '') as CountName)
export const COUNT_NAMES: readonly FigureName[] = [...TYPE_NAMES, ...JUDGED_NAMES]

export interface Rate {
  readonly of: FigureName
  /** Left out of the numerator. */
  readonly without?: FigureName
  /** The denominator is their sum. */
  readonly over: readonly CountName[]
}

/** Without a bounce or a delivery, the fate of a message is not known, so both are the denominator rather than what was sent. */
const ENDED = ['delivered', 'bounced'] as const

export const RATES = {
  delivery: { of: 'delivered', over: ENDED },
  bounce: { of: 'bounced', over: ENDED },
  deferral: { of: 'deferred', over: ENDED },
  complaint: { of: 'spam_reported', over: ['delivered'] },
  unsubscribe: { of: 'unsubscribed', over: ['delivered'] },
  open: { of: 'opened', over: ['delivered'] },
  click: { of: 'clicked', over: ['delivered'] },
  click_to_open: { of: 'clicked', over: ['opened'] },
  open_people: { of: 'opened', without: 'opened_by_machine', over: ['delivered'] },
  open_judged: { of: 'opened_judged', over: ['opened'] },
  click_people: { of: 'clicked', without: 'clicked_by_machine', over: ['delivered'] },
  click_judged: { of: 'clicked_judged', over: ['clicked'] },
} as const satisfies Readonly<Record<string, Rate>>
export type RateName = keyof typeof RATES
export const RATE_NAMES = Object.keys(RATES) as readonly RateName[]

/** If less of the opens or clicks is judged, machines may be among the rest, and the rate of people is at most what it says. */
export const JUDGED_ENOUGH = 0.5

type Rates = Readonly<Record<RateName, number | null>>

/** Whether a rate of people is an upper bound. */
export const isAtMost = (name: 'open' | 'click', rates: Rates): boolean =>
  (rates[`${name}_judged`] ?? 0) < JUDGED_ENOUGH

const counts = described(
  v.object(
    Object.fromEntries(COUNT_NAMES.map((name) => [name, v.number()])) as Record<
      FigureName,
      v.NumberSchema<undefined>
    >,
  ),
  'Number of events by type. Of the opens and clicks, those by machines, and those that are judged: whether a machine made them is known.',
)

const rate = ({ of, without, over }: Rate) =>
  described(
    v.nullable(v.number()),
    `${without === undefined ? of : `(${of} - ${without})`} / ${over.length === 1 ? over[0] : `(${over.join(' + ')})`}; null if that is zero, and of opens and clicks if none was reported.`,
  )

const rates = v.object(
  Object.fromEntries(RATE_NAMES.map((name) => [name, rate(RATES[name])])) as Record<
    RateName,
    ReturnType<typeof rate>
  >,
)

const FiguresSchema = v.object({ counts, rates })
export type Figures = v.InferOutput<typeof FiguresSchema>

const period = v.object({
  first_day: described(v.string(), 'UTC day, as 2026-11-23.'),
  last_day: described(v.string(), 'Inclusive. It may be today, which is not over.'),
})

const before = described(v.nullable(FiguresSchema), 'Of the period before; null without compare.')

export const deliverabilityRoutes = {
  getDeliverability: route('GET', '/api/deliverability', 'viewer', {
    summary:
      'Events and rates by campaign, mailbox provider, type of bounce, cause, source or day. They count events, not messages, by the UTC day on which each was stored.',
    scoped: true,
    query: v.strictObject({
      by: described(
        v.optional(v.picklist(GROUPINGS), 'mailbox_provider'),
        'The property that the values are of.',
      ),
      source: filter('Only of this source.'),
      since: instant(
        `From the day of this time on; default: today and the ${DEFAULT_DAYS - 1} days before. At most ${PERIOD_MAX_DAYS} days.`,
      ),
      until: instant('Only days that begin before this time; default: with today.'),
      compare: v.optional(
        v.pipe(
          v.string(),
          v.regex(/^(?:[1-9][0-9]{0,2})$/, 'Must be a whole number of days.'),
          v.transform(Number),
          v.maxValue(COMPARE_MAX_DAYS, `Must be from 1 to ${COMPARE_MAX_DAYS}.`),
          v.description('Also the period that begins and ends this many days earlier.'),
        ),
      ),
    }),
    answer: v.object({
      by: v.picklist(GROUPINGS),
      period,
      before: v.nullable(period),
      figures_since: described(
        v.nullable(v.string()),
        'The first day that has figures; null if there are none. Events that were stored before have none.',
      ),
      total: v.object({ ...FiguresSchema.entries, before }),
      values: described(
        v.array(
          v.object({
            cause: described(
              v.optional(v.nullable(v.string())),
              'Only where causes are crossed. Null for failures without a known one, and for all that did not fail.',
            ),
            value: described(v.nullable(v.string()), 'Null for events that have none.'),
            is_other: described(
              v.boolean(),
              'Whether these are all values that are not counted by themselves.',
            ),
            ...FiguresSchema.entries,
            before,
          }),
        ),
        'By day, the oldest first; else the largest first. By type of bounce and by cause, the denominators are those of the total.',
      ),
    }),
  }),
  getDeliveryTimes: route('GET', '/api/deliverability/times', 'viewer', {
    summary: `How long mail takes from sent to delivered, by source, the slowest first, among the newest ${TIMES_SAMPLE.toLocaleString('en')} events of any type.`,
    scoped: true,
    query: v.strictObject({ source: filter('Only of this source.') }),
    answer: v.object({
      times: v.array(
        v.object({
          source: v.string(),
          provider: v.string(),
          delivered: described(v.number(), 'Deliveries that were looked at.'),
          timed: described(v.number(), 'Deliveries of which the ESP also reported when they were sent.'),
          median_seconds: described(v.nullable(v.number()), 'Null if none was timed.'),
          p90_seconds: described(v.nullable(v.number()), 'Nine of ten took no longer.'),
        }),
      ),
    }),
  }),
} as const
