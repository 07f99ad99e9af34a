/** Contains sources, on request and by policy. The registry keeps what is begun; this file decides whether it may begin. */
import type { Who } from '../../registry/audit/entry.ts'
import type { RegistryApi } from '../../registry/api.ts'
import type { ContainRefused, ContainResult, Containment } from '../../registry/containment/containment.ts'
import { type Network, networkText, parseNetwork } from '../../platform/network.ts'
import type { SourceView } from '../../registry/sources/source.ts'
import type { ContainRequest } from '../incidents/incident.ts'
import type { Containing, IncidentRecords } from '../incidents/parts.ts'
import type { StoredFinding, StoredIncident } from '../incidents/stored.ts'
import { type Silent, begun, lifted, refused } from './describe.ts'
import { actionable, wishesOf } from './policy.ts'
import { mayBeTheEsp, needsCheck, possibleOf } from './possible.ts'
import {
  type VerifiedNetworks,
  type VerifiedDeps,
  type Verdict,
  judge,
  verifiedSince,
} from './verified-networks.ts'
import { rotateNow } from './rotate.ts'

export interface ActDeps {
  /** A stub can be used up by a fault, so each use gets a new one. */
  readonly registry: () => Pick<
    RegistryApi,
    'view' | 'rotate' | 'beginContainment' | 'liftContainment' | 'containments'
  >
  readonly verified: VerifiedDeps
  readonly nowMs: () => number
}

const DAY_MINUTES = 1_440

/** Minutes before a block in which a delivery may have been accepted that was not stored when the block began. */
const UNSTORED_MINUTES = 5

const POLICY: Who = { actor: 'policy', from: null, requestId: 'policy', reason: null }

const VERIFIED_SINCE = 'A delivery from it was verified.'

export class ContainmentActs implements Containing {
  readonly #deps: ActDeps

  constructor(deps: ActDeps) {
    this.#deps = deps
  }

  async contain(
    source: string,
    request: ContainRequest,
    incident: number | null,
    who: Who,
    records: IncidentRecords,
  ): Promise<ContainResult> {
    if (incident !== null && records.incident(incident)?.sources.includes(source) !== true)
      return { ok: false, code: 'incident_unknown' }
    const result = await this.#begin(source, request, incident, who, () => this.#verifiedInDay(), records)
    if (result.ok && incident !== null)
      records.contained(incident, result.containment, begun(result.containment))
    return result
  }

  async lift(id: string, who: Who, records: IncidentRecords): Promise<Containment | null> {
    return this.#lift(id, who, `By ${who.actor}.`, records)
  }

