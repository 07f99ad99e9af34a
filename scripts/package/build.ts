/** Builds the package of the command line, which is installed alone: one file without dependencies. */
import { chmod, copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { ROOT } from '../workers.ts'

/** The oldest Node that has all that the bundle calls. */
const NODE_MAJOR = 22

const README = `# postern

The command line of Postern, a guarded gateway for email webhooks: sources, secrets, events, suppressions and what was refused.

    postern login https://console.example
    postern --help

It needs Node ${NODE_MAJOR} or newer. \`sql\` also needs DuckDB: \`npm install -g @duckdb/node-api\`. \`tail --worker\` and \`doctor --account\` run Wrangler and work only in a checkout of
Postern, as do \`drill restore\` and \`drill failover\`. So does \`tail --local\`, unless \`STATE_DIR\` is set.
`

/**
 * Writes the package into a folder, which is replaced. `npm pack` there makes the file to install.
 *
 * @throws if the code does not build; the message lists each error with its position
 */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const bundle = join(folder, 'postern.js')
  const { metafile } = await build({
    entryPoints: [`${ROOT}scripts/postern.ts`],
    absWorkingDir: ROOT,
    tsconfig: `${ROOT}tsconfig.json`,
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: `node${NODE_MAJOR}`,
    // DuckDB is installed beside it by those who want `postern sql`. The bundler is needed in a checkout alone.
    external: ['@duckdb/node-api', 'esbuild'],
    metafile: true,
    logLevel: 'silent',
    plugins: [
      {
        name: 'no-checkout',
        setup: (building) =>
          building.onLoad({ filter: /\/scripts\/checkout\.ts$/ }, () => ({
            contents: 'export const CHECKOUT = undefined',
          })),
      },
    ],
  })
  await chmod(bundle, 0o755)
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(await manifest(), null, 2)}\n`)
  await writeFile(join(folder, 'README.md'), README)
  await copyFile(`${ROOT}LICENSE`, join(folder, 'LICENSE'))
  await writeFile(join(folder, 'LICENSES-OF-DEPENDENCIES'), await licenses(Object.keys(metafile.inputs)))
}

async function manifest(): Promise<object> {
  const { version, license } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as {
    readonly version: string
    readonly license: string
  }
  return {
    name: 'postern',
    version,
    description: 'The command line of Postern, a guarded gateway for email webhooks.',
    license,
    type: 'module',
    bin: { postern: 'postern.js' },
    files: ['postern.js', 'LICENSES-OF-DEPENDENCIES'],
    engines: { node: `>=${NODE_MAJOR}` },
  }
}

/** The licenses of the packages in the bundle, which must go along with their code. */
async function licenses(inputs: readonly string[]): Promise<string> {
  const names = inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
  const texts = [...new Set(names)].toSorted().map(async (name) => {
    const folder = `${ROOT}node_modules/${name}/`
    const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one))
    if (file === undefined) throw new Error(`${name} has no file with its license`)
    return `${name}\n\n${await readFile(folder + file, 'utf8')}`
  })
  return (await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n`)
}
