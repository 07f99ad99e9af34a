/** That the benchmark runs and measures what it says. How fast anything is, only a quiet machine can tell. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bodyOf } from '../../scripts/bench/making.ts'
import { type Measured, spreadOf } from '../../scripts/bench/measure.ts'
import { complaintsOf, tooSlow } from '../../scripts/bench/report.ts'
import { ROWS } from '../../scripts/bench/schemes/index.ts'

const NAMES = [
  'hmac SHA-256',
  'ecdsa P-256',
  'rsa-2048 SHA-256',
  'ed25519',
  'standard-webhooks',
  'sns, certificate cached',
  'jwt HS256',
  'jwt RS256',
  'shared-secret',
]
const root = path.join(import.meta.dirname, '../..')
const run = promisify(execFile)

describe('npm run bench -- --smoke', () => {
  let folder = ''
  let out = ''
  let rows: readonly Measured[] = []

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postern-bench-'))
    const json = path.join(folder, 'bench.json')
    const args = [path.join(root, 'scripts/bench.ts'), '--smoke', '--json', json]
    out = (await run(path.join(root, 'node_modules/.bin/node'), args)).stdout
    rows = (JSON.parse(await readFile(json, 'utf8')) as { readonly rows: readonly Measured[] }).rows
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('prints a line for each scheme', () => {
    const names = out.split('\n').flatMap((line) => /^\| ([^|]+?) +\| [\d,]+ /.exec(line)?.[1] ?? [])
    expect(names).toEqual(NAMES)
  })

  it('writes the same as JSON', () => {
    expect(rows.map(({ name }) => name)).toEqual(NAMES)
    const spreads = rows.flatMap(({ overBare, fasterThan }) => [overBare, ...Object.values(fasterThan)])
    expect(spreads.filter(({ min, median, max }) => !(min > 0 && min <= median && median <= max))).toEqual([])
  })

  it('stands beside the libraries that others would use', () => {
    expect(rows.flatMap(({ fasterThan }) => Object.keys(fasterThan)).sort()).toEqual(
      ['@sendgrid/eventwebhook', 'jose', 'jose', 'sns-validator', 'standardwebhooks', 'svix'].sort(),
    )
  })

  it('says no to a number of rounds that is none', async () => {
    const args = [path.join(root, 'scripts/bench.ts'), '--rounds', '0']
    await expect(run(path.join(root, 'node_modules/.bin/node'), args)).rejects.toMatchObject({ code: 1 })
  })
})

describe.each(ROWS)('each contestant of $name', ({ prepare }) => {
  it.each([
    ['takes the genuine body', bodyOf(256), true],
    ['refuses another', bodyOf(256, 'bounced'), false],
  ])('%s', async (_what, sent, expected) => {
    const { bare, ours, official } = await prepare(bodyOf(256), sent)
    for (const [who, verify] of Object.entries({ bare, ours, ...official })) {
      expect([who, await verify()]).toEqual([who, expected])
    }
  })
})

describe('the verdict', () => {
  const row = (...ratios: number[]): Measured => ({
    name: 'x',
    perSecond: 1,
    overBare: spreadOf(ratios),
    fasterThan: {},
  })

  it.each([
    ['all rounds above', row(1.31, 1.4, 1.5), 1, ['TOO SLOW: x']],
    ['one round at the limit', row(1.3, 1.4, 1.5), 0, ['over the target, within the spread: x']],
    ['all below', row(0.9, 1, 1.1), 0, []],
  ])('%s', (_what, measured, count, complaints) => {
    expect(tooSlow([measured])).toHaveLength(count)
    expect(complaintsOf([measured])).toEqual(complaints)
  })

  it.each([
    [[3, 1, 2], { median: 2, min: 1, max: 3 }],
    [[4, 1, 2, 3], { median: 2.5, min: 1, max: 4 }],
  ])('reads %j as a spread', (values, expected) => {
    expect(spreadOf(values)).toEqual(expected)
  })
})
