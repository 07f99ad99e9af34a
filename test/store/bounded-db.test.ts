/** D1 as it misbehaves in production: a local runtime neither stalls nor ends a call. */
import { env } from 'cloudflare:workers'
import { applyD1Migrations } from 'cloudflare:test'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LogFields } from '../../src/platform/log.ts'
import { boundedDb, isRepeatable } from '../../src/store/bounded-db.ts'

beforeAll(() => applyD1Migrations(env.STORE, env.MIGRATIONS))

const RESET = 'D1_ERROR: Network connection lost.'
const SELECT = 'SELECT ?1 AS one'
const INSERT = 'INSERT INTO large_deliveries (key, stored_at) VALUES (?1, 0)'

/** The real D1, whose first calls end so. @param ends an error's message, or `never` for a call without an answer */
function world(ends: readonly string[] = [], attempts?: number) {
  const left = [...ends]
  const lines: LogFields[] = []
  const waits: number[] = []
  let calls = 0
  const d1 = {
    prepare: (sql: string) => env.STORE.prepare(sql),
    async batch(statements: D1PreparedStatement[]) {
      calls++
      const end = left.shift()
      if (end === 'never') return new Promise(() => undefined)
      if (end !== undefined) throw new Error(end)
      const results = await env.STORE.batch(statements)
      return results.map((one) => ({ ...one, meta: { ...one.meta, total_attempts: attempts } }))
    },
  } as unknown as D1Database
  const db = boundedDb(d1, {
    maxMs: 200,
    pause: async (ms) => void waits.push(ms),
    random: () => 0.5,
    log: (fields) => lines.push(fields),
  })
  return { db, lines, waits, calls: () => calls }
}

describe('a call', () => {
  it('is answered as by D1, alone and in a batch', async () => {
    const { db, lines } = world()
    expect(await db.prepare(SELECT).bind('x').first('one')).toBe('x')
    expect((await db.prepare(SELECT).bind('x').all()).results).toEqual([{ one: 'x' }])
    const results = await db.batch([
      db.prepare(INSERT).bind(crypto.randomUUID()),
      db.prepare(SELECT).bind('y'),
    ])
    expect(results.map(({ meta, results: rows }) => [meta.changes, rows])).toEqual([
      [1, []],
      [expect.any(Number), [{ one: 'y' }]],
    ])
    expect(lines).toEqual([])
  })

  it.each<[what: string, sql: string, ends: string[], end: string | null, calls: number]>([
    ['is made again if D1 ends it and it reads', SELECT, [RESET, RESET], null, 3],
    [
      'is made again if it changes nothing the second time',
      `${INSERT} ON CONFLICT DO NOTHING`,
      [RESET],
      null,
      2,
    ],
    ['is given up after three tries', SELECT, [RESET, RESET, RESET], 'StoreReset', 3],
    ['is made once if it writes', INSERT, [RESET], 'StoreReset', 1],
    [
      'is made once of an object that was replaced, if it writes',
      INSERT,
      ['D1_ERROR: Durable Object reset because its code was updated.'],
      'StoreReset',
      1,
    ],
    [
      'is made once if D1 has too much to do',
      SELECT,
      ['D1 DB is overloaded. Too many requests queued.'],
      'StoreOverloaded',
      1,
    ],
    ['ends if D1 does not answer', SELECT, ['never'], 'StoreTimeout', 1],
    ['fails as it is if the statement is wrong', SELECT, ['D1_ERROR: no such table: a'], 'Error', 1],
  ])('%s', async (_what, sql, ends, end, calls) => {
    const here = world(ends)
    const done = await here.db
      .prepare(sql)
      .bind(crypto.randomUUID())
      .run()
      .then(
        () => null,
        (cause: unknown) => (cause as Error).name,
      )
    expect([done, here.calls()]).toEqual([end, calls])
    expect(here.waits).toEqual([100, 200].slice(0, calls - 1))
    expect(here.lines).toEqual(end === null ? [{ event: 'store_retried', attempts: calls }] : [])
  })

  it('with a statement that writes is made once as a whole', async () => {
    const { db, calls } = world([RESET])
    const statements = [db.prepare(SELECT).bind('x'), db.prepare(INSERT).bind(crypto.randomUUID())]
    await expect(db.batch(statements)).rejects.toMatchObject({ name: 'StoreReset' })
    expect(calls()).toBe(1)
  })

  it('that D1 itself has tried several times is noted', async () => {
    const { db, lines } = world([], 3)
    await db.prepare(SELECT).bind('x').all()
    expect(lines).toEqual([{ event: 'store_retried', attempts: 3 }])
  })
})

it.each([
  ['SELECT 1', true],
  ['\n  select 1', true],
  ['EXPLAIN SELECT 1', true],
  ['WITH a AS (SELECT 1) SELECT * FROM a', true],
  ['WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a', false],
  ['WITH a AS (SELECT 1) DELETE FROM b', false],
  ['INSERT INTO a VALUES (1)', false],
  ['INSERT INTO a VALUES (1)\n ON CONFLICT (one) DO NOTHING\n', true],
  ['INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING RETURNING one', false],
  ['INSERT INTO a VALUES (1) ON CONFLICT (one) DO UPDATE SET n = n + 1', false],
  ['UPDATE a SET n = 1', false],
  ['DELETE FROM a', false],
  ['', false],
])('%j may be repeated: %s', (sql, expected) => expect(isRepeatable(sql)).toBe(expected))
