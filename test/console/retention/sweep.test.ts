/** Rows and objects that crashes have left behind. */
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { redrive } from '../../../src/console/api/dead-letters.ts'
import { sweep } from '../../../src/console/retention/sweep.ts'
import type { Store } from '../../../src/store/store.ts'
import { quarantineTransactions } from '../../../src/store/quarantine.ts'
import { emptyStore, rowsOf } from '../../support/store.ts'
import { DAY_MS, emptyBuckets, retentionWorld } from './world.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
  await emptyBuckets()
})

const objects = async () => (await env.LARGE.list()).objects.map(({ key }) => key)
const swept = (days: number) => sweep({ ...retentionWorld(store).context, nowMs: Date.now() + days * DAY_MS })

const deadLetter = (object: string) =>
  env.STORE.prepare(
    `INSERT INTO dead_letters (id, source, reason, attempts, first_failed_at, last_failed_at, envelope)
     VALUES (?1, 'shop', 'store_failed', 1, 1, 1, ?2)`,
  ).bind('req.all', JSON.stringify({ version: 1, source: 'shop', key: 'req/all', kind: 'stored', object }))

it('an object of a large delivery goes when no message can point to it, unless a dead letter does', async () => {
  await env.LARGE.put('large/2026/06/02/10/lost', 'sealed')
  await env.LARGE.put('large/2026/06/02/10/named', 'sealed')
  await deadLetter('large/2026/06/02/10/named').run()
  expect(await swept(19)).toBe(0)
  expect(await objects()).toHaveLength(2)
  expect(await swept(21)).toBe(1)
  expect(await objects()).toEqual(['large/2026/06/02/10/named'])
})

it('an object is young again when its dead letter is put back into the queue', async () => {
  const key = 'large/2026/06/02/10/named'
  await env.LARGE.put(key, 'sealed')
  const before = (await env.LARGE.head(key))?.uploaded.getTime() ?? 0
  await deadLetter(key).run()
  await scheduler.wait(5)
  const { context } = retentionWorld(store, { enqueue: async () => undefined })
  expect((await redrive(context, {})).redriven).toEqual(['req.all'])
  expect((await env.LARGE.head(key))?.uploaded.getTime()).toBeGreaterThan(before)
  expect(await (await env.LARGE.get(key))?.text()).toBe('sealed')
})

it('a mark of a large delivery goes when no queue has its message any more, and stays while a dead letter has it', async () => {
  const stored = (key: string, ms: number) =>
    env.STORE.prepare('INSERT INTO large_deliveries (key, stored_at) VALUES (?1, ?2)').bind(key, ms)
  const nowMs = Date.now()
  await env.STORE.batch([
    stored('old/all', nowMs - 21 * DAY_MS),
    stored('req/all', nowMs - 21 * DAY_MS),
    stored('young/all', nowMs - 19 * DAY_MS),
    deadLetter('large/x'),
  ])
  await swept(0)
  expect(await rowsOf('SELECT key FROM large_deliveries ORDER BY key')).toEqual([
    { key: 'req/all' },
    { key: 'young/all' },
  ])
})

it('a body in quarantine without its entry goes after a day, and one that is written again stays', async () => {
  const delivery = {
    source: 'shop',
    provider: 'generic',
    request_id: 'req_1',
    received_at: '2026-06-02T10:00:00.000Z',
  }
  const quarantined = {
    problem: 'unreadable',
    content_type: null,
    query: '',
    item: false,
    body: 'é'.repeat(900_000),
  }
  const nowMs = Date.now()
  const transactions = async (atMs: number) => {
    const all: D1PreparedStatement[][] = []
    for await (const one of quarantineTransactions(store, [{ quarantined, delivery } as never], atMs))
      all.push(one)
    return all
  }
  // The consumer dies after the first transaction.
  const [first] = await transactions(nowMs - 2 * DAY_MS)
  await env.STORE.batch(first ?? [])
  const parts = async () => Number((await rowsOf('SELECT count(*) AS n FROM quarantine_parts'))[0]?.['n'])
  const before = await parts()
  expect(before).toBeGreaterThan(0)
  // The queue delivers the message again, and the consumer writes the first transaction again.
  await env.STORE.batch((await transactions(nowMs))[0] ?? [])
  expect(await swept(0)).toBe(0)
  expect(await parts()).toBe(before)
  expect(await swept(2)).toBe(before)
  expect(await parts()).toBe(0)
  // All of it, then: the entry keeps its body for as long as it is there.
  for (const one of await transactions(nowMs)) await env.STORE.batch(one)
  const whole = await parts()
  expect(await swept(400)).toBe(0)
  expect(await parts()).toBe(whole)
})
