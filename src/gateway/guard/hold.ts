/** Holds a claim while the delivery is enqueued. Success keeps it; every other exit releases it. */
import { type Outcome } from '../outcome.ts'
import { type Admission, settle } from './admit.ts'
import { type Claim, isSingleUse, placeOf } from './claim.ts'
import { type GuardStores, guardIn } from './stores.ts'

/** Runs the work. A fault releases the claim, so that the sender's retry does not count as a copy. */
export async function holding<O extends Outcome<unknown>>(
  claim: Claim,
  admission: Admission,
  stores: GuardStores,
  work: () => Promise<O>,
): Promise<O> {
  let kept = false
  try {
    const outcome = await work()
    kept = outcome.ok
    return outcome
  } finally {
    if (kept) await settleClaim(claim, admission, true, stores)
    else await giveBack(claim, admission, stores)
  }
}

export const giveBack = (claim: Claim, admission: Admission, stores: GuardStores): Promise<void> =>
  settleClaim(claim, admission, false, stores)

async function settleClaim(
  claim: Claim,
  admission: Admission,
  kept: boolean,
  stores: GuardStores,
): Promise<void> {
  if (admission.kind === 'duplicate') return
  const { fingerprint, guard } = claim
  if (!kept) stores.isolate.giveBack(placeOf(guard).source, admission.atSeconds)
  if (admission.kind === 'degraded') {
    // Only now: if the queue refused the delivery, its retry is not a copy.
    if (kept) stores.isolate.noteKept(claim, admission.atSeconds * 1_000)
    return
  }
  const { lease, store } = admission
  // A single-use token must be durable before the answer.
  const request = { fingerprint, lease, kept, deferrable: kept && !isSingleUse(claim) }
  await settle(request, guard, guardIn(stores, store))
}
