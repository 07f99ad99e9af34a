/** The calls that begin and end containments, for the object of incidents. Guards are notified as they are of a revoked secret. */
import { RpcTarget } from 'cloudflare:workers'
import { toInstant } from '../../platform/time.ts'
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { unknown } from '../owners/owners.ts'
import { UNCHANGED, planReload } from '../owners/plan.ts'
import { SOURCES } from '../sources/kind.ts'
import { checkMeasure } from './check-measure.ts'
import type { ContainRefused, ContainResult, Containment, Measure } from './containment.ts'
import { ACTIVE_MAX, type Began } from './containment-tables.ts'

export class Containments extends RpcTarget {
  readonly #changes: Changes

  constructor(changes: Changes) {
    super()
    this.#changes = changes
  }

  /**
   * Begins a containment. The caller has checked that no delivery from a network to block was verified; the registry itself refuses
   * networks that the ESP publishes or the source allows. The same measure again keeps its id and the later of both ends.
   */
  async begin(
    source: string,
    measure: Measure,
    seconds: number,
    incident: number | null,
    who: Who,
  ): Promise<ContainResult> {
    const { sources } = this.#changes.tables
    const { containments } = sources
    let begun: ContainRefused | Began = UNKNOWN
    const done = await this.#changes.change(sources, source, who, null, (before, { nowMs }) => {
      if (before === undefined) return unknown(SOURCES)
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
      const records = { before: same === undefined ? null : recordOf(same), after: recordOf(next) }
      const draft = { action: 'containment.began', target: `source/${source}`, ...records } as const
      return planReload(before, draft, () => containments.write(next, nowMs))
    })
    const result = begun as ContainRefused | Began
    if ('ok' in result) return result
    return { ok: true, containment: result, unreached: done.ok ? done.unreached : [] }
  }

  /** Ends it now. Null if there is none of this id that has not ended. */
  async lift(id: string, who: Who): Promise<Containment | null> {
    const { sources } = this.#changes.tables
    const { containments } = sources
    const found = containments.find(id)
    if (found === undefined) return null
    let lifted: Began | null = null
    await this.#changes.change(sources, found.source, who, null, (before, { nowMs }) => {
      if (before === undefined) return unknown(SOURCES)
      const lasting = containments.active(found.source, nowMs).find((one) => one.id === id)
      if (lasting === undefined) return UNCHANGED
      const ended: Began = { ...lasting, liftedAtMs: nowMs, liftedBy: who.actor }
      lifted = ended
      const records = { before: recordOf(lasting), after: null }
      const draft = { action: 'containment.lifted', target: `source/${found.source}`, ...records } as const
      return planReload(before, draft, () => containments.write(ended, nowMs))
    })
    return lifted
  }
}

const isSame = (one: Measure, other: Measure): boolean => JSON.stringify(one) === JSON.stringify(other)

const recordOf = ({ id, measure, endsAtMs, incident }: Began) => ({
  id,
  ...measure,
  ends_at: toInstant(endsAtMs),
  incident,
})

const UNKNOWN = { ok: false, code: 'source_unknown' } as const
