/** Backfill: events of a span that the ESP has and Postern has not, asked from the ESP's API. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { instant } from './paging.ts'
import { route } from './route.ts'
import { sourceParams } from './sources.ts'

const count = {
  found: described(v.number(), 'Events of the span at the ESP, so far.'),
  known: described(v.number(), 'Of these, are here already.'),
  new: described(v.number(), 'Of these, are not here: they are taken, or would be.'),
  unreadable: described(v.number(), 'Items that Postern does not understand.'),
  pages: described(v.number(), 'Pages that were asked for.'),
}

const BackfillPlanSchema = v.object({
  since: v.string(),
  until: described(
    v.string(),
    'Where copies are known as alike, the last ten minutes are left out: their events may be on their way.',
  ),
  removed_before: described(
    v.nullable(v.string()),
    'Set if retention has removed what is older: of that a copy cannot be told, so none of it is taken.',
  ),
  esp_keeps_since: described(v.nullable(v.string()), 'Set if the ESP keeps events since then only.'),
  takes_minutes: described(
    v.nullable(v.number()),
    'About how long it takes at the pace that the ESP lets. Null if too little was looked at to tell.',
  ),
  esp_drops_until: described(
    v.nullable(v.string()),
    'Set if it takes so long that the ESP drops events of the span meanwhile: those before this time.',
  ),
  is_whole: described(
    v.boolean(),
    'Whether all of the span was looked at. If not, the figures are of its beginning.',
  ),
  ...count,
  copies: described(
    v.picklist(['same_id', 'alike']),
    'same_id: a copy has the same id. alike: message, recipient and type agree, and the times nearly do.',
  ),
  copies_within_seconds: v.nullable(v.number()),
  warning: described(
    v.nullable(v.string()),
    'Set if other sources have the same key: what the ESP has of them would be taken under the name of this one.',
  ),
  lacks: described(v.nullable(v.string()), 'Facts that the API of the ESP does not give.'),
})
export type BackfillPlan = v.InferOutput<typeof BackfillPlanSchema>
/** As the object of one source has it, which knows of no other. */
export type PlannedAlone = Omit<BackfillPlan, 'warning'>

/** `9 min`, `3 h`, `6 days`. */
export const takesWords = (minutes: number): string =>
  minutes < 120
    ? `${minutes} min`
    : minutes < 48 * 60
      ? `${Math.round(minutes / 60)} h`
      : `${Math.round(minutes / 1_440)} days`

const BackfillStatusSchema = v.object({
  state: v.picklist(['running', 'stopped', 'failed', 'done']),
  since: v.string(),
  until: v.string(),
  forwarded: described(v.boolean(), 'Whether destinations get these events.'),
  began_at: v.string(),
  ended_at: v.nullable(v.string()),
  ...count,
  problem: described(v.nullable(v.string()), 'Why it failed, as a code. It can be resumed.'),
  says: described(v.nullable(v.string()), 'The same in words.'),
  waits_until: described(v.nullable(v.string()), 'Until when the ESP or the hourly budget lets it wait.'),
})
export type BackfillStatus = v.InferOutput<typeof BackfillStatusSchema>

const ofSource = { params: sourceParams, problems: ['source_unknown', 'esp_key_missing'] } as const
const StateSchema = v.object({
  backfill: described(v.nullable(BackfillStatusSchema), 'Null if there was none.'),
})

export const backfillRoutes = {
  beginBackfill: route('POST', '/api/sources/{name}/backfill', 'operator', {
    summary:
      'Takes in what the ESP has of a span and Postern has not. With plan: only says how much that is.',
    params: sourceParams,
    body: v.strictObject({
      since: instant('Events of this time or later. Absent: of the last day.'),
      until: instant('Events before this time. Absent: until now.'),
      plan: v.optional(v.boolean(), false),
      forward: described(v.optional(v.boolean(), false), 'Whether destinations get them, too.'),
    }),
    again:
      'The same while one runs: backfill_running. After it, what was taken is known, and nothing is taken twice.',
    example: { since: '2026-12-01T02:10:00Z', until: '2026-12-01T05:40:00Z', plan: true },
    answer: v.object({
      plan: v.nullable(BackfillPlanSchema),
      backfill: v.nullable(BackfillStatusSchema),
    }),
    problems: [
      'source_unknown',
      'document_invalid',
      'esp_key_missing',
      'esp_refused',
      'backfill_running',
      'no_past_events',
    ],
  }),
  getBackfill: route('GET', '/api/sources/{name}/backfill', 'viewer', {
    ...ofSource,
    summary: 'How far the last backfill of a source is.',
    answer: StateSchema,
  }),
  stopBackfill: route('POST', '/api/sources/{name}/backfill/stop', 'operator', {
    ...ofSource,
    summary: 'Stops the backfill of a source. Its place is kept.',
    again: 'The same.',
    answer: StateSchema,
  }),
  resumeBackfill: route('POST', '/api/sources/{name}/backfill/resume', 'operator', {
    ...ofSource,
    summary: 'Goes on with a backfill that was stopped or has failed.',
    again: 'The same.',
    answer: StateSchema,
  }),
} as const
