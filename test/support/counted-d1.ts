/** D1 that counts the rows it reads and writes, by its own account. */

export interface Rows {
  read: number
  written: number
}

export function countedD1(db: D1Database): { readonly db: D1Database; readonly rows: Rows } {
  const rows: Rows = { read: 0, written: 0 }
  const counted = {
    prepare: (sql: string) => db.prepare(sql),
    async batch(statements: D1PreparedStatement[]) {
      const results = await db.batch(statements)
      for (const { meta } of results) {
        rows.read += meta.rows_read
        rows.written += meta.rows_written
      }
      return results
    },
  } as unknown as D1Database
  return { db: counted, rows }
}
