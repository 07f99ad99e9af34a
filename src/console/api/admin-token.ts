/** The Worker's `ADMIN_TOKEN`: the first way in, and no longer needed once there are others. */
import { adminTokenRoutes } from '../../api/tokens.ts'
import type { RetiredAdminToken } from '../../registry/operators/operator.ts'
import { hasAdmins } from '../access/people.ts'
import type { RequestContext } from '../request-context.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'
import { tokenAnswer } from './tokens.ts'

/** @returns null if there would be no admin left */
export const retireAdminToken = async (
  { registry, adminHash, accessRoles, who, nowMs }: RequestContext,
  endWhatItMade: boolean,
): Promise<RetiredAdminToken | null> =>
  registry.operators.retireAdminToken(
    await adminHash(),
    { otherAdmins: hasAdmins(accessRoles), endWhatItMade },
    who,
    nowMs,
  )

export const LAST_ADMIN =
  'There would be no admin left. Make an admin’s token first and call with it, or map a person of Access to the role admin.'

export const adminToken = bindRoutes(adminTokenRoutes, {
  async retireAdminToken({ body }, context) {
    const retired = await retireAdminToken(context, body.end_what_it_made)
    return retired === null
      ? problem('last_admin', LAST_ADMIN)
      : answer({
          retired: true as const,
          made: retired.tokens.map(tokenAnswer),
          ended_what_it_made: retired.isEnded,
          sessions_ended: retired.sessionsEnded,
        })
  },
})
