/** Follows a file that grows, line by line; when it begins anew, from its beginning. */
import { open } from 'node:fs/promises'
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
    const { size, chunk } = await readAt(path, at)
    if (size !== undefined && size < at) {
      at = 0
      half = Buffer.alloc(0)
      continue
    }
    at += chunk.length
    const all = Buffer.concat([half, chunk])
    const end = all.lastIndexOf('\n')
    half = all.subarray(end + 1)
    if (end >= 0) yield* all.subarray(0, end).toString('utf8').split('\n')
    if (chunk.length < CHUNK_BYTES)
      await sleep(LOOK_EVERY_MS, undefined, { signal: ended }).catch(() => undefined)
  }
}

/** Opened anew each time: the file may be another one by now. It is closed before its lines are given to anybody. */
async function readAt(path: string, at: number): Promise<{ size: number | undefined; chunk: Buffer }> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return { size: undefined, chunk: Buffer.alloc(0) }
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at)
    return { size, chunk: buffer.subarray(0, bytesRead) }
  } finally {
    await file.close()
  }
}
