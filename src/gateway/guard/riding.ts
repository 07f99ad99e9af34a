/**
 * Lets kept claims ride to their guard with the next question to it, so that under load a delivery costs one call and not
 * two, and its answer waits for none of them.
 */
import type { GuardApi, SettleRequest } from './contract.ts'

/** How long a claim waits for a ride before it goes alone. Until then a copy is told to come back, as while it is in flight. */
const RIDE_WAIT_MS = 50

/** A guard that takes several settles in one call. */
export type RidingGuard = Pick<GuardApi, 'admit' | 'settle'> & {
  settleAll(requests: readonly SettleRequest[]): Promise<void>
}

/**
 * Guards whose `settle` resolves before the guard has heard of it, where the claim may ride.
 *
 * @param inBackground keeps work alive after the answer of the request that is at hand
 */
export function riding(
  guardNamed: (name: string) => RidingGuard,
  inBackground: (work: Promise<unknown>) => void,
): (name: string) => Pick<GuardApi, 'admit' | 'settle'> {
  const waiting = new Map<string, SettleRequest[]>()
  const take = (name: string): readonly SettleRequest[] | undefined => {
    const all = waiting.get(name)
    if (all === undefined || all.length === 0) return undefined
    waiting.set(name, [])
    return all
  }
  const goAlone = async (name: string): Promise<void> => {
    await scheduler.wait(RIDE_WAIT_MS)
    const all = take(name)
    waiting.delete(name)
    if (all === undefined) return
    try {
      await guardNamed(name).settleAll(all)
    } catch {
      // A guard that does not hear of it forgets the lease within a minute, and the consumer drops a copy.
    }
  }
  const wait = (name: string, requests: readonly SettleRequest[]): void => {
    const all = waiting.get(name)
    if (all !== undefined) return void all.push(...requests)
    waiting.set(name, [...requests])
    inBackground(goAlone(name))
  }
  return (name) => ({
    async admit(request) {
      const settled = take(name)
      if (settled === undefined) return guardNamed(name).admit(request)
      try {
        return await guardNamed(name).admit({ ...request, settled })
      } catch (cause) {
        // Whether it heard of them is not known; telling it twice does no harm.
        wait(name, settled)
        throw cause
      }
    },
    async settle(request) {
      if (request.mayRide !== true) return guardNamed(name).settle(request)
      wait(name, [request])
    },
  })
}
