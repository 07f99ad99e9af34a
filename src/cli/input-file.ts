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

/** The document in a file. @throws {UsageError} if the file is no JSON object */
export const documentIn = async (file: string, io: Io): Promise<JsonObject> =>
  objectFrom(new TextDecoder().decode(await bytesOf(file, io)), 'The document')
