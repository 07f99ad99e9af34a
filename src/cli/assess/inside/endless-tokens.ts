/** Ways in that do not end by themselves: the Worker's `ADMIN_TOKEN`, and API tokens that are long or forgotten. */
import { sessionRoutes } from '../../../api/sessions.ts'
import { TOKEN_DAYS_DEFAULT, type Token, tokenRoutes } from '../../../api/tokens.ts'
import { DAY_MS } from '../../../platform/time.ts'
import type { Probe, Weakness } from '../probe.ts'

/** In the audit log and in sessions, whoever came in with `ADMIN_TOKEN`. */
const ADMIN = 'admin'

export const endlessTokens: Probe = {
  id: 'endless-tokens',
  title: 'Each way in belongs to one person or program, and ends.',
  severity: 'medium',
  remedy:
    'Make a token for each person and program, with the least role and a near end: postern tokens create.',
  needs: 'token',
  async *run({ api, nowMs }) {
    const { tokens } = await api.call(tokenRoutes.listTokens)
    const { sessions } = await api.call(sessionRoutes.listSessions)
    const isUsedHere = (await api.call(sessionRoutes.getMe)).actor === ADMIN
    if (isUsedHere || sessions.some(({ actor }) => actor === ADMIN))
      yield {
        subject: 'ADMIN_TOKEN',
        evidence: `ADMIN_TOKEN never ends and belongs to nobody, and ${isUsedHere ? 'this assessment was made with it' : 'a session of it is open'}.`,
        remedy:
          'Make an admin token for each person (postern tokens create), then refuse this one: postern admin-token retire.',
      }
    for (const token of tokens) yield* weaknessOf(token, nowMs())
  },
}

function* weaknessOf(token: Token, nowMs: number): Generator<Weakness> {
  const { id, role, sources, created_at: made, expires_at: ends, last_used_at: used } = token
  const leftDays = Math.ceil((Date.parse(ends) - nowMs) / DAY_MS)
  if (token.revoked_at !== null || leftDays <= 0) return
  const subject = `token ${id}`
  const unusedDays = Math.floor((nowMs - Date.parse(used ?? made)) / DAY_MS)
  if (unusedDays >= TOKEN_DAYS_DEFAULT)
    yield {
      subject,
      evidence: `The token ${id} has not been used for ${unusedDays} days, and is valid for ${leftDays} more.`,
      remedy: `Revoke it: postern tokens revoke ${id}.`,
    }
  else if (leftDays > TOKEN_DAYS_DEFAULT && (role !== 'viewer' || sources === null))
    yield {
      subject,
      severity: role === 'admin' ? 'medium' : 'low',
      evidence: `The token ${id} is valid for ${leftDays} more days, with the role ${role}.`,
      remedy: `Replace it by one that ends within ${TOKEN_DAYS_DEFAULT} days, then revoke it: postern tokens revoke ${id}.`,
    }
}
