/** Finds the secrets that the deployed Workers lack, and generates their values. */
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ROOT, WORKERS, type WorkerName } from '../workers.ts'
import { DeployProblem } from './problem.ts'
import type { Wrangler } from './wrangler.ts'

export type SecretName = 'MASTER_KEY' | 'ADMIN_TOKEN'

/** The secrets that each Worker requires, as in its `wrangler.toml`. */
const REQUIRED: Readonly<Record<WorkerName, readonly SecretName[]>> = {
  gateway: ['MASTER_KEY'],
  consumer: ['MASTER_KEY'],
  console: ['MASTER_KEY', 'ADMIN_TOKEN'],
}

const GENERATORS: Readonly<Record<SecretName, () => string>> = {
  MASTER_KEY: () => `v1:${randomBytes(32).toString('base64')}`,
  ADMIN_TOKEN: () => randomBytes(24).toString('base64url'),
}

/** Where a first deployment writes the generated secrets. Never committed: `.wrangler/` is ignored. */
export const MADE_PATH = '.wrangler/deployed-secrets.json'

/** The secrets that each Worker lacks. */
export type Missing = Readonly<Record<WorkerName, readonly SecretName[]>>

/** Lists the secrets of each Worker. A Worker that is not deployed yet has none. */
export async function missingSecrets(wrangler: Wrangler): Promise<Missing> {
  const missing: Record<WorkerName, readonly SecretName[]> = { gateway: [], consumer: [], console: [] }
  for (const { name, config } of WORKERS) {
    const { ok, text } = await wrangler('secret', 'list', '-c', config, '--format', 'json')
    if (!ok && !/not (?:exist|found)|10007/i.test(text))
      throw new DeployProblem(`The secrets of the ${name} could not be listed:\n${text.trim()}`)
    const present = ok ? namesIn(text) : []
    missing[name] = REQUIRED[name].filter((secret) => !present.includes(secret))
  }
  return missing
}

/** The names in Wrangler's JSON, which may have lines of text before it. */
export function namesIn(text: string): string[] {
  const list = JSON.parse(text.slice(Math.max(0, text.indexOf('[')))) as { name: string }[]
  return list.map(({ name }) => name)
}

/**
 * A value for each missing secret: from the environment, else from an earlier run, else generated now and written to
 * {@link MADE_PATH} before it is used.
 *
 * @throws {DeployProblem} if only some Workers have a master key and its value is not known here: a new key could not decrypt
 *   what the other Workers encrypt
 */
export async function valuesFor(
  missing: Missing,
  environment: Readonly<Record<string, string | undefined>>,
  print: (line: string) => void,
): Promise<Readonly<Partial<Record<SecretName, string>>>> {
  const wanted = (['MASTER_KEY', 'ADMIN_TOKEN'] as const).filter((secret) =>
    WORKERS.some(({ name }) => missing[name].includes(secret)),
  )
  const path = join(ROOT, MADE_PATH)
  const made = await readMade(path)
  const values: Partial<Record<SecretName, string>> = {}
  const fresh: SecretName[] = []
  for (const secret of wanted) {
    const known = environment[secret] || made[secret]
    if (known === undefined && secret === 'MASTER_KEY') refuseSecondMasterKey(missing)
    values[secret] = known ?? GENERATORS[secret]()
    if (known === undefined) fresh.push(secret)
  }
  if (fresh.length > 0) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, `${JSON.stringify({ ...made, ...values }, null, 2)}\n`, { mode: 0o600 })
    print(
      `Generated ${fresh.join(' and ')}, written to ${MADE_PATH}: keep a copy in a safe place and delete the file.`,
    )
    if (fresh.includes('MASTER_KEY'))
      print('Without MASTER_KEY nothing that Postern stores can ever be read again.')
  }
  return values
}

function refuseSecondMasterKey(missing: Missing): void {
  const withKey = WORKERS.filter(({ name }) => !missing[name].includes('MASTER_KEY'))
  if (withKey.length === 0) return
  const withoutKey = WORKERS.filter(({ name }) => missing[name].includes('MASTER_KEY'))
  throw new DeployProblem(
    `The ${names(withKey)} has a MASTER_KEY and the ${names(withoutKey)} has none: all three need the same. ` +
      'Run again with MASTER_KEY set to the copy that you keep.',
  )
}

const names = (workers: readonly { readonly name: string }[]): string =>
  workers.map(({ name }) => name).join(' and the ')

async function readMade(path: string): Promise<Partial<Record<SecretName, string>>> {
  const text = await readFile(path, 'utf8').catch(() => '{}')
  return JSON.parse(text) as Partial<Record<SecretName, string>>
}
