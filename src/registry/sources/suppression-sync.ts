/** How the suppressions of a source's ESP and the own ones are made the same. */
import * as v from 'valibot'
import { setting } from '../../platform/settings.ts'

const SYNC = { group: 'Suppressions at the ESP' }

export const SuppressionSyncSchema = v.strictObject({
  take: setting(
    v.optional(v.boolean(), true),
    'Take theirs in',
    'Whether a sync takes in what only the ESP has.',
    SYNC,
  ),
  send: setting(
    v.optional(v.boolean(), false),
    'Send ours',
    'Whether a sync adds at the ESP what only Postern has. Without it, only a run that says so does.',
    SYNC,
  ),
  nightly: setting(
    v.optional(v.boolean(), false),
    'Each night',
    'Whether a sync runs each night after three, UTC.',
    SYNC,
  ),
  atMost: setting(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000)), 100),
    'Changes a night',
    'A sync of the night that would change more stops before the first change.',
    SYNC,
  ),
})
export type SuppressionSync = v.InferOutput<typeof SuppressionSyncSchema>

/** Without the settings. */
export const NO_SYNC: SuppressionSync = v.parse(SuppressionSyncSchema, {})
