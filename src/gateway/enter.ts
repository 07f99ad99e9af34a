/**
 * Stages 2 to 4 under the newest source that anybody knows of: authenticate, check, guard. The guard's answer carries the
 * source's version, so a secret revoked a moment ago is refused on the very next request, at no extra round trip.
 */
import type { Delivery } from '../providers/presented-credentials.ts'
import { type Known, knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { authenticate } from './authenticate/index.ts'
import type { Verified } from './authenticate/verified.ts'
import { check } from './check/index.ts'
import { EMPTY_RECORD } from './check/level.ts'
import { windowSecondsOf } from './check/replay-window.ts'
import type { Deps } from './deps.ts'
import { type Admission, admit, degradedOf } from './guard/admit.ts'
import { type Claim, claimOf } from './guard/claim.ts'
import { MEMORY_WINDOWS } from './guard/contract.ts'
import { withAdmission } from './guard/findings.ts'
import { giveBack } from './guard/hold.ts'
import { type Outcome, pass, refuse } from './outcome.ts'
import { isUnverified } from './respond.ts'
import type { DeliveryContext } from './delivery-context.ts'

/** A verified delivery that the guard has answered for. */
export interface Entered extends Known {
  readonly verified: Verified
  readonly claim: Claim
  readonly admission: Admission
}

/** A source that changes faster than this while one delivery is looked at is being scripted; the sender may come back. */
const TURNS_MAX = 3

export async function enter(
  first: FoundSource,
  delivery: Delivery,
  context: DeliveryContext,
  deps: Deps,
): Promise<Outcome<Entered>> {
  let found = first
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const known = knownSource(found, context)
    if (!known.ok) return known
    const { source, provider } = known.value

    const verified = await judge(delivery, known.value, context, deps)
    if (!verified.ok) {
      const newer = isUnverified(verified.refusal.code) ? await newerSource(found, deps) : undefined
      if (newer === undefined) return verified
      found = newer
      continue
    }

    const claim = await claimOf(verified.value, source)
    const memorySeconds = MEMORY_WINDOWS * windowSecondsOf(source, provider)
    const admission = await admit(claim, source, memorySeconds, deps.nowMs(), deps.guards)
    context.checks = withAdmission(context.checks, admission)
    if (!admission.ok) return admission
    context.degraded = degradedOf(admission.value)
    if (admission.value.kind === 'admitted' && verified.value.mayCauseRequests)
      deps.clientMemory.noteVerified(source.name, delivery.client.address)
    if (admission.value.kind === 'degraded' || admission.value.sourceVersion <= source.version) {
      return pass({ ...known.value, verified: verified.value, claim, admission: admission.value })
    }
    await giveBack(claim, admission.value, deps.guards)
    found = await deps.sources.reload(source.name, deps.nowMs())
  }
  return refuse({ code: 'configuration_unavailable' })
}

async function judge(
  delivery: Delivery,
  { source, provider }: Known,
  context: DeliveryContext,
  deps: Deps,
): Promise<Outcome<Verified>> {
  const nowMs = deps.nowMs()
  const { fetch, clientMemory, sharedFiles } = deps
  const outside = { nowMs, fetch, clientMemory, sharedFiles }
  const { outcome, attempted } = await authenticate(delivery, provider, source, outside)
  context.attempted = attempted
  context.verified = outcome.ok ? outcome.value.methods : []
  context.checks = EMPTY_RECORD
  if (!outcome.ok) return outcome
  const checked = check(outcome.value, source, provider, Math.floor(nowMs / 1_000))
  context.checks = checked.record
  return checked.outcome.ok ? outcome : checked.outcome
}

/** A failed proof may mean that the source changed a moment ago: looked at again at most once a second a source. */
export async function newerSource(found: FoundSource, deps: Deps): Promise<FoundSource | undefined> {
  if (found.state !== 'known' || !deps.sources.mayRecheck(found, deps.nowMs())) return undefined
  const newer = await deps.sources.reload(found.source.name, deps.nowMs())
  const changed =
    newer.state === 'unknown' || (newer.state === 'known' && newer.source.version !== found.source.version)
  return changed ? newer : undefined
}
