/** Refusals: which deliveries were refused lately, and why. */
import * as v from 'valibot'
import { DecisionSchema } from '../../event/decision.ts'
import { REQUEST_ID } from '../../platform/ids.ts'
import { toInstant } from '../../platform/time.ts'
import type { RefusalRecord } from '../../refusals/refusal.ts'
import { explainRefusal } from '../messages/refusals.ts'
import { badParameters } from './input.ts'
import { REQUEST_ID_FORM, filter, headOnly } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, param, route } from './route.ts'

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
  route({
    method: 'GET',
    path: '/api/refusals/{request_id}',
    id: 'getRefusal',
    summary: 'Why one delivery was refused.',
    role: 'viewer',
    scoped: true,
    params: { request_id: 'The request_id in the answer that the sender got: req_ and 24 hex digits.' },
    answer: RefusalAnswer,
    problems: ['parameter_invalid', 'refusal_unknown'],
    async handler({ params }, { watch }) {
      const requestId = param(params, 'request_id')
      if (!REQUEST_ID.test(requestId)) return MALFORMED_ID
      const [refusal] = await watch.latest({ requestId, limit: 1 })
      return refusal === undefined ? UNKNOWN : answer(refusalAnswer(refusal))
    },
  }),
]

const MALFORMED_ID = badParameters([{ path: 'request_id', problem: REQUEST_ID_FORM }])

const UNKNOWN = problem(
  'refusal_unknown',
  'No refusal with this id is stored: the delivery was accepted, or it is too old, or it was not in the sample. The gateway’s log may have it.',
)

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
