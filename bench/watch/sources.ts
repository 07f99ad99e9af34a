/** Sources as the benchmark of the watch makes them: each is of one of a few kinds, which differ by their rate, and none is silent. */
import type { MinuteSignals } from '../../src/watch/signals/signals.ts'
import type { WatchedSource } from '../../src/watch/watchers/api.ts'
import { newRandom } from '../../src/simulator/random.ts'

/** Events a minute of each kind. Most sources are small. */
export const RATES = [1, 1, 2, 2, 5, 10, 30, 100] as const

/** The mean of {@link RATES}. */
export const EVENTS_A_MINUTE = RATES.reduce((sum, rate) => sum + rate, 0) / RATES.length

/** Monday, 2 January 2040, 00:00 UTC. It is to come, so that no alarm fires by itself. */
export const FIRST_MINUTE = 36_817_920

const DAY = 1_440

/** Of a hundred sources, this many are sent wrong proofs in a minute. */
const ATTACKED_OF_100 = 2

export const sourceNamed = (nth: number): WatchedSource => ({
  name: `source-${nth}`,
  createdAtMs: 1_700_000_000_000 + nth,
})

export const kindOf = (nth: number): number => nth % RATES.length

/** A minute of the source, busier by day. The same again is the same. */
export function signalsOf(nth: number, minute: number): Partial<MinuteSignals> {
  const random = newRandom(nth * 7_919 + minute)
  const rhythm = 1 + 0.6 * Math.sin((2 * Math.PI * (minute % DAY)) / DAY)
  const accepted = Math.max(1, random.poisson((RATES[kindOf(nth)] ?? 1) * rhythm))
  const bounced = random.poisson(accepted * 0.02)
  const opened = random.poisson(accepted * 0.3)
  const events = {
    'email.delivered': accepted,
    ...(bounced > 0 && { 'email.bounced': bounced }),
    ...(opened > 0 && { 'email.opened': opened }),
  }
  const isAttacked = random.next() * 100 < ATTACKED_OF_100
  return {
    accepted,
    duplicates: random.poisson(0.02),
    events,
    nativeTypes: Object.fromEntries(Object.entries(events).map(([name, count]) => [name.slice(6), count])),
    networks: { [`192.0.${nth % 250}.0/24`]: accepted },
    lagSeconds: 10 + Math.round(5 * random.next()),
    bodyBytes: 900 + Math.round(200 * random.next()),
    ...(isAttacked && {
      refused: [{ code: 'signature_mismatch', network: random.network(), asn: random.asn(), count: 1 }],
    }),
  }
}
