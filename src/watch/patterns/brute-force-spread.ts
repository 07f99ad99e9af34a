/** Many wrong proofs from many networks, few from each. */
import { surpriseOfMany } from '../statistics/surprise.ts'
import { wrongProofs } from '../signals/attack-refusals.ts'
import {
  type WindowCounts,
  firstMinute,
  mostActive,
  recordRefused,
  sumsByName,
  totalCount,
} from '../signals/window-counts.ts'
import { MINUTES_A_DAY, type Pattern, features, sentence } from './pattern.ts'

const WINDOW_MINUTES = 120
const FAILURES = 7
const NETWORKS = 6
/** One network may bring at most this part; otherwise it is a brute force from one. */
const ONE_NETWORK_MAX = 0.5
const SURPRISE = 8
/** Single wrong proofs come in small groups. */
const SPREAD = 2

interface State {
  readonly failures: WindowCounts
  /** Networks with wrong proofs in a minute, on average; an attack teaches at most one a minute. */
  usual: number
}

const LEARNING = 1 / (7 * MINUTES_A_DAY)

export const bruteForceSpread: Pattern<State> = {
  kind: 'brute_force_spread',
  quietHours: 6,
  cause: 'guessing',
  deliveries: 'refused',
  advisedActions: ['block', 'raiseLevel'],
  policyActions: ['block'],
  advice: ['Rotate the secret if it is short or old. Long ones cannot be guessed.'],
  initial: () => ({ failures: [], usual: 0 }),
  step(state, { minute, signals }) {
    const { failures } = state
    const wrong = wrongProofs(signals)
    recordRefused(failures, minute, WINDOW_MINUTES, wrong)
    state.usual += LEARNING * (Math.min(wrong.length, 1) - state.usual)
    if (failures.length < NETWORKS) return undefined
    const sums = sumsByName(failures)
    const total = totalCount(failures)
    const most = Math.max(...sums.values())
    if (total < FAILURES || sums.size < NETWORKS || most > total * ONE_NETWORK_MAX) return undefined
    const expected = Math.max(state.usual * WINDOW_MINUTES, 0.5)
    const surprise = surpriseOfMany(total, expected, SPREAD * expected)
    if (surprise < SURPRISE) return undefined
    return {
      severity: 'warning',
      fromMinute: firstMinute(failures, FAILURES),
      networks: mostActive(sums),
      features: features(
        { name: 'failed_proofs', observed: total, expected, weight: surprise },
        {
          name: 'failing_networks',
          observed: sums.size,
          expected,
          weight: surpriseOfMany(sums.size, expected, SPREAD * expected),
        },
      ),
      evidence: sentence`${total} wrong secrets from ${sums.size} networks in two hours, usually ${expected.toFixed(1)}`,
    }
  },
}
