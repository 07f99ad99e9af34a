/** Which checkout may be deployed over which release. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Relation, onlyAdds, readCheckout, relationTo } from '../../../scripts/deploy/checkout.ts'
import type { Configuration } from '../../../scripts/deploy/configuration/committed.ts'
import { type Release, previousOf } from '../../../scripts/deploy/release.ts'
import { type Order, checkOrder, compareVersions } from '../../../scripts/deploy/steps/check-order.ts'

const first = { '0001_a.sql': '1' }
const both = { ...first, '0002_b.sql': '2' }
const release = (change: Partial<Release>): Release => ({
  id: '1',
  version: '1.0.0',
  commit: 'a'.repeat(40),
  code: '',
  all: '',
  bookmark: '',
  migrations: first,
  classes: ['Guard'],
  ...change,
})
const BEFORE = release({})
const NOW = release({ id: '2', version: '1.1.0', migrations: both, previous: previousOf(BEFORE) })

const over = (deployed: Release | undefined, change: Partial<Order> = {}): Order => ({
  checkout: { version: '1.1.0', commit: null, migrations: both },
  relation: 'other',
  deployed: new Map(
    deployed === undefined
      ? []
      : [
          [
            'gateway',
            {
              name: 'g',
              secrets: [],
              deployments: [],
              vars: {},
              release: deployed,
              masterKey: undefined,
              bound: [],
              isOnWorkersDev: true,
            },
          ],
        ],
  ),
  configurations: new Map([
    ['gateway', { name: 'g', main: '', exports: { Guard: {} } } satisfies Configuration],
  ]),
  applied: Object.keys(deployed?.migrations ?? {}),
  downgrade: false,
  ...change,
})
const older = { checkout: { version: '1.0.0', commit: null, migrations: first } }

describe('a checkout', () => {
  it.each<[what: string, order: Order, isDowngrade: boolean]>([
    ['over nothing', over(undefined), false],
    ['over the same', over(NOW), false],
    ['over the release before', over(BEFORE), false],
    ['of a later version over a commit that git does not know', over(BEFORE, { relation: 'unknown' }), false],
    [
      'over a commit that exists no more, on purpose',
      over(NOW, { relation: 'unknown', downgrade: true }),
      true,
    ],
    ['of the release before, on purpose', over(NOW, { ...older, downgrade: true }), true],
    ['of an earlier commit, on purpose', over(NOW, { relation: 'older', downgrade: true }), true],
  ])('%s goes', (_what, order, isDowngrade) => {
    expect(checkOrder(order)).toBe(isDowngrade)
  })

  it.each<[string, Order, RegExp]>([
    [
      'of the release before',
      over(NOW, older),
      /1\.1\.0 .* is deployed, and this checkout is older: 1\.0\.0\. Check out a{40} or later/,
    ],
    ['of an earlier commit', over(NOW, { relation: 'older' }), /this checkout is older/],
    [
      'over a commit that git does not know',
      over(NOW, { relation: 'unknown' }),
      /git does not know here whether 1\.1\.0 .* is later .* fetch-depth: 0/,
    ],
    [
      'without a migration that changed what it reads, on purpose',
      over({ ...NOW, oneWay: ['0002_b.sql'] }, { ...older, downgrade: true }),
      /There is no way back from 1\.1\.0 .*: 0002_b\.sql changed what this checkout reads/,
    ],
    [
      'that lacks a migration',
      over(NOW, { checkout: { ...older.checkout, version: '1.1.0' } }),
      /this checkout is older/,
    ],
    [
      'two releases before, on purpose',
      over(release({ id: '3', version: '1.2.0', migrations: both, previous: previousOf(NOW) }), {
        ...older,
        downgrade: true,
      }),
      /more than one release older than 1\.2\.0 .* \(0002_b\.sql\)\. Check out a{40}\./,
    ],
    [
      'without a class that has data, on purpose',
      over({ ...NOW, classes: ['Guard', 'Watch'] }, { ...older, downgrade: true }),
      /g has Durable Object classes that this checkout lacks/,
    ],
    [
      'with another migration of the same name',
      over(NOW, { checkout: { version: '1.1.0', commit: null, migrations: { ...both, '0002_b.sql': 'x' } } }),
      /other migrations than this checkout under the same names: 0002_b\.sql\./,
    ],
    [
      'over a database of an unknown version',
      over(undefined, { applied: ['0009_z.sql'] }),
      /migrations of a later version \(0009_z\.sql\), and no Worker says which/,
    ],
  ])('%s is refused', (_what, order, says) => {
    expect(() => checkOrder(order)).toThrow(says)
  })
})

describe('a clone', () => {
  let folder: string
  const commits: string[] = []
  const git = async (at: string, ...parameters: string[]): Promise<string> => {
    const own = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'commit.gpgsign=false']
    const ran = await promisify(execFile)('git', [...own, '-C', at, ...parameters])
    return ran.stdout.trim()
  }
  const clone = (name: string, ...parameters: string[]) =>
    git(folder, 'clone', '--quiet', ...parameters, `file://${folder}/all`, name)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-clones-'))
    await git(folder, 'init', '--quiet', '--initial-branch=main', 'all')
    for (const message of ['first', 'second', 'third']) {
      await git(join(folder, 'all'), 'commit', '--quiet', '--allow-empty', '-m', message)
      commits.push(await git(join(folder, 'all'), 'rev-parse', 'HEAD'))
    }
    await git(join(folder, 'all'), 'branch', 'old', commits[0] ?? '')
    await git(join(folder, 'all'), 'branch', 'middle', commits[1] ?? '')
    await clone('old', '--branch=old')
    await clone('shallow-old', '--branch=old', '--depth=1')
    await clone('shallow-new', '--depth=1')
    // It has the deployed commit, and not what lies between.
    await clone('shallow-both', '--branch=old', '--depth=1')
    await git(join(folder, 'shallow-both'), 'fetch', '--quiet', '--depth=1', 'origin', 'main')
    await mkdir(join(folder, 'none'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each<[clone: string, deployed: number, relation: Relation]>([
    ['all', 0, 'other'],
    ['all', 2, 'other'],
    ['old', 2, 'older'],
    ['old', 0, 'other'],
    ['shallow-old', 2, 'unknown'],
    ['shallow-new', 0, 'unknown'],
    ['shallow-new', 2, 'other'],
    ['shallow-both', 2, 'unknown'],
    ['none', 2, 'other'],
  ])('%s over commit %i is %s', async (name, deployed, relation) => {
    const commit = `${commits[deployed]}${deployed === 2 ? '+changes' : ''}`
    expect(await relationTo(commit, join(folder, name))).toBe(relation)
  })
})

describe('a migration', () => {
  it.each([
    ['CREATE TABLE a (b TEXT); -- DROP TABLE a;\nCREATE INDEX c ON a (b);', true],
    ["ALTER TABLE a ADD COLUMN b TEXT DEFAULT '';\n\nINSERT INTO a (b) VALUES (1)", true],
    ['CREATE TABLE a (b TEXT); DROP TABLE c', false],
    ['ALTER TABLE a RENAME COLUMN b TO c', false],
    ['UPDATE a SET b = 1', false],
  ])('%j only adds: %s', (sql, adds) => {
    expect(onlyAdds(sql)).toBe(adds)
  })

  it('of this version only adds', async () => {
    expect((await readCheckout()).oneWay).toEqual([])
  })
})

it.each([
  ['1.0.0', '1.0.0', 0],
  ['0.9.0', '0.10.0', -1],
  ['1.0.0', '0.10.9', 1],
  ['1.0.0-rc.1', '1.0.0', 0],
])('compares %s and %s as numbers', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign)
})