  async afterMinute(open: readonly StoredIncident[], records: IncidentRecords, nowMs: number): Promise<void> {
    await this.#liftVerified(records, nowMs)
    // Asked once for all networks of the minute.
    let verified: Promise<VerifiedNetworks> | undefined
    const verifiedInDay = () => (verified ??= this.#verifiedInDay())
    const views = new Map<string, Promise<SourceView | null>>()
    const viewOf = (source: string): Promise<SourceView | null> => {
      const view = views.get(source) ?? this.#deps.registry().view(source)
      views.set(source, view)
      return view
    }
    for (const incident of open) {
      for (const finding of actionable(incident))
        await this.#obey(incident.number, finding, viewOf, verifiedInDay, records)
      const now = records.stored(incident.number)
      if (now !== undefined && needsCheck(now))
        records.checked(now.number, await possibleOf(now, viewOf, verifiedInDay, nowMs))
    }
  }

  /** Does what the policy of a source asks for about one finding. */
  async #obey(
    incident: number,
    finding: StoredFinding,
    viewOf: (source: string) => Promise<SourceView | null>,
    verifiedInDay: () => Promise<VerifiedNetworks>,
    records: IncidentRecords,
  ): Promise<void> {
    const source = finding.source ?? ''
    const view = await viewOf(source)
    const made = records.incident(incident)?.containments
    if (view === null || made === undefined) return
    for (const request of wishesOf(finding, made, view, this.#deps.nowMs())) {
      const isSilent = request.action === 'block' && mayBeTheEsp(view.config, source, await verifiedInDay())
      const result: ContainResult | Silent = isSilent
        ? { ok: false, code: 'source_silent' }
        : await this.#begin(source, request, incident, POLICY, verifiedInDay, records)
      if (result.ok) {
        records.contained(incident, result.containment, begun(result.containment))
        continue
      }
      const text = refused(source, request, result)
      const timeline = records.incident(incident)?.timeline ?? []
      if (!timeline.some((line) => line.kind === 'containment_refused' && line.text === text))
        records.note(incident, 'containment_refused', text, source)
    }
  }

  async #begin(
    source: string,
    request: ContainRequest,
    incident: number | null,
    who: Who,
    verifiedInDay: () => Promise<VerifiedNetworks>,
    records: IncidentRecords,
  ): Promise<ContainResult> {
    const { registry, nowMs } = this.#deps
    if (request.action === 'rotate')
      return rotateNow(registry(), { source, slot: request.slot, incident, nowMs: nowMs() }, who)
    const { seconds, ...measure } = request
    const network = measure.action === 'block' ? parseNetwork(measure.network) : undefined
    // The registry refuses a network that cannot be read.
    if (network === undefined) return registry().beginContainment(source, measure, seconds, incident, who)
    const before = judge(await verifiedInDay(), network)
    if (before !== 'free') return notBlocked(network, before)
    const result = await registry().beginContainment(source, measure, seconds, incident, who)
    if (!result.ok) return result
    const after = await this.#verdictSince(network, result.containment)
    if (after === 'free') return result
    await registry().liftContainment(result.containment.id, POLICY)
    // An earlier block may be around this one.
    if (after === 'verified') await this.#liftVerified(records, nowMs())
    return notBlocked(network, after)
  }

  /** Verdict on what was verified while a block began. If nobody can tell, the block must not last. */
  async #verdictSince(network: Network, { id }: Containment): Promise<Verdict> {
    const { verified, nowMs, registry } = this.#deps
    try {
      return judge(await verifiedSince(verified, minuteOf(nowMs()) - UNSTORED_MINUTES, nowMs()), network)
    } catch (cause) {
      await registry().liftContainment(id, POLICY)
      throw cause
    }
  }

  #verifiedInDay(): Promise<VerifiedNetworks> {
    const { verified, nowMs } = this.#deps
    return verifiedSince(verified, minuteOf(nowMs()) - DAY_MINUTES, nowMs())
  }

  /** Lifts blocks of networks from which a delivery was verified, at any source: also one that was stored only after the block began. */
  async #liftVerified(records: IncidentRecords, nowMs: number): Promise<void> {
    const { registry, verified } = this.#deps
    const blocks = (await registry().containments(null)).filter(
      ({ measure, endsAtMs, liftedAtMs }) =>
        measure.action === 'block' && endsAtMs > nowMs && liftedAtMs === null,
    )
    if (blocks.length === 0) return
    const sinceMs = Math.min(...blocks.map(({ startedAtMs }) => startedAtMs))
    const known = await verifiedSince(verified, minuteOf(sinceMs) - UNSTORED_MINUTES, nowMs)
    for (const { id, measure } of blocks) {
      const network = measure.action === 'block' ? parseNetwork(measure.network) : undefined
      if (network !== undefined && judge(known, network) === 'verified')
        await this.#lift(id, POLICY, VERIFIED_SINCE, records)
    }
  }

  async #lift(id: string, who: Who, why: string, records: IncidentRecords): Promise<Containment | null> {
    const containment = await this.#deps.registry().liftContainment(id, who)
    if (containment !== null && containment.incident !== null)
      records.contained(containment.incident, containment, lifted(containment, why))
    return containment
  }
}

const minuteOf = (ms: number): number => Math.floor(ms / 60_000)

const notBlocked = (network: Network, verdict: Exclude<Verdict, 'free'>): ContainRefused => ({
  ok: false,
  code: 'network_verified',
  network: networkText(network),
  isCertain: verdict === 'verified',
})
