/**
 * Values that were revoked on purpose, as keyed hashes: a file that is applied again, or an old note, must not bring a leaked
 * secret back unseen, not even to a source that was removed and made again. What a document merely no longer names may.
 */
import type { DocumentProblem, Secret } from '../sources/source.ts'

/** How a value is known again: equal for equal values, and nothing to be had from it without the key. */
export type Mark = (source: string, slot: string, secret: Secret) => Promise<string>

/** Values that end now and shall not come back. */
export interface Leaked {
  readonly marks: readonly string[]
  readonly atMs: number
}

interface Named {
  readonly slot: string
  readonly secret: Secret
}

/** A slot remembers so many; the oldest goes first. */
const REMEMBERED = 100

export class Leaks {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS leaks (
        source TEXT NOT NULL,
        slot TEXT NOT NULL,
        mark TEXT NOT NULL,             -- hex of a keyed hash of the value
        at INTEGER NOT NULL,
        PRIMARY KEY (source, slot, mark)
      ) WITHOUT ROWID;`)
  }

  note(source: string, slot: string, { marks, atMs }: Leaked): void {
    for (const mark of marks)
      this.#sql.exec('INSERT OR REPLACE INTO leaks VALUES (?, ?, ?, ?)', source, slot, mark, atMs)
    this.#sql.exec(
      `DELETE FROM leaks WHERE source = ?1 AND slot = ?2 AND mark IN (
         SELECT mark FROM leaks WHERE source = ?1 AND slot = ?2 ORDER BY at DESC, mark LIMIT -1 OFFSET ?3)`,
      source,
      slot,
      REMEMBERED,
    )
  }

  has(source: string, slot: string, mark: string): boolean {
    const found = 'SELECT 1 FROM leaks WHERE source = ? AND slot = ? AND mark = ?'
    return this.#sql.exec(found, source, slot, mark).toArray().length > 0
  }
}

/** What is wrong with taking these values, of which some may have been revoked on purpose. */
export async function leakProblems(
  source: string,
  values: readonly Named[],
  leaks: Pick<Leaks, 'has'>,
  mark: Mark,
): Promise<DocumentProblem[]> {
  const slots = new Set<string>()
  for (const { slot, secret } of values)
    if (leaks.has(source, slot, await mark(source, slot, secret))) slots.add(slot)
  return [...slots].map((slot) => ({
    path: `secrets.${slot}`,
    problem: 'This value was revoked here. To use it all the same, rotate to it with force.',
  }))
}
