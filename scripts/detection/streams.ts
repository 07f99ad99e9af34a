/** Plays recorded streams and writes what was raised, one file a recording. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { playFolder } from './play.ts'

/**
 * Plays each folder as a gateway of its own and writes `<out>/<name of the folder>/raised.json`. Labels beside a recording are not read.
 * @throws if a folder has no recording, or one with a line that is not JSON
 */
export async function playStreams(folders: readonly string[], out: string): Promise<void> {
  for (const folder of folders) {
    const { raised } = await playFolder(folder)
    const target = path.join(out, path.basename(path.resolve(folder)))
    await mkdir(target, { recursive: true })
    await writeFile(path.join(target, 'raised.json'), JSON.stringify({ raised }, undefined, 1))
  }
}
