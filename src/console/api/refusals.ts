/** Refusals: which deliveries were turned away lately, and why. */
import * as v from 'valibot'
import { DecisionSchema } from '../../event/decision.ts'
import { toInstant } from '../../platform/time.ts'
import type { RefusalRecord } from '../../watch/refusal.ts'
import { explainRefusal } from '../messages/refusals.ts'
import { filter, headOnly } from './paging.ts'
import { type Route, answer, route } from './route.ts'

const RefusalAnswer = v.object({
  request_id: v.string(),
  at: v.string(),
  source: v.nullable(v.string()),
  provider: v.nullable(v.string()),
  code: v.string(),
  explanation: v.pipe(v.string(), v.description('The code and its numbers in plain words.')),
  status: v.number(),
  detail: v.record(v.string(), v.unknown()),
  decision: DecisionSchema,
  network: v.pipe(v.nullable(v.string()), v.description('The client: /24 or /48, never the whole address.')),
})

export const refusals: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/refusals',
    id: 'listRefusals',
    summary: 'The latest refusals, newest first: a sample, bounded by time. All of them are in the counters.',
    role: 'viewer',
    scoped: true,
    query: v.strictObject({
      source: filter('Only of this source.'),
      code: filter('Only with this code.'),
      ...headOnly,
    }),
    answer: v.object({ refusals: v.array(RefusalAnswer) }),
    async handler({ query }, { watch }) {
      const { source, code, limit } = query
      return answer({ refusals: (await watch.latest({ source, code, limit })).map(refusalAnswer) })
    },
  }),
]

const refusalAnswer = (refusal: RefusalRecord) => ({
  request_id: refusal.requestId,
  at: toInstant(refusal.atMs),
  source: refusal.source,
  provider: refusal.provider,
  code: refusal.code,
  explanation: explainRefusal(refusal),
  status: refusal.status,
  detail: { ...refusal.detail },
  decision: refusal.decision,
  network: refusal.network,
})
