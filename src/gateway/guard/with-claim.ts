/** Holds a claim while the delivery is enqueued. Success keeps it; every other exit releases it. */
import { type Outcome } from '../outcome.ts'
import { type Admission, settle } from './admit.ts'
import { type Claim, isSingleUse, placeOf } from './claim.ts'
import { type GuardStores, guardIn } from './stores.ts'

/**
 * Runs the work. A fault releases the claim, so that the sender's retry does not count as a copy.
 *
 * @param unwritten the outcome if the claim must be durable before the answer and could not be written: the sender must try again, and
 *   its events, which the queue has, are stored once all the same
 */
export async function withClaim<O extends Outcome<unknown>>(
  claim: Claim,
  admission: Admission,
  stores: GuardStores,
  work: () => Promise<O>,
  unwritten: (outcome: O) => O,
): Promise<O> {
  let outcome: O | undefined
  try {
    outcome = await work()
  } finally {
    if (outcome?.ok !== true) await release(claim, admission, stores)
  }
  if (!outcome.ok) return outcome
  const isWritten = await settleClaim(claim, admission, true, stores)
  return isWritten || !isSingleUse(claim) ? outcome : unwritten(outcome)
}

export async function release(claim: Claim, admission: Admission, stores: GuardStores): Promise<void> {
  await settleClaim(claim, admission, false, stores)
}

/** @returns false if the guard did not do it */
async function settleClaim(
  claim: Claim,
  admission: Admission,
  kept: boolean,
  stores: GuardStores,
): Promise<boolean> {
  if (admission.kind === 'duplicate') return true
  const { fingerprint, guard } = claim
  if (!kept) stores.isolate.release(placeOf(guard).source, admission.atSeconds)
  if (admission.kind === 'degraded') {
    // Only now: if the queue refused the delivery, its retry is not a copy.
    if (kept) stores.isolate.noteKept(claim, admission.atSeconds * 1_000)
    return true
  }
  const { lease, store } = admission
  // A single-use token must be durable before the answer.
  const request = { fingerprint, lease, kept, deferrable: kept && !isSingleUse(claim) }
  return settle(request, guard, guardIn(stores, store))
}
