/** Writes a file that only its owner reads, and that is there only when it is complete. */
import { rename, rm, writeFile } from 'node:fs/promises'
import { UsageError } from '../stop.ts'

export async function writePrivate(path: string, text: string): Promise<void> {
  const part = `${path}.part`
  await rm(part, { force: true })
  try {
    await writeFile(part, text, { mode: 0o600, flag: 'wx' })
    await rename(part, path)
  } catch {
    await rm(part, { force: true })
    throw new UsageError(`${path} cannot be written.`)
  }
}
