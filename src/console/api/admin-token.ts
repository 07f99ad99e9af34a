/** The Worker's `ADMIN_TOKEN`: the first way in, and no longer needed once there are others. */
import { adminTokenRoutes } from '../../api/tokens.ts'
import { hasAdmins } from '../access/people.ts'
import { problem } from '../../api/problem.ts'
import { answer, bindRoutes } from './route.ts'
import { tokenAnswer } from './tokens.ts'

export const adminToken = bindRoutes(adminTokenRoutes, {
  async retireAdminToken({ body }, { registry, adminHash, accessRoles, who, nowMs }) {
    const also = { otherAdmins: hasAdmins(accessRoles), endWhatItMade: body.end_what_it_made }
    const retired = await registry.operators.retireAdminToken(await adminHash(), also, who, nowMs)
    return retired === null
      ? LAST_ADMIN
      : answer({
          retired: true as const,
          made: retired.tokens.map(tokenAnswer),
          ended_what_it_made: retired.isEnded,
          sessions_ended: retired.sessionsEnded,
        })
  },
})

const LAST_ADMIN = problem(
  'last_admin',
  'There would be no admin left. Make an admin’s token first and call with it, or map a person of Access to the role admin.',
)
