/** Finds damaged files after a statement has failed. */
import type { DuckDB } from './duckdb.ts'
import { type EventFiles, pathIn } from './event-files.ts'
import { sha256Of } from '../archive/pull-file.ts'
import { quoted } from './session.ts'

/** Whether an error may come from a file and not from the statement. */
export const isOfFiles = (cause: unknown): boolean =>
  cause instanceof Error &&
  /^(?:IO Error|Invalid Input Error|Invalid Error|Serialization Error|INTERNAL Error|TProtocolException|Out of Memory Error: .*allocate data of size [0-9.]+ [EPT]iB|.*don't know what type)/.test(
    cause.message,
  )

/** Reads each file whole. A file that was pulled must have its checksum; any other one, DuckDB must be able to read. */
export async function damagedAmong(
  { DuckDBInstance }: DuckDB,
  { folder, files, journal }: EventFiles,
): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: '' })
  const connection = await instance.connect()
  const damaged: string[] = []
  for (const file of files) {
    const path = pathIn(folder, file)
    const sha256 = journal.files.get(file.path)?.sha256
    const isWhole =
      sha256 === undefined
        ? await connection
            .run(`SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(${quoted(path)})`)
            .then(() => true)
            .catch(() => false)
        : (await sha256Of(path).catch(() => undefined)) === sha256
    if (!isWhole) damaged.push(file.path)
  }
  connection.closeSync()
  instance.closeSync()
  return damaged
}
