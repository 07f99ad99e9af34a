/** `{"stored": true}` in a slot of a document keeps the stored secrets of that slot. */
import { nameable } from '../../platform/nameable.ts'
import { isStoredMarker } from '../../platform/stored-marker.ts'
import type { DocumentProblem, Secrets } from '../sources/source.ts'

export interface SplitSecrets {
  /** New values, as they were sent. */
  readonly values: Record<string, unknown>
  /** Stored secrets that are kept, by slot. */
  readonly kept: Secrets
  readonly missing: DocumentProblem[]
}

/** @param stored the source's secrets that may be kept; undefined for a new source or another provider */
export function splitSecrets(raw: Record<string, unknown>, stored: Secrets | undefined): SplitSecrets {
  const values: Record<string, unknown> = {}
  const kept: Record<string, Secrets[string]> = {}
  const missing: DocumentProblem[] = []
  for (const [slot, given] of Object.entries(raw)) {
    const present = stored !== undefined && Object.hasOwn(stored, slot) ? stored[slot] : undefined
    if (!isStoredMarker(given)) values[slot] = given
    else if (present === undefined) missing.push({ path: slotPath(slot), problem: NOTHING_STORED })
    else kept[slot] = present
  }
  return { values, kept, missing }
}

const NOTHING_STORED = 'Nothing is stored in this slot for this provider: send a value.'

/** A name that no slot can have may be a misplaced secret, so it is not repeated. */
export const slotPath = (slot: string): string => (nameable(slot) === '' ? 'secrets' : `secrets.${slot}`)
