/** The files of the archive in a folder, without those that are damaged or were merged into others. */
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Journal, readJournal } from '../archive/journal.ts'
import { FOLDER, type LocalFile, contains, localFile } from '../archive/local-file.ts'
import { sha256Of } from '../archive/pull-file.ts'
import type { Span } from '../archive/pull.ts'

export interface EventFiles {
  readonly folder: string
  readonly files: readonly LocalFile[]
  /** Names of files that are not read. */
  readonly damaged: readonly string[]
  readonly journal: Journal
}

export const pathIn = (folder: string, { path }: LocalFile): string => join(folder, ...path.split('/'))

/**
 * @param folder absolute
 * @param unreadable names of files that turned out to be damaged. Those that were merged into them are read instead, if they are there.
 */
export async function findEventFiles(
  folder: string,
  { since = '', until = '9999' }: Span,
  unreadable: readonly string[] = [],
): Promise<EventFiles> {
  const journal = await readJournal(folder)
  const found: LocalFile[] = []
  for (const name of await namesIn(folder)) {
    const [, day = ''] = FOLDER.exec(name) ?? []
    if (day === '' || day < since || day >= until) continue
    for (const file of await namesIn(join(folder, name))) {
      const local = localFile(day, file)
      if (local !== undefined) found.push(local)
    }
  }
  found.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.firstSegment - b.firstSegment))
  const damaged = new Set<string>()
  for (const file of found)
    if (unreadable.includes(file.path) || (await looksDamaged(folder, file, journal))) damaged.add(file.path)
  return { folder, files: withoutMerged(found, damaged), damaged: [...damaged], journal }
}

function withoutMerged(files: readonly LocalFile[], damaged: ReadonlySet<string>): readonly LocalFile[] {
  const whole = files.filter(({ path }) => !damaged.has(path))
  const byDay = Map.groupBy(whole, ({ day }) => day)
  return whole.filter((file) => byDay.get(file.day)?.some((one) => contains(one, file)) !== true)
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

const MAGIC = 'PAR1'
const SMALLEST_BYTES = 12

/** A file that was pulled and is unchanged since is not read for this. */
async function looksDamaged(folder: string, file: LocalFile, { files }: Journal): Promise<boolean> {
  const path = pathIn(folder, file)
  const found = await stat(path).catch(() => undefined)
  // A pull that runs at this moment has removed it.
  if (found === undefined) return true
  const { size, mtimeMs } = found
  const pulled = files.get(file.path)
  if (pulled === undefined) return size < SMALLEST_BYTES || !(await hasMagic(path, size))
  if (size !== pulled.bytes) return true
  return Math.trunc(mtimeMs) !== pulled.mtime_ms && (await sha256Of(path)) !== pulled.sha256
}

async function hasMagic(path: string, size: number): Promise<boolean> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(2 * MAGIC.length)
    await file.read(bytes, 0, MAGIC.length, 0)
    await file.read(bytes, MAGIC.length, MAGIC.length, size - MAGIC.length)
    return bytes.toString('latin1') === MAGIC + MAGIC
  } finally {
    await file.close()
  }
}
