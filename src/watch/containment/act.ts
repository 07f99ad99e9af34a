/** Contains sources, on request and by policy. The registry keeps what is begun; this file decides whether it may begin. */
import type { Who } from '../../registry/audit/entry.ts'
import type { Member } from '../../registry/members.ts'
import type { ContainResult, Containment } from '../../registry/containment/containment.ts'
import { type Network, parseNetwork } from '../../platform/network.ts'
import type { ContainRequest } from '../incidents/incident.ts'
import type { IncidentRecords } from '../incidents/records.ts'
import { type StoredFinding, type StoredIncident, sourcesOf } from '../incidents/stored.ts'
import { type Silent, begun, lifted, refused } from './describe.ts'
import { type Known, knownAt, minuteOf } from './known.ts'
import { actionable, plannedActions } from './policy.ts'
import { mayBeTheEsp, needsCheck, notBlocked, possibleOf } from './possible.ts'
import { type VerifiedDeps, type Verdict, verdictOn, verifiedSince } from './verified-networks.ts'
import { rotateNow } from './rotate.ts'

export interface ContainmentDeps {
  /** A stub can be used up by a fault, so each use gets a new one. */
  readonly registry: () => {
    readonly sources: Pick<Member<'sources'>, 'find' | 'changeSecret' | 'containments'>
    readonly containments: Member<'containments'>
  }
  readonly verified: VerifiedDeps
  readonly records: IncidentRecords
}

/** A containment that somebody asks for. @param incident null for none */
export interface AskedContainment {
  readonly source: string
  readonly request: ContainRequest
  readonly incident: number | null
  readonly who: Who
}

/** Minutes before a block in which a delivery may have been accepted that was not stored when the block began. */
const UNSTORED_MINUTES = 5

const POLICY: Who = { actor: 'policy', from: null, requestId: 'policy', reason: null }

const VERIFIED_SINCE = 'A delivery from it was verified.'

export async function contain(
  deps: ContainmentDeps,
  asked: AskedContainment,
  nowMs: number,
): Promise<ContainResult> {
  const { source, incident } = asked
  const about = incident === null ? undefined : deps.records.stored(incident)
  if (incident !== null && (about === undefined || !sourcesOf(about).includes(source)))
    return { ok: false, code: 'incident_unknown' }
  return begin(deps, asked, know(deps, nowMs))
}

/** Ends a containment, and notes it at its incident. Null if there is none of this id. */
export async function lift(
  { registry, records }: ContainmentDeps,
  id: string,
  who: Who,
  why = `By ${who.actor}.`,
): Promise<Containment | null> {
  const containment = await registry().containments.lift(id, who)
  if (containment !== null && containment.incident !== null)
    records.contained(containment.incident, containment, lifted(containment, why))
  return containment
}

/**
 * Contains sources as their policies say. The changes of a minute are stored; it is called again for a minute that is repeated.
 *
 * @param open incidents that are neither resolved nor reviewed
 */
export async function containByPolicy(
  deps: ContainmentDeps,
  open: readonly StoredIncident[],
  nowMs: number,
): Promise<void> {
  await liftVerified(deps, nowMs)
  const known = know(deps, nowMs)
  for (const incident of open) {
    for (const finding of actionable(incident)) await applyPolicy(deps, incident.number, finding, known)
    const now = deps.records.stored(incident.number)
    if (now !== undefined && needsCheck(now)) deps.records.checked(now.number, await possibleOf(now, known))
  }
}

const know = ({ registry, verified }: ContainmentDeps, nowMs: number): Known =>
  knownAt(nowMs, (source) => registry().sources.find(source), verified)

