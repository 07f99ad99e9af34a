/** Collects the problems of a filter, within its limits. */
import { nameable } from '../../platform/nameable.ts'
import { nearest } from '../../platform/nearest.ts'

/** One problem of a document. Never quotes a value. */
export interface FilterProblem {
  /** Dotted path: `filter.where.metadata.plan`. A name that may be a misplaced value is left out. */
  readonly path: string
  /** One sentence. */
  readonly problem: string
}

/** Fields, operators and values of a list, together. An event is tested in at most this many steps for each of its values. */
const ENTRIES_MAX = 200
/** Names and texts together: a line of the audit log has them before and after. */
const CHARACTERS_MAX = 16_384
/** More than this is no name that somebody mistyped. */
const TYPED_MAX_CHARACTERS = 40

export class Problems {
  readonly found: FilterProblem[] = []
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

/** Names the known one that was probably meant, or else all. */
export function unknown(what: string, typed: string, known: readonly string[]): string {
  const similar = typed.length > TYPED_MAX_CHARACTERS ? undefined : nearest(typed, known)
  return similar === undefined
    ? `Unknown ${what}. Known: ${known.join(', ')}.`
    : `Unknown ${what}. Did you mean ${similar}?`
}
