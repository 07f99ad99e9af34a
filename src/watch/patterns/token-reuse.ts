/** A single-use token that was used comes again around another body. No mistake explains it, so one is enough. */
import { reusedTokens } from '../signals/attack-refusals.ts'
import {
  type Sightings,
  firstMinute,
  forgetBefore,
  mostActive,
  sight,
  sumsByName,
  totalOf,
} from '../signals/sightings.ts'
import { type Pattern, features } from './pattern.ts'

const WINDOW_MINUTES = 60

export const tokenReuse: Pattern<'token_reuse', { readonly reused: Sightings }> = {
  kind: 'token_reuse',
  quietHours: 6,
  advice: [
    'Rotate the secret: somebody reads deliveries on their way, and can present their tokens.',
    'Look for who sees the requests: a proxy, a log, a browser extension of whoever tests the webhook.',
  ],
  initial: () => ({ reused: [] }),
  step({ reused }, { minute, signals }) {
    forgetBefore(reused, minute, WINDOW_MINUTES)
    for (const { network, count } of reusedTokens(signals)) sight(reused, minute, network ?? 'unknown', count)
    if (reused.length === 0) return undefined
    const sums = sumsByName(reused)
    const total = totalOf(sums)
    return {
      severity: 'critical',
      fromMinute: firstMinute(reused),
      networks: mostActive(sums),
      features: features({ name: 'token_reused', observed: total, expected: 0, weight: 1 }),
      evidence: `${total} used ${total === 1 ? 'token' : 'tokens'} around other bodies in an hour, never before`,
    }
  },
}
