/** Where a file of the archive lies in a folder on this machine. */
import { isDay } from '../../platform/time.ts'

/** A file by its day and its name, both checked. */
export interface LocalFile {
  readonly day: string
  readonly file: string
  readonly firstSegment: number
  readonly lastSegment: number
  /** Below the folder, with a slash on every system. It is also the name in the journal. */
  readonly path: string
}

const NAME = /^(\d{1,15})-(\d{1,15})(?:\.[0-9a-f]{8})?\.parquet$/

export const FOLDER = /^dt=(\d{4}-\d{2}-\d{2})$/

/** Undefined for any name that the archive does not give, such as one that leads out of the folder. */
export function localFile(day: string, file: string): LocalFile | undefined {
  const [, first, last] = NAME.exec(file) ?? []
  if (!isDay(day) || first === undefined || last === undefined || Number(first) > Number(last))
    return undefined
  return { day, file, firstSegment: Number(first), lastSegment: Number(last), path: `dt=${day}/${file}` }
}

export function localFileAt(path: string): LocalFile | undefined {
  const [folder = '', file = ''] = path.split('/')
  const [, day = ''] = FOLDER.exec(folder) ?? []
  const found = localFile(day, file)
  return found?.path === path ? found : undefined
}

/** Whether one has all segments of the other, since small files are merged into one. */
export const contains = (one: LocalFile, other: LocalFile): boolean =>
  one.path !== other.path &&
  one.day === other.day &&
  one.firstSegment <= other.firstSegment &&
  one.lastSegment >= other.lastSegment
