/** The Worker's `ADMIN_TOKEN`: the first way in, and no longer needed once there are others. */
import * as v from 'valibot'
import { hasAdmins } from '../access/people.ts'
import { problem } from './problem.ts'
import { type Route, answer, route } from './route.ts'

export const adminToken: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/admin-token/retire',
    id: 'retireAdminToken',
    summary:
      'The Worker’s ADMIN_TOKEN is not taken any more, and its sessions end. A new value of it is taken again.',
    role: 'admin',
    again: 'The same.',
    isDangerous: () => true,
    answer: v.object({ retired: v.literal(true) }),
    problems: ['last_admin'],
    async handler(_, { registry, adminHash, accessRoles, who, nowMs }) {
      const retired = await registry.retireAdminToken(await adminHash(), hasAdmins(accessRoles), who, nowMs)
      return retired
        ? answer({ retired: true as const })
        : problem('last_admin', 'Make an admin’s token first, or map a person of Access to the role admin.')
    },
  }),
]
