/** Files that a person names; `-` is standard input. */
import { readFile } from 'node:fs/promises'
import type { Io } from './command.ts'
import { type JsonObject, objectFrom } from './json.ts'
import { UsageError } from './stop.ts'

/** @throws {UsageError} for a file that cannot be read */
export async function bytesOf(named: string, io: Io): Promise<Uint8Array> {
  if (named === '-') return io.stdin()
  try {
    return await readFile(named)
  } catch {
    throw new UsageError(`${named} cannot be read.`)
  }
}

/**
 * The document in a file.
 *
 * @param settings options that say the same
 * @throws {UsageError} if there are any, or the file is no JSON object
 */
export async function documentIn(file: string, settings: object, io: Io): Promise<JsonObject> {
  if (Object.keys(settings).length > 0)
    throw new UsageError('With --file all settings come from the file: leave out the other options.')
  return objectFrom(new TextDecoder().decode(await bytesOf(file, io)), 'The document')
}
