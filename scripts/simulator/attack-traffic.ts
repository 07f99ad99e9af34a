/** What a stranger sends: each kind of delivery that must not count. */
import type { Random } from './mail.ts'
import { pick } from './mail.ts'
import type { Account, SimulatedEvent, OutgoingRequest } from './sender.ts'

/** What a stranger can lay hands on. */
export interface Means {
  /** An account of the same ESP with keys of its own. */
  readonly forger: Account
  /** The real account; only its past deliveries can be had, but the clock of the one below may be wrong. */
  readonly account: Account
  readonly past: readonly OutgoingRequest[]
  readonly simulated: SimulatedEvent
  readonly nowSeconds: number
  readonly random: Random
}

export type AttackName = 'forged' | 'replayed' | 'malformed' | 'stale'

/** Longer ago than any ESP tries again. */
const STALE_SECONDS = 9 * 86_400

const MISCHIEF: ReadonlyMap<AttackName, (means: Means) => Promise<OutgoingRequest | undefined>> = new Map([
  ['forged', ({ forger, simulated, nowSeconds }) => forger.deliver([simulated], nowSeconds)],
  ['replayed', async ({ past, random }) => (past.length === 0 ? undefined : pick(past, random))],
  [
    'malformed',
    async ({ account, simulated, nowSeconds }) => {
      const whole = await account.deliver([simulated], nowSeconds)
      return { ...whole, body: whole.body.subarray(0, Math.floor(whole.body.byteLength / 2)) }
    },
  ],
  [
    'stale',
    ({ account, simulated, nowSeconds }) =>
      account.deliver(
        [{ ...simulated, occurredAtSeconds: simulated.occurredAtSeconds - STALE_SECONDS }],
        nowSeconds - STALE_SECONDS,
      ),
  ],
])

const NAMES: readonly AttackName[] = [...MISCHIEF.keys()]

/** One piece of attackTraffic, or undefined where the means for it are not there yet. */
export async function attackTraffic(
  means: Means,
): Promise<{ readonly name: AttackName; readonly request: OutgoingRequest } | undefined> {
  const name = pick(NAMES, means.random)
  const request = await MISCHIEF.get(name)?.(means)
  return request === undefined ? undefined : { name, request }
}
