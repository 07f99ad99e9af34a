/** Signals of a source: what the watch saw of it, by minute and by hour. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { SHOWN_ROWS, fieldOf } from '../watch/signals/signals.ts'
import { instant } from './paging.ts'
import { route } from './route.ts'

export const SIGNAL_STEPS = ['minute', 'hour'] as const
export type SignalStep = (typeof SIGNAL_STEPS)[number]

/** How long the watch keeps them, and so the longest span of an answer. */
export const LONGEST_DAYS: Readonly<Record<SignalStep, number>> = { minute: 4, hour: 100 }

export const DEFAULT_DAYS = { minute: 1, hour: 28 } as const

const SignalSchema = v.object({
  at: described(v.string(), 'When it begins.'),
  minutes: described(v.number(), 'How long it is: 1, or 60.'),
  ...Object.fromEntries(
    SHOWN_ROWS.map(([name, { form, shown }]) => [fieldOf(name), described(form.as.schema, shown)]),
  ),
  score: described(v.nullable(v.number()), 'How unusual, 0 to 1; null while the detector learns.'),
})
export type Signal = v.InferOutput<typeof SignalSchema>

export const signalRoutes = {
  getSignals: route('GET', '/api/sources/{name}/signals', 'viewer', {
    summary: `What the watch saw of a source, oldest first: by minute of the last ${LONGEST_DAYS.minute} days at most, or by hour of ${LONGEST_DAYS.hour}. Times in which nothing happened are absent.`,
    params: { name: 'The name of the source, as in its URL.' },
    query: v.strictObject({
      by: described(v.optional(v.picklist(SIGNAL_STEPS), 'minute'), 'The length of a point.'),
      since: instant(
        `From this time on; without it ${DEFAULT_DAYS.minute} day by minute, or ${DEFAULT_DAYS.hour} days by hour.`,
      ),
      until: instant('Before this time; without it until now.'),
    }),
    answer: v.object({ signals: v.array(SignalSchema) }),
    problems: ['source_unknown', 'not_set_up'],
  }),
} as const
