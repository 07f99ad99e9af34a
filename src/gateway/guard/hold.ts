/** Holds a claim while the delivery is handed over: kept once the queue has everything, given back on every other way out. */
import { type Outcome } from '../outcome.ts'
import { type Admission, settle } from './admit.ts'
import { type Claim, isSingleUse, placeOf } from './claim.ts'
import { type GuardStores, guardIn } from './stores.ts'

/** Runs the work. A fault in it gives the claim back, so that the sender's retry is not mistaken for a copy. */
export async function holding<T>(
  claim: Claim,
  admission: Admission,
  stores: GuardStores,
  work: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
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
    // Only now: a sender whose delivery the queue refused comes again, and is no copy.
    if (kept) stores.isolate.noteKept(claim, admission.atSeconds * 1_000)
    return
  }
  const { lease, store } = admission
  // A single-use token must be used up before the answer.
  const request = { fingerprint, lease, kept, deferrable: kept && !isSingleUse(claim) }
  await settle(request, guard, guardIn(stores, store))
}
