/** A database of which every statement goes through one function, which a caller gives. */

/** A statement of such a database: the one that it stands for, and its SQL. */
interface Inner {
  readonly statement: D1PreparedStatement
  readonly sql: string
}

const inner = new WeakMap<D1PreparedStatement, Inner>()

/** SQL of a statement of a {@link batchedDb}; empty for any other. */
export const sqlOf = (statement: D1PreparedStatement): string => inner.get(statement)?.sql ?? ''

/** The statement for which one of a {@link batchedDb} stands; any other is itself. */
export const innerOf = (statement: D1PreparedStatement): D1PreparedStatement =>
  inner.get(statement)?.statement ?? statement

/** Only `prepare` and `batch`, and of a statement `bind`, `all`, `run` and `first`. @param batch gets statements of this database */
export function batchedDb(
  db: Pick<D1Database, 'prepare'>,
  batch: <T>(statements: readonly D1PreparedStatement[]) => Promise<D1Result<T>[]>,
): D1Database {
  const outerOf = (statement: D1PreparedStatement, sql: string): D1PreparedStatement => {
    const only = async <T>(): Promise<D1Result<T>> => {
      const [result] = await batch<T>([outer])
      if (result === undefined) throw new TypeError('a batch has no result')
      return result
    }
    const outer = {
      bind: (...values: unknown[]) => outerOf(statement.bind(...values), sql),
      all: only,
      run: only,
      async first(column?: string) {
        const row = (await only<Record<string, unknown>>()).results[0] ?? null
        return column === undefined || row === null ? row : row[column]
      },
    } as unknown as D1PreparedStatement
    inner.set(outer, { statement, sql })
    return outer
  }
  return { prepare: (sql: string) => outerOf(db.prepare(sql), sql), batch } as unknown as D1Database
}
