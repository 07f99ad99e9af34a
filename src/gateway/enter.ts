/**
 * Stages 2 to 4: authenticate, check, guard. They run again if a refusal may be due to an old version of the source, or if the guard's
 * answer names a newer one.
 */
import type { Delivery } from '../providers/shared/presented-credentials.ts'
import { containedBy } from './accept/containment.ts'
import type { Known } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { authenticate } from './authenticate/index.ts'
import type { Verified } from './authenticate/verified.ts'
import { check, withAdmission } from './check/index.ts'
import { EMPTY_RECORD } from './check/record.ts'
import { windowSecondsOf } from './check/replay.ts'
import { withCurrentSource } from './current-source.ts'
import { type DeliveryContext, type Step, step, withSource } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { type Admission, admit, degradedOf } from './guard/admit.ts'
import { type Claim, claimOf } from './guard/claim.ts'
import { MEMORY_WINDOWS } from './guard/contract.ts'
import { release } from './guard/with-claim.ts'
import { type Outcome, pass } from './outcome.ts'
import { dependsOnVersion } from './respond.ts'

/** A verified delivery that the guard has answered for. */
export interface Entered extends Known {
  readonly verified: Verified
  readonly claim: Claim
  readonly admission: Admission
}

export const enter = (
  found: FoundSource,
  delivery: Delivery,
  before: DeliveryContext,
  deps: Deps,
): Promise<Step<Entered>> =>
  withCurrentSource<Entered>(found, before, deps, async (known, earlier) => {
    const { source, provider } = known
    const contained = containedBy(known, delivery.client, deps.nowMs())
    if (!contained.ok) return { judged: step(contained, withSource(earlier, known, deps.nowMs())) }

    const { outcome: verified, ...findings } = await judge(delivery, known, deps)
    let context: DeliveryContext = { ...withSource(earlier, known, deps.nowMs()), ...findings }
    if (!verified.ok)
      return {
        judged: step(verified, context),
        ...(dependsOnVersion(verified.refusal.code) && { newer: 'perhaps' }),
      }

    const claim = await claimOf(verified.value, source)
    const memorySeconds = MEMORY_WINDOWS * windowSecondsOf(source, provider)
    const admission = await admit(claim, source, memorySeconds, deps.nowMs(), deps.guards)
    context = { ...context, checks: withAdmission(context.checks, admission) }
    if (!admission.ok) return { judged: step(admission, context) }
    context = { ...context, degraded: degradedOf(admission.value) }
    if (admission.value.kind === 'admitted' && verified.value.mayCauseRequests)
      deps.clientMemory.noteVerified(source.name, delivery.client.address)
    const entered = { ...known, verified: verified.value, claim, admission: admission.value }
    const judged = step(pass(entered), context)
    if (admission.value.kind === 'degraded' || admission.value.sourceVersion <= source.version)
      return { judged }
    await release(claim, admission.value, deps.guards)
    return { judged, newer: 'exists' }
  })

/** The outcome of stages 2 and 3, and what they found out. */
interface Judged extends Pick<DeliveryContext, 'attempted' | 'verified' | 'checks'> {
  readonly outcome: Outcome<Verified>
}

async function judge(delivery: Delivery, { source, provider }: Known, deps: Deps): Promise<Judged> {
  const nowMs = deps.nowMs()
  const { fetch, hosts, clientMemory, sharedFiles } = deps
  const outside = { nowMs, fetch, hosts, clientMemory, sharedFiles }
  const { outcome, attempted } = await authenticate(delivery, provider, source, outside)
  if (!outcome.ok) return { outcome, attempted, verified: [], checks: EMPTY_RECORD }
  const checked = check(outcome.value, source, provider, nowMs)
  return {
    outcome: checked.outcome.ok ? outcome : checked.outcome,
    attempted,
    verified: outcome.value.methods,
    checks: checked.record,
  }
}
