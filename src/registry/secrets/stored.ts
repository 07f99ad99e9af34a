/** `{"stored": true}` in a document: the secrets of that slot stay as they are, whatever they are. */
import { nameable } from '../../platform/nameable.ts'
import type { DocumentProblem, Secrets } from '../sources/source.ts'

export interface Parted {
  /** What the document brings, as it was sent. */
  readonly values: Record<string, unknown>
  /** What stays, by slot. */
  readonly kept: Secrets
  readonly missing: DocumentProblem[]
}

/** @param stored the source's secrets that may stay; undefined where none may, as of a new source or under another provider */
export function partSecrets(raw: Record<string, unknown>, stored: Secrets | undefined): Parted {
  const values: Record<string, unknown> = {}
  const kept: Record<string, Secrets[string]> = {}
  const missing: DocumentProblem[] = []
  for (const [slot, given] of Object.entries(raw)) {
    const present = stored !== undefined && Object.hasOwn(stored, slot) ? stored[slot] : undefined
    if (!isStoredMark(given)) values[slot] = given
    else if (present === undefined) missing.push({ path: slotPath(slot), problem: NOTHING_STORED })
    else kept[slot] = present
  }
  return { values, kept, missing }
}

/** Values by name are strings, so it cannot be one of them. */
const isStoredMark = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  'stored' in given &&
  given.stored === true &&
  Object.keys(given).length === 1

const NOTHING_STORED = 'Nothing is stored there for this provider: bring a value.'

/** What looks like no slot may be a misplaced secret, so it is not repeated. */
export const slotPath = (slot: string): string => (nameable(slot) === '' ? 'secrets' : `secrets.${slot}`)
