/**
 * Brings a folder to what the archive has: downloads what is missing, and then removes files that were merged into others. It writes
 * nowhere else, and removes nothing that it did not write.
 */
import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchiveFile, archiveRoutes } from '../../api/archive.ts'
import { concurrently } from '../../platform/concurrently.ts'
import { visibleText } from '../../platform/visible.ts'
import type { Api } from '../connection/api.ts'
import { UsageError } from '../stop.ts'
import { type Pulled, noteInJournal, readJournal, rewriteJournal } from './journal.ts'
import { type LocalFile, contains, localFile, localFileAt } from './local-file.ts'
import { pullFile, sha256Of } from './pull-file.ts'

export interface PullResult {
  /** Files that were downloaded, and their bytes. */
  pulled: number
  bytes: number
  /** Files that were there already. */
  present: number
  /** Files that were merged into others. */
  removed: number
  /** The bytes do not fit the checksum. */
  damaged: string[]
  /** The bucket does not have them. */
  missing: string[]
  /** Local files of these names are others, and not written by this command. They are left alone. */
  foreign: string[]
  /** Names that no archive gives. */
  refused: string[]
}

export interface Span {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** More would not be faster: the console streams from one bucket. */
const FILES_AT_ONCE = 4

/** Files that were merged while they were pulled are listed again. */
const ROUNDS = 3

export async function pull(
  api: Api,
  folder: string,
  span: Span,
  progress: (files: number, bytes: number) => void,
): Promise<PullResult> {
  await mkdir(folder, { recursive: true })
  const journal = await readJournal(folder)
  const { origin } = api.url
  if (journal.console !== null && journal.console !== origin)
    throw new UsageError(
      `This folder has the files of ${visibleText(journal.console)}: name another one for those of ${origin}.`,
    )
  if (journal.console === null) await noteInJournal(folder, { console: origin })
  const written = new Map(journal.files)
  const result: PullResult = {
    pulled: 0,
    bytes: 0,
    present: 0,
    removed: 0,
    damaged: [],
    missing: [],
    foreign: [],
    refused: [],
  }
  for (let round = 1; ; round++) {
    const listed = await api.list(archiveRoutes.listArchiveFiles, { query: { ...span } }, null)
    const pulledBefore = result.pulled
    const gone = await pullListed(api, folder, listed, written, result, progress)
    result.present -= pulledBefore
    if (gone === 0 || round === ROUNDS) break
    // The next round looks at all of them again.
    result.present = 0
    for (const names of [result.damaged, result.missing, result.foreign, result.refused]) names.length = 0
  }
  await rewriteJournal(folder, origin, written.values())
  return result
}

/** @returns how many files were merged into others meanwhile */
async function pullListed(
  api: Api,
  folder: string,
  listed: readonly ArchiveFile[],
  written: Map<string, Pulled>,
  result: PullResult,
  progress: (files: number, bytes: number) => void,
): Promise<number> {
  const current: LocalFile[] = []
  let gone = 0
  let files = 0
  let bytes = 0
  await concurrently(listed, FILES_AT_ONCE, async (one) => {
    const local = localFile(one.day, one.file)
    if (local === undefined) {
      result.refused.push(visibleText(`${one.day}/${one.file}`, 200))
      return true
    }
    const state = await stateOf(folder, local, one, written.get(local.path))
    if (state === 'foreign') result.foreign.push(local.path)
    if (state === 'present') {
      result.present++
      current.push(local)
    }
    if (state === 'absent') {
      const outcome = await pullFile(api, folder, local, one, (count) => {
        bytes += count
        progress(files, bytes)
      })
      if (outcome === 'pulled') {
        const { sha256, bytes: size } = one
        const pulled = { path: local.path, sha256, bytes: size, mtime_ms: await mtimeOf(folder, local) }
        await noteInJournal(folder, pulled)
        written.set(local.path, pulled)
        current.push(local)
        result.pulled++
        result.bytes += one.bytes
      } else if (outcome === 'gone') gone++
      else result[outcome].push(local.path)
    }
    progress(++files, bytes)
    return true
  })
  result.removed += await removeMerged(folder, listed, current, written)
  return gone
}

/** Tells whether the file is there, or nothing of use, or another file that this command did not write. */
async function stateOf(
  folder: string,
  local: LocalFile,
  { sha256, bytes }: ArchiveFile,
  pulled: Pulled | undefined,
): Promise<'present' | 'absent' | 'foreign'> {
  const path = join(folder, ...local.path.split('/'))
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return 'absent'
  const isUnchanged =
    pulled !== undefined && pulled.sha256 === sha256 && Math.trunc(found.mtimeMs) === pulled.mtime_ms
  if (found.size === bytes && (isUnchanged || (await sha256Of(path)) === sha256)) return 'present'
  return pulled === undefined ? 'foreign' : 'absent'
}

const mtimeOf = async (folder: string, { path }: LocalFile): Promise<number> =>
  Math.trunc((await stat(join(folder, ...path.split('/')))).mtimeMs)

/** Removes files that this command wrote, that the archive no longer lists, and whose segments are all in a file that is here. */
async function removeMerged(
  folder: string,
  listed: readonly ArchiveFile[],
  current: readonly LocalFile[],
  written: Map<string, Pulled>,
): Promise<number> {
  const names = new Set(listed.map(({ day, file }) => localFile(day, file)?.path))
  const byDay = Map.groupBy(current, ({ day }) => day)
  let removed = 0
  for (const path of written.keys()) {
    const local = localFileAt(path)
    if (local === undefined || names.has(path)) continue
    if (byDay.get(local.day)?.some((one) => contains(one, local)) !== true) continue
    await rm(join(folder, ...path.split('/')), { force: true })
    await noteInJournal(folder, { removed: path })
    written.delete(path)
    removed++
  }
  return removed
}
