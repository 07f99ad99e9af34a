/** One Worker's TypeScript as one module, the way Wrangler bundles it. */
import { build } from 'esbuild'
import { ROOT } from '../workers.ts'

/**
 * Bundles an entry file and what it imports.
 *
 * @param entry absolute path
 * @throws when the code does not build; the message lists each error with its place
 */
export async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    tsconfig: `${ROOT}tsconfig.json`,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error(`${entry} gave no bundle`)
  return file.text
}
