/** The forms of recorded versions, beside the state of each. */
import { createHash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { compareVersions } from '../deploy/steps/check-order.ts'
import { ROOT } from '../workers.ts'

const STATES = join(ROOT, 'test/fixtures/states')
const fileOf = (version: string): string => join(STATES, version, 'forms.txt.gz')

export interface RecordedForms {
  readonly version: string
  /** Line about the record before: its version and its hash. So no earlier record can change unseen. */
  readonly previous: string
  readonly forms: readonly string[]
}

const textOf = ({ previous, forms }: RecordedForms): string => [previous, ...forms, ''].join('\n')

/** First line of the next record. */
export const previousLine = (record: RecordedForms | undefined): string =>
  record === undefined
    ? 'previous none'
    : `previous ${record.version} ${createHash('sha256').update(textOf(record)).digest('hex')}`

/**
 * Of all versions that have a folder, the oldest first.
 *
 * @param below only of versions before this one
 * @throws {Error} if one has a state and no forms
 */
export async function readRecorded(below?: string): Promise<RecordedForms[]> {
  const all = (await readdir(STATES)).toSorted(compareVersions)
  const versions = all.filter((one) => below === undefined || compareVersions(one, below) < 0)
  return Promise.all(
    versions.map(async (version) => {
      const [previous = '', ...forms] = gunzipSync(await readFile(fileOf(version)))
        .toString()
        .trimEnd()
        .split('\n')
      return { version, previous, forms }
    }),
  )
}

/** @throws {Error} if the version has no folder: its state is recorded first */
export const writeRecorded = (record: RecordedForms): Promise<void> =>
  writeFile(fileOf(record.version), gzipSync(textOf(record), { level: 9 }))

/** @throws {Error} if the version is released: it is never recorded again */
export async function refuseReleased(version: string): Promise<void> {
  if (isReleased(await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8'), version))
    throw new Error(`${version} is released, and never recorded again: raise the version in package.json.`)
}

/** A version is released when its section of CHANGELOG.md no longer says otherwise. */
export const isReleased = (changelog: string, version: string): boolean => {
  const section = changelog.split(/^## /m).find((text) => text.startsWith(`${version}\n`))
  return section !== undefined && !/^Not released yet\.$/m.test(section)
}
