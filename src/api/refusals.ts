/** Refusals: which deliveries were refused lately, and why. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { DecisionSchema } from '../event/decision.ts'
import { filter, nextCursor, paging } from './paging.ts'
import { route } from './route.ts'

const RefusalSchema = v.object({
  request_id: v.string(),
  at: v.string(),
  source: v.nullable(v.string()),
  provider: v.nullable(v.string()),
  code: v.string(),
  explanation: described(v.string(), 'The code and its numbers in plain words.'),
  steps: described(v.array(v.string()), 'How to mend it, the usual cause first.'),
  status: v.number(),
  detail: v.record(v.string(), v.unknown()),
  decision: DecisionSchema,
  network: described(v.nullable(v.string()), 'The client: /24 or /48, never the whole address.'),
  probe: described(v.boolean(), 'Whether the request called itself one of a drill or an assessment.'),
})
export type Refusal = v.InferOutput<typeof RefusalSchema>

export const refusalRoutes = {
  listRefusals: route('GET', '/api/refusals', 'viewer', {
    summary: 'The latest refusals, newest first: a sample, bounded by time. All of them are in the counters.',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      code: filter('Only with this code.'),
      network: filter('Only from this network, as in the answer: 198.51.100.0/24.'),
      ...paging,
    }),
    answer: v.object({ refusals: v.array(RefusalSchema), next_cursor: nextCursor }),
  }),
  getRefusal: route('GET', '/api/refusals/{request_id}', 'viewer', {
    summary: 'Why one delivery was refused.',
    scoped: true,
    params: { request_id: 'The request_id in the answer that the sender got: req_ and 24 hex digits.' },
    answer: RefusalSchema,
    problems: ['parameter_invalid', 'refusal_unknown'],
  }),
} as const
