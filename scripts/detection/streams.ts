/** Plays recorded streams and writes what was raised, one file a recording. */
import path from 'node:path'
import { InputError } from './input-error.ts'
import { recordingIn } from './lines.ts'
import { playRecording } from './play.ts'
import { writeResult } from './write-result.ts'

export interface PlayedStreams {
  /** Minutes times sources that the patterns saw. */
  readonly points: number
  /** With reading the lines. */
  readonly microsecondsAPoint: number
}

/**
 * Plays each folder as a gateway of its own and writes `<out>/<name of the folder>/raised.json`. Labels beside a recording are not read.
 * @param nowMs a clock of the processor's time
 * @throws {InputError} before anything is played, if a folder has no recording or the name of another one; at a line that is not JSON
 */
export async function playStreams(
  folders: readonly string[],
  out: string,
  nowMs: () => number,
): Promise<PlayedStreams> {
  const recordings = new Map<string, string>()
  for (const folder of folders) {
    const name = path.basename(path.resolve(folder))
    if (recordings.has(name))
      throw new InputError(
        `Two folders are called ${name}, and each result has the name of its folder: rename one.`,
      )
    recordings.set(name, recordingIn(folder))
  }
  const beganMs = nowMs()
  let points = 0
  for (const [name, file] of recordings) {
    const { raised, points: ofRecording } = await playRecording(file)
    points += ofRecording
    await writeResult(path.join(out, name, 'raised.json'), JSON.stringify({ raised }, undefined, 1))
  }
  return { points, microsecondsAPoint: ((nowMs() - beganMs) * 1000) / Math.max(1, points) }
}
