/** D1 that counts its statements, and the rows that it reports as read and written. */

export interface Rows {
  read: number
  written: number
}

/** Each statement counts toward D1's limit for an invocation. */
export interface D1Calls {
  statements: number
}

export function countedD1(db: D1Database): {
  readonly db: D1Database
  readonly rows: Rows
  readonly calls: D1Calls
} {
  const calls: D1Calls = { statements: 0 }
  const rows: Rows = { read: 0, written: 0 }
  const counted = {
    prepare: (sql: string) => db.prepare(sql),
    async batch(statements: D1PreparedStatement[]) {
      calls.statements += statements.length
      const results = await db.batch(statements)
      for (const { meta } of results) {
        rows.read += meta.rows_read
        rows.written += meta.rows_written
      }
      return results
    },
  } as unknown as D1Database
  return { db: counted, rows, calls }
}
