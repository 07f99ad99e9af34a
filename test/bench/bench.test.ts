/** Checks that the benchmark runs and measures what it claims. Actual speed can be measured only on an idle machine. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type GoalName, GOALS, judge } from '../../bench/goals.ts'
import { GROUPS } from '../../bench/groups/index.ts'
import { type Shot, fireInTurns } from '../../bench/load.ts'
import { bodyOf } from '../../bench/making.ts'
import { isShort } from '../../bench/report.ts'
import { isGenuine } from '../../bench/row.ts'
import { ROWS } from '../../bench/schemes/index.ts'
import { type Spread, exactly, ratioOf, spreadOf } from '../../bench/spread.ts'
import { ROOT } from '../../scripts/workers.ts'

const SCHEMES = [
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
const run = promisify(execFile)
const bench = (...args: string[]) => run(process.execPath, [path.join(ROOT, 'scripts/bench.ts'), ...args])

interface Json {
  readonly goals: readonly { readonly goal: GoalName; readonly spread: Spread }[]
  readonly groups: Readonly<Record<string, unknown>>
}

describe('npm run bench -- --quick', () => {
  let folder = ''
  let text = ''
  let json: Json = { goals: [], groups: {} }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'postern-bench-'))
    const out = path.join(folder, 'bench.json')
    text = (await bench('--quick', '--out', out)).stdout
    json = JSON.parse(await readFile(out, 'utf8')) as Json
  }, 300_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('measures every group', () => {
    expect(Object.keys(json.groups)).toEqual(GROUPS.map(({ name }) => name))
    expect(text.match(/^## /gm)).toHaveLength(GROUPS.length + 1)
  })

  it.each(Object.keys(GOALS).filter((name) => !name.endsWith('Dollars')))('has a reading for %s', (name) => {
    const readings = json.goals.filter(({ goal }) => goal === name)
    expect(readings).not.toEqual([])
    expect(readings.filter(({ spread }) => !(spread.median >= 0))).toEqual([])
  })

  it('prints a line for each scheme', () => {
    for (const scheme of SCHEMES) expect(text).toMatch(new RegExp(`^\\| ${scheme} +\\| [\\d,]+ `, 'm'))
  })

  it('compares with the official libraries', () => {
    for (const name of ['@sendgrid/eventwebhook', 'standardwebhooks', 'svix', 'sns-validator', 'jose'])
      expect(text).toContain(`${name} `)
  })

  it('measures a lone delivery over several starts, and everything else in the one round of a quick run', () => {
    const isOne = ({ low, high }: Spread) => low === high
    const floor = json.groups['floor'] as readonly {
      atOnce: number
      bytes: number
      sources: number
      p50: Spread
    }[]
    const lone = floor.filter(
      ({ atOnce, bytes, sources }) => atOnce === 1 && bytes === 2_048 && sources === 1,
    )
    expect(lone.map(({ p50 }) => isOne(p50))).toEqual([false])
    const goals = json.goals.filter(({ goal }) => goal.startsWith('throughput'))
    expect(goals.map(({ spread }) => isOne(spread))).toEqual([true, true, true, true])
  })

  it('sends no forgery to the queue', () => {
    const queued = json.goals.filter(({ goal }) => goal === 'forgeryQueue')
    expect(queued.map(({ spread }) => spread.median)).toEqual([0, 0])
  })
})

describe.each(ROWS)('each contestant of $name', ({ prepare }) => {
  it.each([
    ['takes the genuine body', bodyOf(256), true],
    ['refuses another', bodyOf(256, 'bounced'), false],
  ])('%s', async (_what, sent, expected) => {
    const { check, bare, ours, official } = await prepare(bodyOf(256), sent)
    for (const [who, verify] of Object.entries({ check, bare, ours, ...official })) {
      expect([who, isGenuine(await verify())]).toEqual([who, expected])
    }
  })
})

describe('volleys in turns', () => {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.statusCode = request.url === '/refused' ? 401 : 200
    response.end()
  })
  let origin = ''

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  beforeEach(() => {
    paths.length = 0
  })
  afterAll(() => {
    server.close()
    server.closeAllConnections()
  })

  const volley = (path: string, count: number): Shot[] =>
    Array.from({ length: count }, () => ({
      url: new URL(path, origin),
      method: 'POST',
      headers: {},
      body: new Uint8Array(1),
    }))

  it.each([
    [2, ['/a', '/a', '/b', '/b', '/a', '/a', '/b', '/a']],
    [5, ['/a', '/a', '/a', '/a', '/a', '/b', '/b', '/b']],
  ])('go %i shots of one and then of the next', async (shotsATurn, expected) => {
    const [a, b] = await fireInTurns([volley('/a', 5), volley('/b', 3)], 1, shotsATurn)
    expect(paths).toEqual(expected)
    for (const { perSecond, p50Ms, p99Ms } of [a, b]) {
      expect(perSecond).toBeGreaterThan(0)
      expect(p99Ms).toBeGreaterThanOrEqual(p50Ms)
    }
  })

  it('end at an unexpected answer', async () => {
    const fired = fireInTurns([volley('/a', 2), volley('/refused', 2)], 1, 1)
    await expect(fired).rejects.toThrow('401')
    expect(paths).toEqual(['/a', '/refused'])
  })
})

describe('the verdict', () => {
  it.each([
    ['verification', [1.26, 1.32, 1.33], 'SHORT'],
    ['verification', [1.24, 1.32, 1.33], 'short, within the spread'],
    ['verification', [1.2, 1.25, 1.4], 'reached'],
    ['verification', [1, 1.1, 1.4], 'aim reached'],
    ['throughputOf10', [0.5, 0.55, 0.59], 'SHORT'],
    ['throughputOf10', [0.5, 0.55, 0.6], 'short, within the spread'],
    ['throughputOf10', [0.5, 0.6, 0.9], 'reached'],
    ['throughputOf10', [0.6, 0.7, 1], 'aim reached'],
    ['forgeryQueue', [0, 0, 0], 'aim reached'],
    ['forgeryQueue', [0.0001, 0.0001, 0.0001], 'SHORT'],
  ] as const)('on %s at %j', (goal, [low, median, high], expected) => {
    const reading = { goal, spread: { low, median, high } }
    expect(judge(reading)).toBe(expected)
    expect(isShort([{ goal: 'guard', spread: exactly(9) }, reading])).toBe(expected === 'SHORT')
  })

  it.each([
    [[3, 1, 2], { low: 1.5, median: 2, high: 2.5 }],
    [[4, 1, 2, 3], { low: 1.75, median: 2.5, high: 3.25 }],
    [[7], { low: 7, median: 7, high: 7 }],
  ])('reads %j as a spread', (values, expected) => {
    expect(spreadOf(values)).toEqual(expected)
  })

  it('takes ratios turn by turn', () => {
    expect(ratioOf([2, 6, 20], [1, 2, 4])).toEqual({ low: 2.5, median: 3, high: 4 })
  })
})
