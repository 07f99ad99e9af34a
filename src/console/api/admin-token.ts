/** The Worker's `ADMIN_TOKEN`: the first way in, and no longer needed once there are others. */
import * as v from 'valibot'
import type { RetiredAdminToken } from '../../registry/operators/operators.ts'
import { hasAdmins } from '../access/people.ts'
import type { RequestContext } from '../request-context.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, route } from './route.ts'
import { TokenAnswer, tokenAnswer } from './tokens.ts'

/** @returns null if there would be no admin left */
export const retireAdminToken = async (
  { registry, adminHash, accessRoles, who, nowMs }: RequestContext,
  endWhatItMade: boolean,
): Promise<RetiredAdminToken | null> =>
  registry.retireAdminToken(
    await adminHash(),
    { otherAdmins: hasAdmins(accessRoles), endWhatItMade },
    who,
    nowMs,
  )

export const LAST_ADMIN =
  'There would be no admin left. Make an admin’s token first and call with it, or map a person of Access to the role admin.'

export const adminToken: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/admin-token/retire',
    id: 'retireAdminToken',
    summary:
      'The Worker’s ADMIN_TOKEN is not taken any more, and its sessions end. A new value of it is taken again.',
    role: 'admin',
    again: 'The same. With end_what_it_made it also ends tokens that were made since.',
    isDangerous: () => true,
    body: v.strictObject({
      end_what_it_made: v.pipe(
        v.optional(v.boolean(), false),
        v.description(
          'Also revoke the tokens that it made, and those that these made, and end their sessions. The token that calls stays.',
        ),
      ),
    }),
    answer: v.object({
      retired: v.literal(true),
      made: v.pipe(
        v.array(TokenAnswer),
        v.description(
          'Tokens that were valid until now and that it made, or that these made; without the one that calls.',
        ),
      ),
      ended_what_it_made: v.pipe(v.boolean(), v.description('Whether these tokens are revoked now.')),
      sessions_ended: v.number(),
    }),
    problems: ['last_admin'],
    async handler({ body }, context) {
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
  }),
]
