/** Many wrong proofs from one network within an hour. Somebody who tries by hand stays below. */
import { wrongProofs } from '../signals/attack-refusals.ts'
import {
  type WindowCounts,
  firstMinute,
  mostActive,
  recordRefused,
  sumsByName,
} from '../signals/window-counts.ts'
import { type Pattern, measured, sentence } from './pattern.ts'

const WINDOW_MINUTES = 60
const FAILURES = 11
const CRITICAL_FAILURES = 500

export const bruteForce: Pattern<{ readonly failures: WindowCounts }> = {
  kind: 'brute_force',
  quietHours: 6,
  cause: 'guessing',
  deliveries: 'refused',
  advisedActions: ['block'],
  policyActions: ['block'],
  advice: [
    'If it is your own sender, compare its secret with the one in Postern: it may have been rotated on one side only.',
    'If it is a stranger, nothing hurries: what has a wrong secret is refused.',
  ],
  initial: () => ({ failures: [] }),
  step({ failures }, { minute, signals }) {
    recordRefused(failures, minute, WINDOW_MINUTES, wrongProofs(signals))
    if (failures.length === 0) return undefined
    let worst = { network: '', count: 0 }
    for (const [network, count] of sumsByName(failures)) if (count > worst.count) worst = { network, count }
    if (worst.count < FAILURES) return undefined
    return {
      severity: worst.count >= CRITICAL_FAILURES ? 'critical' : 'warning',
      fromMinute: firstMinute(failures, FAILURES, worst.network),
      networks: mostActive([...sumsByName(failures)].filter(([, count]) => count >= FAILURES)),
      ...measured('failed_proofs', worst.count, 0),
      evidence: sentence`${worst.count} wrong secrets from ${worst.network === 'unknown' ? 'an unknown network' : worst.network} in an hour, usually none`,
    }
  },
}
