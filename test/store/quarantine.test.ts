import { beforeEach, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { Quarantined } from '../../src/event/envelope.ts'
import {
  listQuarantine,
  quarantineTransactions,
  readQuarantine,
  removeQuarantine,
} from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'
import { consumerDeps } from '../support/consumer.ts'
import { NOON_MS, contentsOf, deliveryFacts, quarantinedItem } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { countOf, emptyStore } from '../support/store.ts'

let store: Store

beforeEach(async () => {
  store = await emptyStore()
})

async function keep(items: readonly Quarantined[], facts: Parameters<typeof deliveryFacts>[0] = {}) {
  const contents = contentsOf([], items, facts)
  const message = new TestMessage(await inlineEnvelope(contents, `${contents.delivery.request_id}/0`))
  await consume(batchOf([message]), consumerDeps(store))
  expect(message.settled).toBe('acked')
}

const list = async (query: { source?: string; cursor?: string; limit?: number } = {}) =>
  listQuarantine(store, { limit: 50, ...query })

describe('quarantine', () => {
  it('stores what could not be parsed, completely', async () => {
    const whole: Quarantined = {
      ...quarantinedItem('{"to":"ada@example.com"}'),
      query: 'a=1',
      headers: { 'webhook-id': 'msg_1' },
    }
    await keep([whole], { request_id: 'req_7', alerts: ['country'], degraded: 'guard' })
    const { quarantine, next_cursor } = await list()
    const { id, ...entry } = quarantine[0] ?? {}
    expect(entry).toEqual({
      source: 'shop',
      provider: 'generic',
      request_id: 'req_7',
      received_at: deliveryFacts().received_at,
      problem: 'item_unreadable',
      item: true,
      bytes: 24,
    })
    expect(next_cursor).toBeNull()
    expect(await readQuarantine(store, id ?? '')).toEqual({
      id,
      ...entry,
      quarantined: whole,
      delivery: deliveryFacts({ request_id: 'req_7', alerts: ['country'], degraded: 'guard' }),
    })
  })

  it('stores the same content once, whether the queue or the ESP sends it again', async () => {
    const item = quarantinedItem('{"odd":1}')
    await keep([item, item], { request_id: 'req_1' })
    await keep([item], { request_id: 'req_1' })
    await keep([item], { request_id: 'req_2', received_at: new Date(NOON_MS).toISOString() })
    expect((await list()).quarantine.map(({ request_id }) => request_id)).toEqual(['req_1'])
  })

  it.each<[string, Partial<Quarantined>, Parameters<typeof deliveryFacts>[0]]>([
    ['body by a letter', { body: quarantinedItem('{"odd":2}').body }, {}],
    ['body by the case of a letter', { body: 'eyJVZGQiOjF9' }, {}],
    ['problem', { problem: 'payload_invalid' }, {}],
    ['query', { query: 'x' }, {}],
    ['content type', { content_type: null }, {}],
    ['being whole', { item: false }, {}],
    ['source', {}, { source: 'news' }],
  ])('tells apart what differs in its %s', async (_what, change, facts) => {
    const item = quarantinedItem('{"odd":1}')
    await keep([item])
    await keep([{ ...item, ...change }], facts)
    expect((await list()).quarantine).toHaveLength(2)
  })

  it('stores bodies larger than a row', async () => {
    const bodies = [0, 1, 499_999, 500_000, 500_001, 1_250_000].map((length) => 'A'.repeat(length))
    for (const [i, body] of bodies.entries()) {
      const contents = contentsOf([], [{ ...quarantinedItem(''), body }])
      const message = new TestMessage(await inlineEnvelope(contents, `req_${i}/0`))
      await consume(batchOf([message]), consumerDeps(store))
    }
    const { quarantine } = await list()
    const read = await Promise.all(quarantine.map(({ id }) => readQuarantine(store, id)))
    expect(new Set(read.map((entry) => entry?.quarantined.body.length))).toEqual(
      new Set(bodies.map(({ length }) => length)),
    )
  })

  it('is written in transactions that D1 accepts, and bodies before their entries', async () => {
    const bound: string[][] = []
    const noting = {
      prepare: (sql: string) => ({ bind: (json: string) => ({ sql, json }) }),
    } as unknown as D1Database
    const large = { ...quarantinedItem(''), body: 'A'.repeat(3_000_000) }
    const small = Array.from({ length: 3_000 }, (_, i) => quarantinedItem(`{"odd":${i}}`))
    const things = [...small, large].map((quarantined) => ({ quarantined, delivery: deliveryFacts() }))
    const parts = new Set<string>()
    for await (const statements of quarantineTransactions({ ...store, db: noting }, things, 0)) {
      const written = statements as unknown as readonly { readonly sql: string; readonly json: string }[]
      bound.push(written.map(({ json }) => json))
      for (const { sql, json } of written.filter((one) => !one.sql.includes('DELETE'))) {
        const ids = (JSON.parse(json) as [string][]).map(([id]) => id)
        if (sql.includes('quarantine_parts')) ids.forEach((id) => parts.add(id))
        else expect(ids.filter((id) => !parts.has(id))).toEqual([])
      }
    }
    expect(parts.size).toBe(things.length)
    const sizes = bound.map((values) => values.reduce((sum, { length }) => sum + length, 0))
    expect(Math.max(...sizes)).toBeLessThan(1_600_000)
    expect(bound.length).toBeLessThan(15)
  })

  it('lists newest first, by source, page by page', async () => {
    for (let i = 0; i < 7; i++) {
      await keep([quarantinedItem(`{"odd":${i}}`)], {
        request_id: `req_${i}`,
        source: i % 2 === 0 ? 'shop' : 'news',
        received_at: new Date(NOON_MS + Math.floor(i / 3)).toISOString(),
      })
    }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.quarantine.map(({ received_at, request_id }) => `${received_at} ${request_id}`))
      cursor = page.next_cursor ?? undefined
    } while (cursor !== undefined)
    expect(seen).toHaveLength(7)
    expect(new Set(seen).size).toBe(7)
    expect(seen.map((line) => line.slice(0, 24))).toEqual(
      seen
        .map((line) => line.slice(0, 24))
        .sort()
        .toReversed(),
    )
    expect((await list({ source: 'news' })).quarantine.map(({ source }) => source)).toEqual([
      'news',
      'news',
      'news',
    ])
  })

  it('can be removed, with its body', async () => {
    await keep([quarantinedItem('{}')])
    const id = (await list()).quarantine[0]?.id ?? ''
    expect(await removeQuarantine(store, id)).toBe(true)
    expect(await removeQuarantine(store, id)).toBe(false)
    expect(await readQuarantine(store, id)).toBeUndefined()
    expect(await countOf('quarantine_parts')).toBe(0)
  })
})
