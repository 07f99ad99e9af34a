/** Plays recorded streams and writes what was raised, one file a recording. */
import path from 'node:path'
import { InputError } from './input-error.ts'
import { recordingIn } from './lines.ts'
import { playRecording } from './play.ts'
import { writeResult } from './write-result.ts'

/**
 * Plays each folder as a gateway of its own and writes `<out>/<name of the folder>/raised.json`. Labels beside a recording are not read.
 * @throws {InputError} before anything is played, if a folder has no recording or the name of another one; at a line that is not JSON
 */
export async function playStreams(folders: readonly string[], out: string): Promise<void> {
  const recordings = new Map<string, string>()
  for (const folder of folders) {
    const name = path.basename(path.resolve(folder))
    if (recordings.has(name))
      throw new InputError(
        `Two folders are called ${name}, and each result has the name of its folder: rename one.`,
      )
    recordings.set(name, recordingIn(folder))
  }
  for (const [name, file] of recordings) {
    const { raised } = await playRecording(file)
    await writeResult(path.join(out, name, 'raised.json'), JSON.stringify({ raised }, undefined, 1))
  }
}
