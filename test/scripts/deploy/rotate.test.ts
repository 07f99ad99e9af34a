/** `npm run rotate-master-key` as it is, against the fake: all steps, and a crash at each request that changes something. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { marksOf } from '../../../scripts/deploy/keys.ts'
import { type Rotation, begun, isAmbiguous, nextStep } from '../../../scripts/deploy/rotate/next-step.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { type Script, emptyAccount, scriptWith } from './fake/account.ts'
import { type Fake, startFake } from './fake/index.ts'
import { KEYS, rotateInProcess, run } from './fake/run.ts'
import { keysOf } from './fake/stand-in.ts'

const ENVIRONMENT = 'rotated'
const CONSOLE = `postern-console-${ENVIRONMENT}`
const NAMES = ['gateway', 'consumer', 'console'].map((worker) => `postern-${worker}-${ENVIRONMENT}`)
const DAY_MS = 86_400_000

const V1 = KEYS.MASTER_KEY
const V2 = `v2:${Buffer.alloc(32, 2).toString('base64')}`
const GIVEN = { ADMIN_TOKEN: KEYS.ADMIN_TOKEN, MASTER_KEY: V1, NEW_MASTER_KEY: V2 }

let fake: Fake
let marks: { v1: string; v2: string }
beforeAll(async () => {
  fake = await startFake()
  marks = { v1: await marksOf(V1), v2: await marksOf(V2) }
})
afterAll(() => fake.close())

/** Three Workers as a deployment leaves them. */
function scriptOf(): Script {
  const secrets = new Map<string, string>(Object.entries(KEYS))
  const bindings = [{ type: 'plain_text', name: 'CONSOLE_URL', text: `https://${CONSOLE}.acme.workers.dev` }]
  const deployment = { id: 'd', version: 'v', annotations: {}, strategy: undefined, atMs: Date.now() }
  return scriptWith({ bindings, secrets }, { deployments: [deployment] })
}

const keys = () =>
  Object.fromEntries(['gateway', 'consumer', 'console'].map((w) => [w, keysOf(fake.account, CONSOLE, w)]))
const all = (...list: string[]) => ({ gateway: list, consumer: list, console: list })

/** Each key that a Worker seals with, and the one of what is stored, is open to all Workers. */
function violations(): string[] {
  const holders = Object.entries(keys())
  const needed = [...holders.map(([, [first]]) => first ?? ''), fake.account.storedUnder ?? '']
  return holders.flatMap(([worker, own]) =>
    needed.filter((mark) => !own.includes(mark)).map((m) => `${worker} lacks ${m}`),
  )
}

let wrong: string[] = []
beforeEach(() => {
  fake.account = { ...emptyAccount(), agedMs: 600_000, storedUnder: marks.v1 }
  for (const name of NAMES) fake.account.scripts.set(name, scriptOf())
  wrong = []
  fake.fault = () => {
    wrong.push(...violations())
    return undefined
  }
})

const rotate = (more: readonly string[] = [], given: Readonly<Record<string, string>> = GIVEN) =>
  run(fake, 'rotate-master-key', ['--env', ENVIRONMENT, '--yes', ...more], given)
const rotateHere = (more: readonly string[] = [], given: Readonly<Record<string, string>> = GIVEN) =>
  rotateInProcess(fake, ['--env', ENVIRONMENT, ...more], given)

