/** Files that a person names; `-` is standard input. */
import { readFile } from 'node:fs/promises'
import type { Io } from './command.ts'
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
