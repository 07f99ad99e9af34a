/**
 * Stages 2 to 4: authenticate, check, guard. They run under the newest known version of the source. The guard's answer names
 * that version, so a secret that was revoked a moment ago is refused on the next request, without an extra round trip.
 */
import type { Delivery } from '../providers/shared/presented-credentials.ts'
import { containedBy } from './accept/containment.ts'
import { type Known, knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { authenticate } from './authenticate/index.ts'
import type { Verified } from './authenticate/verified.ts'
import { check, withAdmission } from './check/index.ts'
import { EMPTY_RECORD } from './check/record.ts'
import { windowSecondsOf } from './check/replay.ts'
import { type DeliveryContext, type Step, step, withSource } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { type Admission, admit, degradedOf } from './guard/admit.ts'
import { type Claim, claimOf } from './guard/claim.ts'
import { MEMORY_WINDOWS } from './guard/contract.ts'
import { giveBack } from './guard/hold.ts'
import { type Outcome, pass, refuse } from './outcome.ts'
import { dependsOnVersion } from './respond.ts'

/** A verified delivery that the guard has answered for. */
export interface Entered extends Known {
  readonly verified: Verified
  readonly claim: Claim
  readonly admission: Admission
}

/** Attempts for one delivery. A source that changes more often meanwhile is changed by a script; the sender may retry. */
const ATTEMPTS_MAX = 3

export async function enter(
  first: FoundSource,
  delivery: Delivery,
  before: DeliveryContext,
  deps: Deps,
): Promise<Step<Entered>> {
  let found = first
  let context = before
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const known = knownSource(found)
    if (!known.ok) return step(known, context)
    const { source, provider } = known.value

    const contained = containedBy(known.value, delivery.client, deps.nowMs())
    if (!contained.ok) return step(contained, withSource(context, known.value, deps.nowMs()))

    const { outcome: verified, ...judged } = await judge(delivery, known.value, deps)
    context = { ...withSource(context, known.value, deps.nowMs()), ...judged }
    if (!verified.ok) {
      const newer = dependsOnVersion(verified.refusal.code) ? await newerSource(found, deps) : undefined
      if (newer === undefined) return step(verified, context)
      found = newer
      continue
    }

    const claim = await claimOf(verified.value, source)
    const memorySeconds = MEMORY_WINDOWS * windowSecondsOf(source, provider)
    const admission = await admit(claim, source, memorySeconds, deps.nowMs(), deps.guards)
    context = { ...context, checks: withAdmission(context.checks, admission) }
    if (!admission.ok) return step(admission, context)
    context = { ...context, degraded: degradedOf(admission.value) }
    if (admission.value.kind === 'admitted' && verified.value.mayCauseRequests)
      deps.clientMemory.noteVerified(source.name, delivery.client.address)
    if (admission.value.kind === 'degraded' || admission.value.sourceVersion <= source.version) {
      const entered = { ...known.value, verified: verified.value, claim, admission: admission.value }
      return step(pass(entered), context)
    }
    await giveBack(claim, admission.value, deps.guards)
    found = await deps.sources.reload(source.name, deps.nowMs())
  }
  return step(refuse({ code: 'configuration_unavailable' }), context)
}

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

/** The source, if it has changed since it was cached. A refusal can be the sign of it. Asks once a second at most. */
export async function newerSource(found: FoundSource, deps: Deps): Promise<FoundSource | undefined> {
  if (found.state !== 'known' || !deps.sources.mayRecheck(found, deps.nowMs())) return undefined
  const newer = await deps.sources.reload(found.source.name, deps.nowMs())
  const changed =
    newer.state === 'unknown' || (newer.state === 'known' && newer.source.version !== found.source.version)
  return changed ? newer : undefined
}
