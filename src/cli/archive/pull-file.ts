/** Downloads one file of the archive: goes on where an earlier try ended, and keeps only what has the right SHA-256. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ArchiveFile, archiveRoutes } from '../../api/archive.ts'
import type { Api, Opened } from '../connection/api.ts'
import { Stop } from '../stop.ts'
import type { LocalFile } from './local-file.ts'

/** `gone`: it was merged into another since it was listed. */
type Outcome = 'pulled' | 'damaged' | 'missing' | 'gone'

/** Not read by engines, which look for `.parquet`. */
const PART = '.part'

/** If nothing came in a try, there is one more. */
const TRIES_WITHOUT_PROGRESS = 2

/** @throws {Stop} if the console does not answer, or refuses */
export async function pullFile(
  api: Pick<Api, 'open'>,
  folder: string,
  { path, day, file }: LocalFile,
  { bytes, sha256 }: Pick<ArchiveFile, 'bytes' | 'sha256'>,
  got: (bytes: number) => void,
): Promise<Outcome> {
  const target = join(folder, ...path.split('/'))
  const part = target + PART
  await mkdir(dirname(target), { recursive: true })
  // The part of an earlier run may be damaged, so one whole download follows it.
  for (const isLast of (await sizeOf(part)) === 0 ? [true] : [false, true]) {
    const refused = await download(api, { day, file, sha256, bytes }, part, got)
    if (refused !== undefined) {
      await rm(part, { force: true })
      return refused
    }
    if ((await sizeOf(part)) === bytes && (await sha256Of(part)) === sha256) {
      await rename(part, target)
      return 'pulled'
    }
    await rm(part, { force: true })
    if (isLast) break
  }
  return 'damaged'
}

type Wanted = Pick<ArchiveFile, 'day' | 'file' | 'bytes' | 'sha256'>

/** Appends to the part until it is complete. */
async function download(
  api: Pick<Api, 'open'>,
  { day, file, bytes, sha256 }: Wanted,
  part: string,
  got: (bytes: number) => void,
): Promise<'missing' | 'gone' | undefined> {
  let withoutProgress = 0
  for (;;) {
    const offset = await sizeOf(part)
    if (offset >= bytes) return undefined
    const range = offset === 0 ? {} : { range: `bytes=${offset}-`, 'if-range': `"${sha256}"` }
    let opened: Opened
    try {
      opened = await api.open(archiveRoutes.getArchiveFile, { params: { day, file }, headers: range })
    } catch (cause) {
      if (cause instanceof Stop && cause.code === 'archive_file_lost') return 'missing'
      if (cause instanceof Stop && cause.code === 'archive_file_unknown') return 'gone'
      throw cause
    }
    const isContinued = opened.status === 206 && beginsAt(opened.headers) === offset
    const { size, fault } = await append(opened.body, part, isContinued ? offset : 0, bytes, got)
    // More than that is another file: its checksum will not be right.
    if (size > bytes) return undefined
    withoutProgress = size > offset ? 0 : withoutProgress + 1
    if (size < bytes && withoutProgress === TRIES_WITHOUT_PROGRESS) {
      if (fault !== undefined) throw brokeOff(fault)
      return undefined
    }
  }
}

/** Writes what comes, until it ends or breaks off, or is too much. @returns the size of the part, more than `limit` if too much came */
async function append(
  body: ReadableStream<Uint8Array>,
  part: string,
  offset: number,
  limit: number,
  got: (bytes: number) => void,
): Promise<{ readonly size: number; readonly fault?: unknown }> {
  const output = await open(part, offset > 0 ? 'a' : 'w')
  let size = offset
  try {
    for await (const chunk of body) {
      if (size + chunk.byteLength > limit) return { size: limit + 1 }
      await output.write(chunk)
      size += chunk.byteLength
      got(chunk.byteLength)
    }
    return { size }
  } catch (fault) {
    if (fault instanceof Error && 'syscall' in fault && fault.syscall === 'write')
      throw new Stop('failed', 'not_written', 'The file cannot be written: is the disk full?', [
        fault.message,
      ])
    return { size, fault }
  } finally {
    await output.close()
  }
}

const beginsAt = (headers: Headers): number =>
  Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1] ?? NaN)

const brokeOff = (cause: unknown): Stop =>
  new Stop(
    'denied',
    'not_reached',
    'The connection broke off: run it again, it goes on where it was.',
    cause instanceof Error ? [cause.message] : [],
  )

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  )

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}
