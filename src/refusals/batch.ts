/** Adds up reports of refusals, copies and defects. Its size is bounded, whatever is reported; sums of counts stay exact. */
import { DefectTally } from './defect-tally.ts'
import { ObservedTally } from './observed-tally.ts'
import {
  type DefectCount,
  type FirstCalls,
  type ObservedCount,
  type RefusalClass,
  type RefusalRecord,
  type RefusalReport,
  addFirstCalls,
  classOf,
} from './refusal.ts'
import { Tally } from './tally.ts'

export class ReportBatch {
  readonly #tally = new Tally()
  readonly #shares = new SampleQuota()
  readonly #latest: RefusalRecord[] = []
  readonly #duplicates = new Map<string, number>()
  readonly #handshakes = new Set<string>()
  readonly #firstCalls = new Map<string, FirstCalls>()
  readonly #defects = new DefectTally()
  readonly #observed = new ObservedTally()
  #acceptedMs: number | undefined
  /** Reports that were added. */
  reports = 0
  hasAlarm = false

  add({
    counts,
    latest,
    duplicates = [],
    handshakes = [],
    firstCalls = [],
    defects = [],
    observed = [],
    acceptedMs,
  }: RefusalReport): void {
    this.reports += 1
    if (acceptedMs !== undefined) this.accepted(acceptedMs)
    for (const count of counts) this.#tally.add(count)
    for (const record of latest) this.sample(record)
    for (const { source, count } of duplicates) this.duplicate(source, count)
    for (const source of handshakes) this.handshake(source)
    for (const calls of firstCalls) this.firstCall(calls)
    for (const one of defects) this.defect(one)
    for (const one of observed) this.observed(one)
    this.hasAlarm ||= counts.some((count) => count.class === 'alarm')
  }

  /** @returns whether the refusal is one of the sample */
  sample(record: RefusalRecord): boolean {
    this.hasAlarm ||= classOf(record) === 'alarm'
    if (!this.#shares.take(record)) return false
    this.#latest.push(record)
    return true
  }

  count(count: RefusalReport['counts'][number]): void {
    this.#tally.add(count)
  }

  duplicate(source: string, count: number): void {
    this.#duplicates.set(source, (this.#duplicates.get(source) ?? 0) + count)
  }

  defect(one: DefectCount): void {
    this.#defects.add(one)
  }

  observed(one: ObservedCount): void {
    this.#observed.add(one)
  }

  accepted(atMs: number): void {
    this.#acceptedMs = Math.max(atMs, this.#acceptedMs ?? 0)
  }

  handshake(source: string): void {
    this.#handshakes.add(source)
  }

  firstCall(calls: FirstCalls): void {
    this.#firstCalls.set(calls.source, addFirstCalls(this.#firstCalls.get(calls.source), calls))
  }

  get report(): RefusalReport {
    const duplicates = [...this.#duplicates].map(([source, count]) => ({ source, count }))
    const handshakes = [...this.#handshakes]
    const firstCalls = [...this.#firstCalls.values()]
    const defects = this.#defects.counts
    const observed = this.#observed.counts
    return {
      counts: this.#tally.counts,
      latest: this.#latest,
      ...(duplicates.length > 0 && { duplicates }),
      ...(handshakes.length > 0 && { handshakes }),
      ...(firstCalls.length > 0 && { firstCalls }),
      ...(defects.length > 0 && { defects }),
      ...(observed.length > 0 && { observed }),
      ...(this.#acceptedMs !== undefined && { acceptedMs: this.#acceptedMs }),
    }
  }
}

/** Refusals of one class and second that are logged and kept in the ring of the refusal log. */
const PER_CLASS = 10
/** The same for one source, so that one captured proof cannot hide another. All unknown names count as one source. */
const PER_SOURCE = 5

/**
 * Bounds a sample of refusals, so that nobody hides an alarm: each class has a share of its own, and in it each source. The first
 * refusal of each code is always in the sample, so that many of one code hide no other. There are about fifty codes.
 */
class SampleQuota {
  readonly #taken = new Map<string, number>()

  /** Whether it is the first of its code, or the class and the source have less than their shares; if so, counts one more. */
  take(record: RefusalRecord): boolean {
    const name: RefusalClass = classOf(record)
    const key = JSON.stringify([name, record.source])
    const codeKey = JSON.stringify([name, 'code', record.code])
    const ofClass = this.#taken.get(name) ?? 0
    const ofSource = this.#taken.get(key) ?? 0
    if (this.#taken.has(codeKey) && (ofClass >= PER_CLASS || ofSource >= PER_SOURCE)) return false
    this.#taken.set(codeKey, 1)
    this.#taken.set(name, ofClass + 1)
    this.#taken.set(key, ofSource + 1)
    return true
  }
}
