/** The command line as a package: installed alone, without a registry, it works outside of any checkout. */
import { type ExecFileException, execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackage } from '../../scripts/package/build.ts'
import { ROOT } from '../../scripts/workers.ts'

let folder: string
let tarball: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-package-'))
  await buildPackage(join(folder, 'built'))
  await ran('npm', ['pack', './built', '--offline'])
  tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? 'none'
  await ran('npm', ['install', `./${tarball}`, '--offline', '--prefix', join(folder, 'home')])
})
afterAll(() => rm(folder, { recursive: true }))

interface Ran {
  readonly code: number | string
  readonly out: string
  readonly errors: string
}

/** In a folder without a checkout, and with no setting of this one. */
function run(file: string, args: readonly string[], more: Record<string, string> = {}): Promise<Ran> {
  const env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: folder,
    npm_config_cache: join(folder, 'cache'),
    ...more,
  }
  return new Promise((resolve) => {
    execFile(file, args, { cwd: folder, env }, (error: ExecFileException | null, out, errors) =>
      resolve({ code: error === null ? 0 : (error.code ?? 'killed'), out, errors }),
    )
  })
}

async function ran(file: string, args: readonly string[]): Promise<void> {
  expect(await run(file, args)).toMatchObject({ code: 0 })
}

const postern = (args: readonly string[], environment: Record<string, string> = {}) =>
  run(join(folder, 'home/node_modules/.bin/postern'), args, environment)

describe('the package', () => {
  it('is small, and needs no other', async () => {
    expect((await stat(join(folder, tarball))).size).toBeLessThan(1024 * 1024)
    const installed = (await readdir(join(folder, 'home/node_modules'))).filter(
      (name) => !name.startsWith('.'),
    )
    expect(installed).toEqual(['postern'])
    const files = await readdir(join(folder, 'home/node_modules/postern'))
    expect(files.toSorted()).toEqual(
      ['LICENSE', 'LICENSES-OF-DEPENDENCIES', 'README.md', 'package.json', 'postern.js'].toSorted(),
    )
  })

  it('says its version and its commands', async () => {
    const { version } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as { version: string }
    expect(await postern(['--version'])).toMatchObject({ code: 0, out: `${version}\n`, errors: '' })
    const help = await postern(['--help'])
    expect(help).toMatchObject({ code: 0, errors: '' })
    expect(help.out).toMatch(/suppressions[^]*Exit codes:/)
  })

  it('says how to install DuckDB, which only one command needs', async () => {
    expect(await postern(['sql', 'select 1'])).toMatchObject({
      code: 1,
      out: '',
      errors: expect.stringContaining('npm install -g @duckdb/node-api'),
    })
  })

  it('is 3 where nobody answers, 2 for a mistake, and holds no path of the checkout', async () => {
    const closed = { POSTERN_URL: 'http://127.0.0.1:1', POSTERN_TOKEN: 'token-of-the-test' }
    expect(await postern(['sources', 'list'], closed)).toMatchObject({
      code: 3,
      out: '',
      errors: expect.stringContaining('127.0.0.1:1'),
    })
    expect(await postern(['sources', 'lst'])).toMatchObject({ code: 2, out: '' })
    expect(await readFile(join(folder, 'built/postern.js'), 'utf8')).not.toContain(ROOT)
  })

  it('signs and verifies offline', async () => {
    expect(await postern(['sign', 'sendgrid', '--out', 'sample'])).toMatchObject({ code: 0 })
    const verify = ['verify', 'sample/request.http', '--source', 'sample/source.json']
    expect(await postern(verify)).toMatchObject({ code: 0, errors: '' })
  })

  it.each([
    [['tail', '--worker', 'gateway'], 'tail --worker'],
    [['tail', '--local'], 'tail --local'],
    [['doctor', '--account'], 'doctor --account'],
  ])('says of %j that it needs a checkout', async (args, what) => {
    const { code, errors } = await postern(args)
    expect({ code, errors }).toEqual({
      code: 1,
      errors: expect.stringMatching(new RegExp(`^${what}.* works only in a checkout of Postern`)),
    })
  })

  it('asks for a token where a checkout would have one', async () => {
    expect(await postern(['sources', 'list'])).toMatchObject({
      code: 3,
      errors: expect.stringContaining('postern login'),
    })
  })
})
