/** Transactions that insert rows which are sealed one after the other, so that only the rows of one transaction are in memory. */

/** Room for one full part of a body, below D1's limit for a parameter. A transaction of this size does not delay others. */
const TRANSACTION_MAX_CHARACTERS = 1_500_000

export interface JsonRow {
  /** SQL with the rows of one transaction as `?1`, a list in JSON. */
  readonly insert: string
  /** JSON. */
  readonly row: string
}

/**
 * The transactions, to be run in this order. Of one transaction, rows of one statement are inserted together.
 *
 * @param inserts all statements, in the order in which a transaction runs them
 */
export async function* insertTransactions(
  db: Pick<D1Database, 'prepare'>,
  inserts: readonly string[],
  rows: AsyncIterable<JsonRow>,
): AsyncGenerator<D1PreparedStatement[]> {
  let open: JsonRow[] = []
  let characters = 0
  const statements = () =>
    inserts.flatMap((insert) => {
      const of = open.filter((one) => one.insert === insert).map(({ row }) => row)
      return of.length === 0 ? [] : [db.prepare(insert).bind(`[${of.join(',')}]`)]
    })
  for await (const one of rows) {
    if (characters > 0 && characters + one.row.length > TRANSACTION_MAX_CHARACTERS) {
      yield statements()
      open = []
      characters = 0
    }
    open.push(one)
    characters += one.row.length
  }
  if (characters > 0) yield statements()
}
