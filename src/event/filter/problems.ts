/** Collects the problems of a filter, within its limits. */
import type { DocumentProblem } from '../../platform/document-problems.ts'
import { nameable } from '../../platform/nameable.ts'

/** Fields, operators and values of a list, together. An event is tested in at most this many steps for each of its values. */
const ENTRIES_MAX = 200
/** Names and texts together: a line of the audit log has them before and after. */
const CHARACTERS_MAX = 16_384

export class Problems {
  readonly found: DocumentProblem[] = []
  #entries = 0
  #characters = 0

  add(path: string, problem: string): void {
    this.found.push({ path, problem })
  }

  /** Counts one more entry, with its name and its value. False if there are too many; then the rest is not read. */
  hasRoomFor(path: string, ...parts: readonly unknown[]): boolean {
    const before = this.#isFull()
    this.#entries++
    for (const part of parts) this.#characters += typeof part === 'string' ? part.length : 0
    if (!this.#isFull()) return true
    if (!before)
      this.add(
        path,
        `The conditions must have at most ${ENTRIES_MAX} fields, operators and values of lists, and ` +
          `${CHARACTERS_MAX.toLocaleString('en-US')} characters, together.`,
      )
    return false
  }

  #isFull(): boolean {
    return this.#entries > ENTRIES_MAX || this.#characters > CHARACTERS_MAX
  }
}

/** A path with one more part. `known` parts are of this repository; others are left out if they do not look like a name. */
export const below = (path: string, part: string, known = false): string =>
  known || nameable(part) !== '' ? [path, part].filter((one) => one !== '').join('.') : path