/** Does what the policy of a source asks for about one finding. */
async function applyPolicy(
  deps: ContainmentDeps,
  incident: number,
  finding: StoredFinding,
  known: Known,
): Promise<void> {
  const { records } = deps
  const source = finding.source ?? ''
  const view = await known.viewOf(source)
  const made = records.stored(incident)?.containments
  if (view === null || made === undefined) return
  for (const request of plannedActions(finding, made, view, known.nowMs)) {
    const isSilent =
      request.action === 'block' && mayBeTheEsp(view.config, source, await known.verifiedInDay())
    const result: ContainResult | Silent = isSilent
      ? { ok: false, code: 'source_silent' }
      : await begin(deps, { source, request, incident, who: POLICY }, known)
    if (result.ok) continue
    const text = refused(source, request, result)
    const timeline = records.stored(incident)?.timeline ?? []
    if (!timeline.some((line) => line.kind === 'containment_refused' && line.text === text))
      records.note(incident, 'containment_refused', text, source)
  }
}

/** Begins a containment if it may, and notes it at its incident. */
async function begin(deps: ContainmentDeps, asked: AskedContainment, known: Known): Promise<ContainResult> {
  const { request, incident } = asked
  const network = request.action === 'block' ? parseNetwork(request.network) : undefined
  // The registry refuses a network that cannot be read.
  const result = await (network === undefined
    ? beginUnchecked(deps, asked, known)
    : beginBlock(deps, asked, network, known))
  if (result.ok && incident !== null)
    deps.records.contained(incident, result.containment, begun(result.containment))
  return result
}

async function beginUnchecked(
  { registry }: ContainmentDeps,
  { source, request, incident, who }: AskedContainment,
  { nowMs }: Known,
): Promise<ContainResult> {
  if (request.action === 'rotate')
    return rotateNow(registry().sources, { source, slot: request.slot, incident, nowMs }, who)
  const { seconds, ...measure } = request
  return registry().containments.begin(source, measure, seconds, incident, who)
}

/** Blocks a network from which nothing was verified: neither before the block begins, nor while it did. */
async function beginBlock(
  deps: ContainmentDeps,
  asked: AskedContainment,
  network: Network,
  known: Known,
): Promise<ContainResult> {
  const before = verdictOn(network, await known.verifiedInDay())
  if (before !== 'free') return notBlocked(network, before)
  const result = await beginUnchecked(deps, asked, known)
  if (!result.ok) return result
  const after = await verdictSince(deps, network, result.containment, known.nowMs)
  if (after === 'free') return result
  await deps.registry().containments.lift(result.containment.id, POLICY)
  // An earlier block may be around this one.
  if (after === 'verified') await liftVerified(deps, known.nowMs)
  return notBlocked(network, after)
}

/** Verdict on what was verified while a block began. If nobody can tell, the block must not last. */
async function verdictSince(
  { verified, registry }: ContainmentDeps,
  network: Network,
  { id }: Containment,
  nowMs: number,
): Promise<Verdict> {
  try {
    return verdictOn(network, await verifiedSince(verified, minuteOf(nowMs) - UNSTORED_MINUTES, nowMs))
  } catch (cause) {
    await registry().containments.lift(id, POLICY)
    throw cause
  }
}

/** Lifts blocks of networks from which a delivery was verified, at any source: also one that was stored only after the block began. */
async function liftVerified(deps: ContainmentDeps, nowMs: number): Promise<void> {
  const { registry, verified } = deps
  const blocks = (await registry().sources.containments(null)).filter(
    ({ measure, endsAtMs, liftedAtMs }) =>
      measure.action === 'block' && endsAtMs > nowMs && liftedAtMs === null,
  )
  if (blocks.length === 0) return
  const sinceMs = Math.min(...blocks.map(({ startedAtMs }) => startedAtMs))
  const known = await verifiedSince(verified, minuteOf(sinceMs) - UNSTORED_MINUTES, nowMs)
  for (const { id, measure } of blocks) {
    const network = measure.action === 'block' ? parseNetwork(measure.network) : undefined
    if (network !== undefined && verdictOn(network, known) === 'verified')
      await lift(deps, id, POLICY, VERIFIED_SINCE)
  }
}
