import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { InputError } from './input-error.ts'

/** Writes a result, and the folders that it is in. @throws {InputError} if the place takes no file */
export async function writeResult(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
  } catch (cause) {
    throw new InputError(`${file} cannot be written. Name another folder with --out.`, { cause })
  }
}
