/** Deliveries of an attacker, of each kind that must not count. */
import type { Random } from './mail.ts'
import { pick } from './mail.ts'
import type { Account, SimulatedEvent, OutgoingRequest } from './sender.ts'

/** Access that an attacker has. */
export interface Means {
  /** An account of the same ESP with keys of its own. */
  readonly forger: Account
  /** The real account, for its past deliveries and for deliveries with a wrong clock. */
  readonly account: Account
  readonly past: readonly OutgoingRequest[]
  readonly simulated: SimulatedEvent
  readonly nowSeconds: number
  readonly random: Random
}

export type AttackName = 'forged' | 'replayed' | 'malformed' | 'stale'

/** Longer than any ESP retries. */
const STALE_SECONDS = 9 * 86_400

const ATTACKS: ReadonlyMap<AttackName, (means: Means) => Promise<OutgoingRequest | undefined>> = new Map([
  ['forged', ({ forger, simulated, nowSeconds }) => forger.deliver([simulated], nowSeconds)],
  ['replayed', async ({ past, random }) => (past.length === 0 ? undefined : pick(past, random))],
  [
    'malformed',
    async ({ account, simulated, nowSeconds }) => {
      const complete = await account.deliver([simulated], nowSeconds)
      const later = await account.deliver([simulated], nowSeconds + 1)
      if (areCredentials(complete, later)) return undefined
      return { ...complete, body: complete.body.subarray(0, Math.floor(complete.body.byteLength / 2)) }
    },
  ],
  [
    'stale',
    async ({ account, simulated, nowSeconds }) => {
      const occurredAtSeconds = simulated.occurredAtSeconds - STALE_SECONDS
      const stale = await account.deliver([{ ...simulated, occurredAtSeconds }], nowSeconds - STALE_SECONDS)
      return areCredentials(stale, await account.deliver([simulated], nowSeconds)) ? undefined : stale
    },
  ],
])

/** The proof is the same at any time and for any body: whoever has it is the ESP, and what they send counts. */
const areCredentials = (one: OutgoingRequest, other: OutgoingRequest): boolean =>
  one.proofHeaders.length > 0 && one.proofHeaders.every((name) => one.headers[name] === other.headers[name])

export const ATTACK_NAMES: readonly AttackName[] = [...ATTACKS.keys()]

/** One attack, or undefined if its prerequisites are not there yet. */
export const attackTraffic = async (name: AttackName, means: Means): Promise<OutgoingRequest | undefined> =>
  ATTACKS.get(name)?.(means)
