/** Follows a file that grows, line by line; when it begins anew, from its beginning. */
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_EVERY_MS = 200
const CHUNK_BYTES = 64 * 1024

export interface FollowOptions {
  readonly ended: AbortSignal
  /** Whether to begin with what is there already. */
  readonly fromStart: boolean
}

/** @throws when the file cannot be opened */
export async function* followFile(path: string, { ended, fromStart }: FollowOptions): AsyncGenerator<string> {
  const first = await open(path)
  let at = fromStart ? 0 : (await first.stat()).size
  await first.close()
  let half = Buffer.alloc(0)
  while (!ended.aborted) {
    // Opened anew each time: the file may be another one by now.
    const file = await open(path).catch(() => undefined)
    const size = (await file?.stat())?.size ?? at
    if (size < at) {
      at = 0
      half = Buffer.alloc(0)
    }
    for (let chunk = await readAt(file, at); chunk.length > 0; chunk = await readAt(file, at)) {
      at += chunk.length
      const all = Buffer.concat([half, chunk])
      const end = all.lastIndexOf('\n')
      half = all.subarray(end + 1)
      if (end >= 0) yield* all.subarray(0, end).toString('utf8').split('\n')
    }
    await file?.close()
    await sleep(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => undefined)
  }
}

async function readAt(file: FileHandle | undefined, at: number): Promise<Buffer> {
  if (file === undefined) return Buffer.alloc(0)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at)
  return buffer.subarray(0, bytesRead)
}
