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
}

const HASH_DIGITS = 8
const MIGRATIONS = `${ROOT}src/store/migrations`

export async function readCheckout(): Promise<Checkout> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).sort()
  const hashes = await Promise.all(
    files.map(async (file) => {
      const text = await readFile(`${MIGRATIONS}/${file}`)
      return [file, createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)] as const
    }),
  )
  return { version: VERSION, commit: await commitOf(), migrations: Object.fromEntries(hashes) }
}

async function commitOf(): Promise<string | null> {
  const head = await git('rev-parse', 'HEAD')
  if (head === undefined) return null
  return head + ((await git('status', '--porcelain')) === '' ? '' : '+changes')
}

/** Whether git knows the deployed commit and finds this checkout among its ancestors. */
export async function isAncestorOf(commit: string | null): Promise<boolean> {
  const [deployed = ''] = (commit ?? '').split('+')
  const head = await git('rev-parse', 'HEAD')
  if (deployed === '' || deployed === head) return false
  return (await git('merge-base', '--is-ancestor', 'HEAD', deployed)) !== undefined
}

/** Its output, or undefined if it fails, as it does outside of a repository. */
async function git(...parameters: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', [...parameters], { cwd: ROOT })
    return stdout.trim()
  } catch {
    return undefined
  }
}
