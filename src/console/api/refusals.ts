/** Handlers of refusals. */
import { type Refusal, refusalRoutes } from '../../api/refusals.ts'
import type { Frozen } from '../../api/route.ts'
import { REQUEST_ID } from '../../platform/ids.ts'
import { toInstant } from '../../platform/time.ts'
import type { RefusalRecord } from '../../refusals/refusal.ts'
import { refusalPage } from '../refusal-page.ts'
import { remedyOf } from '../messages/refusal-remedies.ts'
import { explainRefusal } from '../messages/refusals.ts'
import { badParameters } from './input.ts'
import { REQUEST_ID_FORM } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'

export const refusals = bindRoutes(refusalRoutes, {
  async listRefusals({ query }, { refusalLog, store }) {
    const { refusals: found, next } = await refusalPage({ refusalLog, store }, query)
    return answer({ refusals: found.map(refusalAnswer), next_cursor: next })
  },

  async getRefusal({ params: { request_id: requestId } }, { refusalLog }) {
    if (!REQUEST_ID.test(requestId)) return MALFORMED_ID
    const [refusal] = await refusalLog.latest({ requestId, limit: 1 })
    return refusal === undefined ? UNKNOWN : answer(refusalAnswer(refusal))
  },
})

const MALFORMED_ID = badParameters([{ path: 'request_id', problem: REQUEST_ID_FORM }])

const UNKNOWN = problem(
  'refusal_unknown',
  'No refusal with this id is kept: the delivery was accepted, or the refusal is too old, or there were too many at once, which are counted, not kept.',
)

const refusalAnswer = (refusal: RefusalRecord): Frozen<Refusal> => ({
  request_id: refusal.requestId,
  at: toInstant(refusal.atMs),
  source: refusal.source,
  provider: refusal.provider,
  code: refusal.code,
  explanation: explainRefusal(refusal),
  steps: [...remedyOf(refusal.code).steps],
  status: refusal.status,
  detail: refusal.detail,
  decision: refusal.decision,
  network: refusal.network,
  probe: refusal.probe === true,
})
