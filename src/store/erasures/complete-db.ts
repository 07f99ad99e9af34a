/**
 * The database for whoever answers people: nothing is read from it, or written, while an erasure is missing. Each statement runs in one
 * transaction with the check, so that a restore at any moment is noticed. If it is behind, the erasures are completed first.
 */
import { failIfBehind, isRefusal, readProgress } from './progress.ts'

export interface Completing {
  /** Number of the newest erasure. */
  readonly newest: () => Promise<number>
  /** Completes them all. @throws {ErasuresPending} */
  readonly ensure: () => Promise<void>
}

/** The store may be restored again while it is completed. */
const TRIES_MAX = 3

/** A statement of this database and the one that it stands for. */
const inner = new WeakMap<D1PreparedStatement, D1PreparedStatement>()

const innerOf = (statement: D1PreparedStatement): D1PreparedStatement => inner.get(statement) ?? statement

/** Only `prepare` and `batch`, and of a statement `bind`, `all`, `run` and `first`. */
export function completeDb(db: D1Database, { newest, ensure }: Completing): D1Database {
  async function batch<T>(statements: readonly D1PreparedStatement[]): Promise<D1Result<T>[]> {
    for (let tries = 1; ; tries++) {
      const number = await newest()
      if (number === 0) return db.batch<T>([...statements])
      try {
        return (await db.batch<T>([failIfBehind(db, number), ...statements])).slice(1)
      } catch (cause) {
        if (tries === TRIES_MAX || !isRefusal(cause) || (await readProgress(db)).through >= number)
          throw cause
      }
      await ensure()
    }
  }
  async function only<T>(statement: D1PreparedStatement): Promise<D1Result<T>> {
    const [result] = await batch<T>([statement])
    if (result === undefined) throw new TypeError('a batch has no result')
    return result
  }
  const outerOf = (statement: D1PreparedStatement): D1PreparedStatement => {
    const outer = {
      bind: (...values: unknown[]) => outerOf(statement.bind(...values)),
      all: () => only(statement),
      run: () => only(statement),
      async first(column?: string) {
        const row = (await only<Record<string, unknown>>(statement)).results[0] ?? null
        return column === undefined || row === null ? row : row[column]
      },
    } as unknown as D1PreparedStatement
    inner.set(outer, statement)
    return outer
  }
  return {
    prepare: (sql: string) => outerOf(db.prepare(sql)),
    batch: (statements: readonly D1PreparedStatement[]) => batch(statements.map(innerOf)),
  } as unknown as D1Database
}
