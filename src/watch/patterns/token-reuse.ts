/** A single-use token that was used comes again around another body. No mistake explains it, so one is enough. */
import { reusedTokens } from '../signals/attack-refusals.ts'
import {
  type WindowCounts,
  firstMinute,
  mostActive,
  recordRefused,
  sumsByName,
  totalCount,
} from '../signals/window-counts.ts'
import { type Pattern, measured, sentence } from './pattern.ts'

const WINDOW_MINUTES = 60

export const tokenReuse: Pattern<{ readonly reused: WindowCounts }> = {
  kind: 'token_reuse',
  quietHours: 6,
  cause: 'forged',
  deliveries: 'refused',
  advisedActions: ['block', 'rotate'],
  policyActions: ['block', 'pause'],
  advice: [
    'Rotate the secret: somebody reads deliveries on their way, and can present their tokens.',
    'Look for who sees the requests: a proxy, a log, a browser extension of whoever tests the webhook.',
  ],
  initial: () => ({ reused: [] }),
  step({ reused }, { minute, signals }) {
    recordRefused(reused, minute, WINDOW_MINUTES, reusedTokens(signals))
    if (reused.length === 0) return undefined
    const total = totalCount(reused)
    return {
      severity: 'critical',
      fromMinute: firstMinute(reused, 1),
      networks: mostActive(sumsByName(reused)),
      ...measured('token_reused', total, 0),
      evidence: sentence`${total} used ${total === 1 ? 'token' : 'tokens'} around other bodies in an hour, never before`,
    }
  },
}
