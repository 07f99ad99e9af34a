/**
 * Bounds a sample of refusals, so that nobody hides an alarm: each class has a share of its own, and in it each source. The first
 * refusal of each code is always in the sample, so that many of one code hide no other. There are about fifty codes.
 */
import { type RefusalClass, type RefusalRecord, classOf } from './refusal.ts'

/** Refusals of one class and second that are logged and kept in the ring of the refusal log. */
const PER_CLASS = 10
/** The same for one source, so that one captured proof cannot hide another. All unknown names count as one source. */
const PER_SOURCE = 5

export class SampleQuota {
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
