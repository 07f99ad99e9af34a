/** The registry's calls about containment. Guards are notified as they are of a revoked secret. */
import type { Who } from '../audit/entry.ts'
import { OperatorRegistry } from '../operators/operator-registry.ts'
import { checkMeasure } from './check-measure.ts'
import type { ContainRefused, ContainResult, Containment, ContainmentsApi, Measure } from './containment.ts'
import { ACTIVE_MAX, type Began } from './containments.ts'
import { planBegin, planLift } from './plan.ts'

export abstract class ContainmentRegistry extends OperatorRegistry implements ContainmentsApi {
  /** The same measure again keeps its id and the later of both ends. */
  async beginContainment(
    source: string,
    measure: Measure,
    seconds: number,
    incident: number | null,
    who: Who,
  ): Promise<ContainResult> {
    const { containments } = this.changes.tables
    let begun: ContainRefused | Began = UNKNOWN
    const done = await this.changes.changeSource(source, who, null, (before, { nowMs }) => {
      if (before === undefined) return UNKNOWN
      const checked = checkMeasure(measure, seconds, before.config)
      if (!checked.ok) {
        begun = checked
        return UNCHANGED
      }
      const lasting = containments.active(source, nowMs)
      const same = lasting.find((one) => isSame(one.measure, checked.measure))
      const next: Began = {
        id: same?.id ?? crypto.randomUUID(),
        source,
        measure: checked.measure,
        startedAtMs: same?.startedAtMs ?? nowMs,
        endsAtMs: nowMs + seconds * 1_000,
        liftedAtMs: null,
        liftedBy: null,
        incident: same?.incident ?? incident,
        by: same?.by ?? who.actor,
      }
      if (same !== undefined && same.endsAtMs >= next.endsAtMs) {
        begun = same
        return UNCHANGED
      }
      if (same === undefined && lasting.length >= ACTIVE_MAX) {
        begun = { ok: false, code: 'too_many_containments' }
        return UNCHANGED
      }
      begun = next
      return planBegin(before, containments, same, next, nowMs)
    })
    const result = begun as ContainRefused | Began
    if ('ok' in result) return result
    return { ok: true, containment: result, unreached: done.ok ? done.unreached : [] }
  }

  async liftContainment(id: string, who: Who): Promise<Containment | null> {
    const { containments } = this.changes.tables
    const found = containments.find(id)
    if (found === undefined) return null
    let lifted: Began | null = null
    await this.changes.changeSource(found.source, who, null, (before, { nowMs }) => {
      if (before === undefined) return UNKNOWN
      const lasting = containments.active(found.source, nowMs).find((one) => one.id === id)
      if (lasting === undefined) return UNCHANGED
      lifted = { ...lasting, liftedAtMs: nowMs, liftedBy: who.actor }
      return planLift(before, containments, lasting, who.actor, nowMs)
    })
    return lifted
  }

  async containments(source: string | null): Promise<Containment[]> {
    return this.changes.tables.containments.list(source, this.nowMs())
  }
}

const isSame = (one: Measure, other: Measure): boolean => JSON.stringify(one) === JSON.stringify(other)

const UNCHANGED = { ok: true, next: 'unchanged' } as const
const UNKNOWN = { ok: false, code: 'source_unknown' } as const
