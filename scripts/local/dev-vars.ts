/** `.dev.vars`: the secrets of the local Workers, one `NAME=value` per line, readable by the owner only. */
import { randomBytes } from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'

/** Generators of the secrets that a first start creates. */
const GENERATORS: ReadonlyMap<string, () => string> = new Map([
  ['MASTER_KEY', () => `v1:${randomBytes(32).toString('base64')}`],
  ['ADMIN_TOKEN', () => randomBytes(24).toString('base64url')],
])

export interface LocalSecrets {
  readonly values: Readonly<Record<string, string>>
  /** Other entries of the file: variables for all Workers. */
  readonly others: Readonly<Record<string, string>>
  /** Names of the secrets that were generated now. */
  readonly made: readonly string[]
}

/**
 * Reads the secrets from the environment first, then from the file. A secret that neither has is generated and added to the
 * file. Other lines of the file stay unchanged.
 */
export async function localSecrets(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<LocalSecrets> {
  const text = await textAt(path)
  const stored = valuesOf(text)
  const values: Record<string, string> = {}
  const made: string[] = []
  for (const [name, generate] of GENERATORS) {
    const known = environment[name] || stored.get(name)
    values[name] = known ?? generate()
    if (known === undefined) made.push(name)
  }
  if (made.length > 0) {
    const lines = made.map((name) => `${name}=${values[name]}\n`).join('')
    await writeFile(path, text + (text === '' || text.endsWith('\n') ? '' : '\n') + lines, { mode: 0o600 })
    await chmod(path, 0o600)
  }
  const others = Object.fromEntries([...stored].filter(([name]) => !GENERATORS.has(name)))
  return { values, others, made }
}

/** The entries of the file; an empty map if there is no file. */
export const readDevVars = async (path: string): Promise<ReadonlyMap<string, string>> =>
  valuesOf(await textAt(path))

const textAt = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return ''
    throw cause
  })

const LINE = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/

function valuesOf(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, ...forms] = LINE.exec(line) ?? []
    const value = forms.find((form) => form !== undefined)
    if (name !== undefined && value) values.set(name, value)
  }
  return values
}
