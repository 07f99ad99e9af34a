/** The suppression policy: which bounces suppress an address, for how long, and why one person is suppressed or not. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { CAUSES } from '../event/cause/causes.ts'
import { BOUNCE_REASONS } from '../store/policy/judge.ts'
import { PolicySchema } from '../store/policy/document.ts'
import { route } from './route.ts'

const SavedSchema = v.object({
  version: described(v.number(), '0 until somebody has taken a document.'),
  taken_at: v.nullable(v.string()),
  document: described(PolicySchema, 'In force, with all defaults.'),
  is_judged: described(
    v.boolean(),
    'Whether everybody is judged by it. If not, call judgePolicy, or wait for the night.',
  ),
})
export type SavedPolicy = v.InferOutput<typeof SavedSchema>

const effect = {
  people: described(v.number(), 'People with bounces or entries of bounces who were looked at.'),
  on: described(v.number(), 'People who come on the list.'),
  off: described(v.number(), 'People who go off it.'),
}

const PlanSchema = v.object({
  version: described(v.number(), 'Of the policy in force.'),
  is_unchanged: v.boolean(),
  ...effect,
  is_more: described(v.boolean(), 'Whether there are more people: the numbers are at least so many.'),
  known: described(v.number(), 'People whom the store knows, counted up to a number.'),
  needs_confirmation: described(
    v.boolean(),
    'Whether it would suppress more than a twentieth of those known, or lift more than a twentieth of those with bounces.',
  ),
})
export type PolicyPlanned = v.InferOutput<typeof PlanSchema>

const JudgedSchema = v.object({ ...effect, is_judged: SavedSchema.entries.is_judged })

const EntrySchema = v.object({
  reason: v.picklist(BOUNCE_REASONS),
  since: v.string(),
  as_of: described(v.string(), 'Time of the newest evidence.'),
  rule: described(
    v.nullable(v.number()),
    'From 1; null for an entry that no rule made, which keeps its terms.',
  ),
  expires_at: described(v.nullable(v.string()), 'Null for never.'),
  provisional: v.boolean(),
  in_force: described(v.boolean(), 'Whether it still blocks.'),
})

const ExplanationSchema = v.object({
  version: v.number(),
  entries: v.array(EntrySchema),
  bounces: described(
    v.array(
      v.object({
        event_id: v.string(),
        at: v.string(),
        source: v.string(),
        bounce_type: v.picklist(['hard', 'soft']),
        cause: v.nullable(v.picklist(CAUSES)),
        rule: described(v.nullable(v.number()), 'The first rule that is about it, from 1; null if none is.'),
      }),
    ),
    'Newest first. Bounces whose cause is the sender’s are left out: they never suppress.',
  ),
})
export type Explanation = v.InferOutput<typeof ExplanationSchema>

const example = {
  rules: [{ bounce: 'hard', cause: ['no_mailbox', 'no_domain'], suppress: 'at_once' }, { suppress: 'no' }],
  recovery: { delivered_after_lifts: ['soft'] },
}

export const policyRoutes = {
  getPolicy: route('GET', '/api/policy', 'viewer', {
    summary: 'Returns the suppression policy in force.',
    answer: SavedSchema,
  }),
  planPolicy: route('POST', '/api/policy/plan', 'admin', {
    summary: 'Says how many people a policy would suppress, and how many no longer. Changes nothing.',
    // Any JSON: all problems of the document are listed.
    body: v.unknown(),
    shownBody: PolicySchema,
    example,
    answer: PlanSchema,
    again: 'Gives the same answer. The call changes nothing.',
    keepsAnswer: false,
    problems: ['document_invalid'],
  }),
  putPolicy: route('PUT', '/api/policy', 'admin', {
    summary:
      'Puts a policy into force, and begins to judge everybody by it. Taking the earlier document restores the earlier list.',
    body: v.unknown(),
    shownBody: PolicySchema,
    example,
    query: v.strictObject({
      confirm: v.optional(described(v.literal('yes'), 'Needed if the plan says needs_confirmation.')),
    }),
    answer: v.object({ ...SavedSchema.entries, ...effect }),
    conditional: true,
    problems: ['document_invalid', 'version_conflict', 'confirmation_needed'],
  }),
  judgePolicy: route('POST', '/api/policy/judge', 'admin', {
    summary: 'Goes on to judge everybody by the policy in force, for some seconds.',
    again: 'Goes on.',
    keepsAnswer: false,
    body: v.strictObject({}),
    example: {},
    answer: JudgedSchema,
  }),
  explainPolicy: route('GET', '/api/policy/explain/{address}', 'operator', {
    summary: 'Which bounces of a person count by which rule, and the entries that follow.',
    params: { address: 'The address, percent-encoded.' },
    answer: ExplanationSchema,
    problems: ['parameter_invalid'],
  }),
} as const
