/**
 * Stages 2 to 4 under the newest source that anybody knows of: authenticate, check, guard. The guard's answer carries the
 * source's version, so a secret revoked a moment ago is refused on the very next request, at no extra round trip.
 */
import type { Delivery } from '../providers/evidence.ts'
import { type Known, knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { authenticate } from './authenticate/index.ts'
import type { Proven } from './authenticate/proven.ts'
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
import { isUnproven } from './respond.ts'
import type { Trail } from './trail.ts'

/** A proven delivery that the guard has answered for. */
export interface Entered extends Known {
  readonly proven: Proven
  readonly claim: Claim
  readonly admission: Admission
}

/** A source that changes faster than this while one delivery is looked at is being scripted; the sender may come back. */
const TURNS_MAX = 3

export async function enter(
  first: FoundSource,
  delivery: Delivery,
  trail: Trail,
  deps: Deps,
): Promise<Outcome<Entered>> {
  let found = first
  for (let turn = 0; turn < TURNS_MAX; turn++) {
    const known = knownSource(found, trail)
    if (!known.ok) return known
    const { source, provider } = known.value

    const proven = await judge(delivery, known.value, trail, deps)
    if (!proven.ok) {
      const newer = isUnproven(proven.refusal.code) ? await newerSource(found, deps) : undefined
      if (newer === undefined) return proven
      found = newer
      continue
    }

    const claim = await claimOf(proven.value, source)
    const memorySeconds = MEMORY_WINDOWS * windowSecondsOf(source, provider)
    const admission = await admit(claim, source, memorySeconds, deps.nowMs(), deps.guards)
    trail.checks = withAdmission(trail.checks, admission)
    if (!admission.ok) return admission
    trail.degraded = degradedOf(admission.value)
    if (admission.value.kind === 'admitted' && proven.value.mayCauseRequests)
      deps.clientMemory.noteProven(source.name, delivery.client.address)
    if (admission.value.kind === 'degraded' || admission.value.sourceVersion <= source.version) {
      return pass({ ...known.value, proven: proven.value, claim, admission: admission.value })
    }
    await giveBack(claim, admission.value, deps.guards)
    found = await deps.sources.reload(source.name, deps.nowMs())
  }
  return refuse({ code: 'configuration_unavailable' })
}

async function judge(
  delivery: Delivery,
  { source, provider }: Known,
  trail: Trail,
  deps: Deps,
): Promise<Outcome<Proven>> {
  const nowMs = deps.nowMs()
  const { fetch, clientMemory, sharedFiles } = deps
  const outside = { nowMs, fetch, clientMemory, sharedFiles }
  const { outcome, tried } = await authenticate(delivery, provider, source, outside)
  trail.tried = tried
  trail.proved = outcome.ok ? outcome.value.methods : []
  trail.checks = EMPTY_RECORD
  if (!outcome.ok) return outcome
  const checked = check(outcome.value, source, provider, Math.floor(nowMs / 1_000))
  trail.checks = checked.record
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
