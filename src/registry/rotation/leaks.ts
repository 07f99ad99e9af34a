/**
 * Keyed hashes of values that were revoked because they leaked. A configuration file that is applied again must not bring such a
 * value back unnoticed, even if the source was removed and created again. A value that a document only stopped naming may
 * come back.
 */
import type { DocumentProblem, Secret } from '../sources/source.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

/** Hash that recognizes a value: equal for equal values, and useless without the key. */
export type KeyedHash = (source: string, slot: string, secret: Secret) => Promise<string>

/** Values that are revoked now and must not come back. */
export interface Leaked {
  readonly hashes: readonly string[]
  readonly atMs: number
}

interface SlotValue {
  readonly slot: string
  readonly secret: Secret
}

/** Hashes that are stored for each slot; the oldest is deleted first. */
const HASHES_MAX = 100

const TABLE_STEPS = [
  `CREATE TABLE leaks (
    source TEXT NOT NULL,
    slot TEXT NOT NULL,
    hash TEXT NOT NULL,             -- hex of a keyed hash of the value
    at INTEGER NOT NULL,
    PRIMARY KEY (source, slot, hash)
  ) WITHOUT ROWID`,
]

export class Leaks {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'leaks', TABLE_STEPS)
  }

  add(source: string, slot: string, { hashes, atMs }: Leaked): void {
    for (const hash of hashes)
      this.#sql.exec(
        'INSERT OR REPLACE INTO leaks (source, slot, hash, at) VALUES (?, ?, ?, ?)',
        source,
        slot,
        hash,
        atMs,
      )
    this.#sql.exec(
      `DELETE FROM leaks WHERE source = ?1 AND slot = ?2 AND hash IN (
         SELECT hash FROM leaks WHERE source = ?1 AND slot = ?2 ORDER BY at DESC, hash LIMIT -1 OFFSET ?3)`,
      source,
      slot,
      HASHES_MAX,
    )
  }

  has(source: string, slot: string, hash: string): boolean {
    const found = 'SELECT 1 FROM leaks WHERE source = ? AND slot = ? AND hash = ?'
    return this.#sql.exec(found, source, slot, hash).toArray().length > 0
  }
}

/** One problem for each slot with a value that was revoked as leaked. */
export async function leakProblems(
  source: string,
  values: readonly SlotValue[],
  leaks: Pick<Leaks, 'has'>,
  keyedHash: KeyedHash,
): Promise<DocumentProblem[]> {
  const slots = new Set<string>()
  for (const { slot, secret } of values)
    if (leaks.has(source, slot, await keyedHash(source, slot, secret))) slots.add(slot)
  return [...slots].map((slot) => ({
    path: `secrets.${slot}`,
    problem: 'This value was revoked here. To use it all the same, rotate to it with force.',
  }))
}
