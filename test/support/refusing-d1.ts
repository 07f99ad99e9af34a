/** The real D1, but it refuses transactions that a test chooses. It always accepts dead letters. */

/** @param refuses called with the values of each statement as JSON */
export function refusingD1(
  db: D1Database,
  refuses: (values: string) => boolean,
  fault = new Error('D1_ERROR'),
): D1Database {
  const refused = new WeakSet<object>()
  return {
    prepare: (sql: string) => ({
      bind(...values: unknown[]) {
        const statement = db.prepare(sql).bind(...values)
        if (!sql.includes('dead_letters') && refuses(JSON.stringify(values))) refused.add(statement)
        return statement
      },
    }),
    batch: (statements: D1PreparedStatement[]) =>
      statements.some((statement) => refused.has(statement)) ? Promise.reject(fault) : db.batch(statements),
  } as unknown as D1Database
}
