/** Bundles the script of the console's pages into the one file that the Worker imports as text. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { ROOT } from '../workers.ts'

const ENTRY = `${ROOT}src/console/client/index.ts`

/** Not in the repository: whatever bundles the console calls {@link buildClient} before. */
const FILE = `${ROOT}src/console/client/app.client`

let built: Promise<void> | undefined

/** Once a process: the file is as new as its sources. */
export const buildClient = (): Promise<void> => (built ??= buildNow())

async function buildNow(): Promise<void> {
  // The package of the command line, which imports this file, has no bundler.
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [ENTRY],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  })
  const text = outputFiles[0]?.text ?? ''
  if (text === (await readFile(FILE, 'utf8').catch(() => undefined))) return
  // Several processes may build it at once.
  const unfinished = `${FILE}.${randomUUID()}`
  await writeFile(unfinished, text)
  await rename(unfinished, FILE)
}
