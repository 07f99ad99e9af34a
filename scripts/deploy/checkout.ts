/** The checkout that is deployed: its version, its commit, and its migrations. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { VERSION } from '../../src/cli/version.ts'
import { ROOT } from '../workers.ts'

export interface Checkout {
  readonly version: string
  /** Ends with `+changes` if files are not as committed. Null without git. */
  readonly commit: string | null
  /** Hash of each migration, by its file, in order. */
  readonly migrations: Readonly<Record<string, string>>
  /** Files of the migrations that do more than add: no code that lacks them works on the database afterwards. */
  readonly oneWay: readonly string[]
}

/** How the checkout's commit stands to the deployed one. `unknown`: git has too little of the history to tell. */
export type Relation = 'older' | 'unknown' | 'other'

const HASH_DIGITS = 8
const MIGRATIONS = `${ROOT}src/store/migrations`

export async function readCheckout(): Promise<Checkout> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort()
  const texts = await Promise.all(files.map((file) => readFile(`${MIGRATIONS}/${file}`, 'utf8')))
  const hashes = texts.map((text) => createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS))
  return {
    version: VERSION,
    commit: await commitOf(),
    migrations: Object.fromEntries(files.map((file, i) => [file, hashes[i] ?? ''])),
    oneWay: files.filter((_, i) => !onlyAdds(texts[i] ?? '')),
  }
}

/** Whether each statement of a migration adds a table, an index, a column or a row, and changes nothing that is there. */
export const onlyAdds = (sql: string): boolean =>
  sql
    .replaceAll(/--[^\n]*/g, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
    .every((statement) => ADDS.test(statement))

const ADDS = /^(?:CREATE\s+(?:TABLE|INDEX|UNIQUE\s+INDEX|VIEW)|ALTER\s+TABLE\s+\w+\s+ADD|INSERT\s+INTO)\s/i

async function commitOf(): Promise<string | null> {
  const head = await git('rev-parse', 'HEAD')
  if (head === undefined) return null
  return head + ((await git('status', '--porcelain')) === '' ? '' : '+changes')
}

/** @param folder of the checkout. Without git in it, or without a deployed commit, versions alone are compared. */
export async function relationTo(commit: string | null, folder: string = ROOT): Promise<Relation> {
  const [deployed = ''] = (commit ?? '').split('+')
  const head = await gitIn(folder, 'rev-parse', 'HEAD')
  if (deployed === '' || head === undefined || head === deployed) return 'other'
  const isAncestor = async (one: string, of: string): Promise<boolean> =>
    (await gitIn(folder, 'merge-base', '--is-ancestor', one, of)) !== undefined
  if ((await gitIn(folder, 'cat-file', '-e', `${deployed}^{commit}`)) === undefined) return 'unknown'
  if (await isAncestor(head, deployed)) return 'older'
  if (await isAncestor(deployed, head)) return 'other'
  // A shallow clone may lack the commits between the two.
  return (await gitIn(folder, 'rev-parse', '--is-shallow-repository')) === 'true' ? 'unknown' : 'other'
}

const git = (...parameters: readonly string[]): Promise<string | undefined> => gitIn(ROOT, ...parameters)

/** Its output, or undefined if it fails, as it does outside of a repository. */
async function gitIn(folder: string, ...parameters: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', [...parameters], { cwd: folder })
    return stdout.trim()
  } catch {
    return undefined
  }
}
