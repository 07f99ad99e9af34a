/** Holds a claim while the delivery is handed over: kept once the queue has everything, given back on every other way out. */
import { type Outcome } from '../outcome.ts'
import { type Admission, type GuardNamed, settle } from './admit.ts'
import type { Claim } from './claim.ts'

/** Runs the work. A fault in it gives the claim back, so that the sender's retry is not mistaken for a copy. */
export async function holding<T>(
  claim: Claim,
  admission: Admission,
  guardNamed: GuardNamed,
  work: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  let kept = false
  try {
    const outcome = await work()
    kept = outcome.ok
    return outcome
  } finally {
    if (kept) await settleClaim(claim, admission, true, guardNamed)
    else await giveBack(claim, admission, guardNamed)
  }
}

export const giveBack = (claim: Claim, admission: Admission, guardNamed: GuardNamed): Promise<void> =>
  settleClaim(claim, admission, false, guardNamed)

async function settleClaim(
  claim: Claim,
  admission: Admission,
  kept: boolean,
  guardNamed: GuardNamed,
): Promise<void> {
  if (admission.kind !== 'admitted') return
  await settle({ fingerprint: claim.fingerprint, lease: admission.lease, kept }, claim.guard, guardNamed)
}
