/** The master key: which data is sealed with which version, and how to reseal all of it with the newest. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { route } from './route.ts'

const Counts = v.record(v.string(), v.number())

const RestingSchema = v.object({
  newest: described(v.number(), 'The version that seals new data.'),
  versions: described(v.array(v.number()), 'All configured versions, newest first.'),
  resting: described(
    v.array(v.object({ what: v.string(), by_version: v.nullable(Counts) })),
    'How many items are sealed with each version. Null if there are too many to count.',
  ),
  still_needed: described(
    v.array(v.number()),
    'Old versions that still seal items counted here. Queue, large deliveries and backups are not counted.',
  ),
})
export type Resting = v.InferOutput<typeof RestingSchema>

const StepSchema = v.object({
  resealed: described(v.number(), 'How many items this step resealed.'),
  broken: described(v.number(), 'Items of this step that no configured key opens. They are left unchanged.'),
  cursor: described(v.nullable(v.string()), 'Send it with the next call. Null when all items are done.'),
})
export type ResealStep = v.InferOutput<typeof StepSchema>

export const masterKeyRoutes = {
  getMasterKey: route('GET', '/api/master-key', 'admin', {
    summary:
      'Counts items by the version of the master key that seals them. Reads every row: use it when changing the key.',
    answer: RestingSchema,
  }),
  resealStep: route('POST', '/api/master-key/reseal', 'admin', {
    summary:
      'Reseals some items with the newest master key. Repeat with the returned cursor until it is null.',
    again: 'Skips items that are already sealed with the newest version.',
    body: v.strictObject({ cursor: v.optional(v.nullable(v.string()), null) }),
    example: { cursor: null },
    answer: StepSchema,
    problems: ['master_key_differs', 'parameter_invalid'],
  }),
} as const
