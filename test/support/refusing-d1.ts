/** The real D1, which refuses every transaction that carries what a test says; dead letters it always takes. */

/** @param refuses told the values of each statement as JSON */
export function refusingD1(db: D1Database, refuses: (values: string) => boolean): D1Database {
  const carrying = new WeakSet<object>()
  return {
    prepare: (sql: string) => ({
      bind(...values: unknown[]) {
        const statement = db.prepare(sql).bind(...values)
        if (!sql.includes('dead_letters') && refuses(JSON.stringify(values))) carrying.add(statement)
        return statement
      },
    }),
    batch: (statements: D1PreparedStatement[]) =>
      statements.some((statement) => carrying.has(statement))
        ? Promise.reject(new Error('D1_ERROR'))
        : db.batch(statements),
  } as unknown as D1Database
}
