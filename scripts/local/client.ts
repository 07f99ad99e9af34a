/** Makes the files of the console's pages that the Worker imports as text: their script, bundled into one, and their font. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { ROOT } from '../workers.ts'

const FOLDER = `${ROOT}src/console/client/`
const FONT = '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'

let built: Promise<unknown> | undefined

/** Once a process: the files are as new as their sources. They are not in the repository, so whatever bundles the console calls this. */
export const buildClient = async (): Promise<void> => {
  await (built ??= Promise.all([keep('app.client', await script()), keep('font.client', await font())]))
}

async function script(): Promise<string> {
  // The package of the command line, which imports this file, has no bundler.
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`${FOLDER}index.ts`],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

/** In base64, since all bundlers import text alike. */
const font = (): Promise<string> => readFile(createRequire(import.meta.url).resolve(FONT), 'base64')

async function keep(name: string, text: string): Promise<void> {
  const file = `${FOLDER}${name}`
  if (text === (await readFile(file, 'utf8').catch(() => undefined))) return
  // Several processes may build it at once.
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, text)
  await rename(unfinished, file)
}
