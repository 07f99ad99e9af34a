/** Which checkout may be deployed over which release. */
import { describe, expect, it } from 'vitest'
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
  isAncestor: false,
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
  it.each<[string, Order]>([
    ['over nothing', over(undefined)],
    ['over the same', over(NOW)],
    ['over the release before', over(BEFORE)],
    ['of the release before, on purpose', over(NOW, { ...older, downgrade: true })],
    ['of an earlier commit, on purpose', over(NOW, { isAncestor: true, downgrade: true })],
  ])('%s goes', (_what, order) => {
    expect(() => checkOrder(order)).not.toThrow()
  })

  it.each<[string, Order, RegExp]>([
    [
      'of the release before',
      over(NOW, older),
      /1\.1\.0 .* is deployed, and this checkout is older: 1\.0\.0\. Check out a{40} or later/,
    ],
    ['of an earlier commit', over(NOW, { isAncestor: true }), /this checkout is older/],
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

it.each([
  ['1.0.0', '1.0.0', 0],
  ['0.9.0', '0.10.0', -1],
  ['1.0.0', '0.10.9', 1],
  ['1.0.0-rc.1', '1.0.0', 0],
])('compares %s and %s as numbers', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign)
})