describe('a rotation of the master key', () => {
  it('goes through all steps, says when the old key may leave, and removes it then', async () => {
    const first = await rotate()
    expect(first).toMatchObject({ code: 0 })
    expect(first.out).toMatch(
      /1 of 4: .*\n(?:.* has v1:\w+,v2:\w+\.\n){3}2 of 4: .*\n(?:.* has v2:\w+,v1:\w+\.\n){3}3 of 4/,
    )
    expect(first.out).toMatch(/4 of 4: run this again after 20\d\d-/)
    expect(first.out).not.toContain(V2.slice(3))
    expect(keys()).toEqual(all(marks.v2, marks.v1))
    expect(fake.account.storedUnder).toBe(marks.v2)
    for (const name of NAMES)
      expect(fake.account.scripts.get(name)?.deployments[0]).toMatchObject({
        annotations: { 'workers/message': `Postern master key ${marks.v2},${marks.v1}` },
        strategy: { mode: 'immediate' },
      })

    expect(await rotate()).toMatchObject({ code: 0 })
    expect(keys()).toEqual(all(marks.v2, marks.v1))

    fake.account.agedMs = 15 * DAY_MS
    const last = await rotate([], { ...GIVEN, MASTER_KEY: V2 })
    expect(last).toMatchObject({ code: 0 })
    expect(last.out).toContain(`Done: ${marks.v2} is the only key.`)
    expect(keys()).toEqual(all(marks.v2))
    expect(wrong).toEqual([])
  })

  it('removes a key that leaked at once', async () => {
    expect(await rotateHere(['--yes', '--remove-now'])).toMatchObject({ code: 0 })
    expect(keys()).toEqual(all(marks.v2))
    expect(wrong).toEqual([])
  })

  it('goes on after a crash at each request that changes something, and each state works', async () => {
    expect(await rotate(['--remove-now'])).toMatchObject({ code: 0 })
    const points = fake.requests.flatMap((request, i) => (/^(?:PUT|POST)/.test(request) ? [i + 1] : []))
    expect(points.length).toBeGreaterThan(15)
    wrong = []
    const ways = ['cut', 'cut-before'] as const
    for (const [i, point] of points.entries())
      for (const how of ways.filter((_, way) => inject('thorough') || i % 2 === way)) {
        fake.account = { ...emptyAccount(), agedMs: 600_000, storedUnder: marks.v1 }
        for (const name of NAMES) fake.account.scripts.set(name, scriptOf())
        fake.fault = (_request, number) => {
          wrong.push(...violations())
          return number === point ? how : undefined
        }
        expect({ point, how, ...(await rotate(['--remove-now'])) }).toMatchObject({ point, how, code: null })
        fake.fault = () => {
          wrong.push(...violations())
          return undefined
        }
        const next = await rotateHere(['--yes', '--remove-now'])
        expect({ point, how, ...next }).toMatchObject({ point, how, code: 0 })
        expect(keys()).toEqual(all(marks.v2))
      }
    expect(wrong).toEqual([])
  }, 600_000)

  it.each<[string, () => void, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    [
      'without the old key',
      () => undefined,
      ['--yes'],
      { ...GIVEN, MASTER_KEY: V2 },
      /have the master key v1:\w+, and no key given/,
    ],
    [
      'without a new key',
      () => undefined,
      ['--yes'],
      { ADMIN_TOKEN: KEYS.ADMIN_TOKEN, MASTER_KEY: V1 },
      /no terminal to show a new master key on\. Set NEW_MASTER_KEY/,
    ],
    [
      'with a new key of the same version',
      () => undefined,
      ['--yes'],
      { ...GIVEN, NEW_MASTER_KEY: V2.replace('v2', 'v1') },
      /higher version than v1/,
    ],
    [
      'with a malformed key',
      () => undefined,
      ['--yes'],
      { ...GIVEN, NEW_MASTER_KEY: 'v2:short' },
      /MASTER_KEY is malformed/,
    ],
    ['without a yes', () => undefined, [], GIVEN, /no terminal to ask at/],
    [
      'with a key that does not open what is stored',
      () => (fake.account.storedUnder = 'v1:00000000'),
      ['--yes'],
      GIVEN,
      /does not open the secrets of sources/,
    ],
    [
      'without a Worker',
      () => fake.account.scripts.delete(NAMES[2] ?? ''),
      ['--yes'],
      GIVEN,
      /postern-console-rotated is not deployed/,
    ],
  ])('%s changes nothing, and says why', async (_what, change, more, given, says) => {
    change()
    const before = keys()
    const { code, out } = await rotateHere(more, given)
    expect(out).toMatch(says)
    expect(code).toBe(1)
    expect(keys()).toEqual(before)
  })

  it('stops if somebody else rotates meanwhile', async () => {
    let isFirst = true
    fake.fault = (request) => {
      if (isFirst && request.startsWith('PUT')) {
        isFirst = false
        const gateway = fake.account.scripts.get(NAMES[0] ?? '')
        gateway?.deployments.unshift({
          id: 'o',
          version: 'other',
          annotations: {},
          strategy: undefined,
          atMs: 0,
        })
      }
      return undefined
    }
    const { code, out } = await rotateHere(['--yes'])
    expect(out).toMatch(/postern-gateway-rotated was deployed by somebody else meanwhile/)
    expect(code).toBe(1)
  })
})

describe('the next step', () => {
  const workers = (gateway: string, consumer = gateway, console = gateway) =>
    new Map<WorkerName, string[]>([
      ['gateway', gateway.split(',')],
      ['consumer', consumer.split(',')],
      ['console', console.split(',')],
    ])
  it.each<[string, ReadonlyMap<WorkerName, string[]>, string]>([
    ['some open the new key', workers('v1:a', 'v1:a,v2:b'), 'open'],
    ['a person began with the gateway', workers('v2:b,v1:a', 'v1:a'), 'open'],
    ['all open it', workers('v1:a,v2:b'), 'seal'],
    ['some seal with it', workers('v1:a,v2:b', 'v2:b,v1:a'), 'seal'],
    ['all seal with it', workers('v2:b,v1:a'), 'reseal'],
    ['some have lost the old one', workers('v2:b,v1:a', 'v2:b'), 'reseal'],
  ])('if %s', (_what, present, kind) => {
    const rotation = begun(present) as Rotation
    expect(rotation).toEqual({ wanted: 'v2:b', old: ['v1:a'] })
    expect(nextStep(present, rotation).kind).toBe(kind)
    expect(isAmbiguous(rotation)).toBe(false)
  })

  it('is none while all have one key, and unclear with two of one version', () => {
    expect(begun(workers('v1:a'))).toBeUndefined()
    expect(isAmbiguous(begun(workers('v1:a', 'v1:b')) as Rotation)).toBe(true)
  })
})
