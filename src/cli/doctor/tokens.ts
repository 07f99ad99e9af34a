/** API tokens that are about to expire. */
import type { Token } from '../../api/tokens.ts'
import { type Finding, note, ok, wrong } from './finding.ts'
import { DAY_MS } from '../../platform/time.ts'

export type ExaminedToken = Pick<Token, 'id' | 'expires_at' | 'last_used_at' | 'revoked_at'>

/** Time enough to give somebody another one. */
const SOON_DAYS = 14

export function tokenFindings(tokens: readonly ExaminedToken[], nowMs: number): Finding[] {
  const live = tokens.filter(({ revoked_at: revoked }) => revoked === null)
  const findings = live.flatMap((token) => {
    const leftMs = Date.parse(token.expires_at) - nowMs
    const part = `token ${token.id}`
    const todo = 'postern tokens create makes another; then revoke this one.'
    if (leftMs > SOON_DAYS * DAY_MS) return []
    if (leftMs > 0) return [note(part, `It expires at ${token.expires_at}.`, todo)]
    // A token that was used lately and has expired locks its user out.
    const wasInUse =
      token.last_used_at !== null && Date.parse(token.last_used_at) > nowMs - SOON_DAYS * DAY_MS
    return wasInUse ? [wrong(part, `It was in use and has expired, at ${token.expires_at}.`, todo)] : []
  })
  return findings.length > 0 ? findings : [ok('tokens', `None of ${live.length} expires soon.`)]
}
