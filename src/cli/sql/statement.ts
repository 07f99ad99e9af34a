/** Refuses statements that do not only read: they could change the files that were pulled. */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { DuckDB } from './duckdb.ts'
import { Stop, UsageError } from '../stop.ts'

/**
 * The statement without its semicolon.
 *
 * @throws {Stop} with DuckDB's own message if it is wrong
 */
export async function readingStatement(
  duckdb: DuckDB,
  connection: DuckDBConnection,
  text: string,
): Promise<string> {
  const { SELECT, EXPLAIN } = duckdb.StatementType
  const type = await typeOf(connection, text)
  if (type === SELECT) return text.replace(/[;\s]+$/, '')
  // EXPLAIN ANALYZE runs what comes after it.
  const [, explained] = /^\s*explain(?:\s+analyze)?\s+(.*)$/is.exec(text) ?? []
  if (type === EXPLAIN && explained !== undefined && (await typeOf(connection, explained)) === SELECT)
    return text
  throw ONLY_READS
}

const ONLY_READS = new UsageError(
  'Only one statement that reads is run here: SELECT, FROM, WITH, DESCRIBE, SUMMARIZE or EXPLAIN. To write its result, use --out.',
)

async function typeOf(connection: DuckDBConnection, text: string): Promise<number | undefined> {
  if (text.trim() === '') throw ONLY_READS
  const { count } = await withItsMessage(() => connection.extractStatements(text))
  if (count !== 1) throw ONLY_READS
  const prepared = await withItsMessage(() => connection.prepare(text))
  if (prepared.parameterCount > 0)
    throw new UsageError('The statement has parameters: write their values into it.')
  const type = prepared.statementType
  prepared.destroySync()
  return type
}

async function withItsMessage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw wrongStatement(cause)
  }
}

/**
 * Turns a fault of DuckDB into a refusal with DuckDB's own message, which quotes the statement. A file that cannot be written is a
 * refusal, too. Any other fault is returned as it is.
 */
export function wrongStatement(cause: unknown): unknown {
  if (!(cause instanceof Error) || cause instanceof Stop) return cause
  if ('syscall' in cause) return new UsageError(`The file cannot be written: ${cause.message}.`)
  const message = cause.message.replace(/^Failed to (?:extract statements|prepare): /, '')
  const [first = '', ...more] = message.split('\n').filter((line) => line.trim() !== '')
  return /^(?:[A-Z][\w-]* )+Error: /.test(first) ? new Stop('usage', 'sql_wrong', first, more) : cause
}
