/** Bundles a Worker's TypeScript into one module, as Wrangler does. */
import { readFile } from 'node:fs/promises'
import { type Plugin, build } from 'esbuild'
import { ROOT } from '../workers.ts'

export type StandIns = ReadonlyMap<string, string>

/**
 * Bundles an entry file and what it imports.
 *
 * @param entry absolute path
 * @param standIns replacement files: absolute path by the absolute path of the original
 * @throws if the code does not build; the message lists each error with its position
 */
export async function bundle(entry: string, standIns: StandIns = new Map()): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    tsconfig: `${ROOT}tsconfig.json`,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    // As `[[rules]]` of the console's Wrangler file.
    loader: { '.css': 'text' },
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'silent',
    plugins: [replaceFiles(standIns)],
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`${entry} gave no bundle`)
  return file.text
}

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
