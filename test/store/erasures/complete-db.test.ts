/** Nothing is read from a database in which an erasure is missing. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { ErasureGate, completeDb } from '../../../src/store/erasures/gate.ts'
import { ErasuresPending } from '../../../src/store/erasures/ensure.ts'
import type { ErasureList } from '../../../src/store/erasures/erasure.ts'
import { NewestNumber } from '../../../src/store/erasures/newest-number.ts'
import { type Store } from '../../../src/store/store.ts'
import { erasureDeps, erasureList, snapshot } from '../../support/erasures.ts'
import { emptyStore } from '../../support/store.ts'

let store: Store
let nowMs: number

beforeEach(async () => {
  store = await emptyStore()
  nowMs = 0
})

const erasureOf = (number: number) => ({
  number,
  person: number.toString(16).padStart(32, '0'),
  erasedAtMs: 0,
  keepsSuppression: false,
})

/** A gate whose registry has these erasures. */
const gateOf = (list: ErasureList): ErasureGate => {
  const { registry: _registry, ...deps } = erasureDeps(store, list, () => nowMs)
  return new ErasureGate({ ...deps, list: () => list })
}

const COUNT = 'SELECT count(*) AS n FROM erasures WHERE number > ?1'

/** All forms in which the code runs statements. */
const FORMS: readonly (readonly [string, (db: D1Database) => Promise<unknown>])[] = [
  ['all', async (db) => (await db.prepare(COUNT).bind(0).all()).results[0]?.['n']],
  ['run', async (db) => (await db.prepare(COUNT).bind(0).run()).results[0]?.['n']],
  ['first', async (db) => (await db.prepare(COUNT).bind(0).first<{ n: number }>())?.n],
  ['first of a column', (db) => db.prepare(COUNT).bind(0).first('n')],
  [
    'first of nothing',
    async (db) => [
      await db.prepare('SELECT 1 WHERE 0').first(),
      await db.prepare('SELECT 1 AS n WHERE 0').first('n'),
    ],
  ],
  [
    'batch',
    async (db) =>
      (await db.batch([db.prepare('SELECT 1'), db.prepare(COUNT).bind(0)])).map(({ results }) => results),
  ],
]

describe.each(FORMS)('%s', (_name, form) => {
  it('gives what the database gives, with erasures and without', async () => {
    for (const erasures of [[], [erasureOf(1), erasureOf(2)]]) {
      const { db } = gateOf(erasureList(erasures)).storeOf(store)
      const given = await form(db)
      expect(given).toEqual(await form(env.STORE))
    }
  })

  it('sees erasures complete, also after a restore', async () => {
    const restore = await snapshot()
    const { db } = gateOf(erasureList([erasureOf(1), erasureOf(2)])).storeOf(store)
    const complete = await form(db)
    await restore()
    expect(await form(db)).toEqual(complete)
  })
})

it('changes nothing in a database that is behind', async () => {
  const db = completeDb(env.STORE, {
    newest: async () => 1,
    ensure: () => Promise.reject(new ErasuresPending()),
  })
  const insert = db.prepare("INSERT INTO large_deliveries (key, stored_at) VALUES ('a', 0)")
  await expect(insert.run()).rejects.toBeInstanceOf(ErasuresPending)
  await expect(db.batch([insert, insert])).rejects.toBeInstanceOf(ErasuresPending)
  expect((await env.STORE.prepare('SELECT * FROM large_deliveries').all()).results).toEqual([])
})

it('gives an error of a statement as it is', async () => {
  const { db } = gateOf(erasureList([erasureOf(1)])).storeOf(store)
  await expect(db.prepare("SELECT json('x')").all()).rejects.toThrow('malformed JSON')
  await expect(db.prepare('SELECT * FROM nowhere').all()).rejects.toThrow('no such table')
})

it('gives up if the database is taken back again and again', async () => {
  let ensured = 0
  const db = completeDb(env.STORE, { newest: async () => 1, ensure: async () => void ensured++ })
  await expect(db.prepare('SELECT 1').all()).rejects.toThrow()
  expect(ensured).toBe(2)
})

describe('the newest number', () => {
  const asked = (answers: (number | Error)[]) =>
    new NewestNumber(
      () => ({
        async newest() {
          const answer = answers.shift() ?? 99
          if (answer instanceof Error) throw answer
          return answer
        },
      }),
      () => nowMs,
    )

  /** Times at which it is asked for, and what is known then. */
  it.each([
    [
      'is used for five seconds',
      [3, 4],
      [
        [0, 3],
        [4_999, 3],
        [5_000, 4],
      ],
    ],
    [
      'read last is used while the registry is down',
      [3, new Error('down'), 5],
      [
        [0, 3],
        [5_000, 3],
        [6_999, 3],
        [7_000, 5],
      ],
    ],
    ['is 0 in a registry of an earlier version', [new TypeError('no such method')], [[0, 0]]],
    [
      'is not 0 for that if it was known',
      [3, new TypeError('no such method')],
      [
        [0, 3],
        [5_000, 3],
      ],
    ],
  ] as const)('%s', async (_title, answers, times) => {
    const newest = asked([...answers])
    for (const [atMs, number] of times) {
      nowMs = atMs
      expect([atMs, await newest.number()]).toEqual([atMs, number])
    }
  })

  it('is unknown if the registry has never answered', async () => {
    await expect(asked([new Error('down')]).number()).rejects.toThrow('down')
  })
})

it('lets nobody pass while an erasure is not complete', async () => {
  const list = erasureList([erasureOf(1)])
  const gate = gateOf({ ...list, after: async () => Promise.reject(new Error('down')) })
  await expect(gate.pass()).rejects.toThrow('down')
  await gateOf(list).pass()
  // Nothing is asked of a registry that has no more than the store.
  await gate.pass()
})
