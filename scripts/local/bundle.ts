/** Bundles a Worker's TypeScript into one module, as Wrangler does. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type BuildOptions, type Plugin, build, version } from 'esbuild'
import { ROOT } from '../workers.ts'
import { buildClient } from './client.ts'

export type StandIns = ReadonlyMap<string, string>

const OPTIONS = {
  absWorkingDir: ROOT,
  tsconfig: `${ROOT}tsconfig.json`,
  bundle: true,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  // As `[[rules]]` of the console's Wrangler file.
  loader: { '.css': 'text', '.client': 'text' },
  external: ['cloudflare:*', 'node:*'],
  logLevel: 'silent',
} as const satisfies BuildOptions

/** Files that decide how others are bundled. */
const DECIDING = [`${ROOT}package-lock.json`, OPTIONS.tsconfig, import.meta.filename]

/** Bundles that were made before: one for each entry file and its stand-ins. */
const CACHE = `${ROOT}node_modules/.cache/bundles`

interface Cached {
  readonly text: string
  /** Hash of each file that it was made of, by its absolute path. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Bundles an entry file and what it imports, unless that was done before and no file has changed since.
 *
 * @param entry absolute path
 * @param standIns replacement files: absolute path by the absolute path of the original
 * @throws if the code does not build; the message lists each error with its position
 */
export async function bundle(entry: string, standIns: StandIns = new Map()): Promise<string> {
  await buildClient()
  // Temporary files would fill the cache.
  if (![entry, ...standIns.values()].every((file) => file.startsWith(ROOT)))
    return (await bundleNow(entry, standIns)).text
  const path = join(CACHE, `${hashOf(JSON.stringify([version, entry, ...standIns]))}.json`)
  const cached = await readCached(path)
  if (cached !== undefined) return cached
  const begunMs = Date.now()
  const { text, inputs } = await bundleNow(entry, standIns)
  const files = [...inputs, ...standIns.values(), ...DECIDING]
  // Perhaps after esbuild has read it.
  const isChanging = (await Promise.all(files.map((file) => stat(file)))).some(
    ({ mtimeMs }) => mtimeMs >= begunMs,
  )
  if (!isChanging) await keep(path, { text, files: await hashesOf(files) })
  return text
}

async function keep(path: string, cached: Cached): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  // Several processes bundle the same at once.
  const unfinished = `${path}.${randomUUID()}`
  await writeFile(unfinished, JSON.stringify(cached))
  await rename(unfinished, path)
}

async function readCached(path: string): Promise<string | undefined> {
  try {
    const { text, files } = JSON.parse(await readFile(path, 'utf8')) as Cached
    const hashes = await hashesOf(Object.keys(files))
    return Object.entries(hashes).every(([file, hash]) => files[file] === hash) ? text : undefined
  } catch {
    return undefined
  }
}

async function bundleNow(entry: string, standIns: StandIns) {
  const { outputFiles, metafile } = await build({
    ...OPTIONS,
    conditions: [...OPTIONS.conditions],
    external: [...OPTIONS.external],
    entryPoints: [entry],
    write: false,
    metafile: true,
    plugins: [replaceFiles(standIns)],
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`${entry} gave no bundle`)
  return { text: file.text, inputs: Object.keys(metafile.inputs).map((input) => resolve(ROOT, input)) }
}

const hashOf = (contents: string | Buffer): string =>
  createHash('sha256').update(contents).digest('base64url')

const hashesOf = async (files: readonly string[]): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, hashOf(await readFile(file))] as const)),
  )

const replaceFiles = (standIns: StandIns): Plugin => ({
  name: 'stand-ins',
  setup(building) {
    if (standIns.size === 0) return
    building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const other = standIns.get(path)
      return other === undefined ? undefined : { contents: await readFile(other, 'utf8'), loader: 'ts' }
    })
  },
})
