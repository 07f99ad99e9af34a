/** Lists and lookups of events read and answer a few megabytes at a time, however large the events are. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { Memory } from '../../src/destinations/memory/memory.ts'
import { listGivenUp, listWaiting } from '../../src/destinations/show/lists.ts'
import { sealer } from '../../src/platform/seal.ts'
import { PAGE_MAX_BYTES } from '../../src/store/cursor.ts'
import { listArrived } from '../../src/store/arrived-events.ts'
import { type EventQuery, listEvents } from '../../src/store/events.ts'
import { messageStates } from '../../src/store/messages.ts'
import type { Store } from '../../src/store/store.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { AFTER_ALL_MS, NOON_MS, mailEvent } from '../support/mail-events.ts'
import { MASTERS, emptyStore, rowsOf } from '../support/store.ts'
import { inObject } from '../support/objects.ts'

/** Together more than {@link ALLOWED}. */
const EVENTS = 30
const LARGE = 'x'.repeat(500_000)

/** Both orderings are read, and the whole segment in which a page ends: a row of D1 is 2 MB at most. */
const ALLOWED = 2 * (PAGE_MAX_BYTES + 2_000_000)

let store: Store
let newestFirst: string[]

/** Large events, of which every tenth is dated as the ESP's and all others by receipt. */
beforeAll(async () => {
  store = await emptyStore()
  const events = await Promise.all(
    Array.from({ length: EVENTS }, (_, nr) =>
      mailEvent({
        type: 'email.bounced',
        atMs: nr % 10 === 0 ? NOON_MS + nr * 1_000 : undefined,
        received_at: new Date(NOON_MS + nr * 1_000).toISOString(),
        metadata: { LARGE },
        nr,
      }),
    ),
  )
  for (const event of events) await consumeEvents(consumerDeps(store), [event])
  newestFirst = events.map(({ id }) => id).toReversed()
})

/** A store that counts the characters of what it has read. */
function counted(): { readonly store: Store; readonly read: { characters: number } } {
  const read = { characters: 0 }
  const count = <T>(results: T): T => {
    read.characters += JSON.stringify(results).length
    return results
  }
  const statement = (inner: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(inner, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values))
        if (name === 'all') return async () => count(await target.all())
        if (name === 'inner') return target
        return Reflect.get(target, name, target) as unknown
      },
    })
  const innerOf = (one: D1PreparedStatement) => (one as unknown as { inner: D1PreparedStatement }).inner
  const db = {
    prepare: (sql: string) => statement(env.STORE.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => count(await env.STORE.batch(statements.map(innerOf))),
  } as unknown as D1Database
  return { store: { ...store, db }, read }
}

it.each<[string, Partial<EventQuery>]>([
  ['all', {}],
  ['of a source', { source: 'shop' }],
  ['of a type', { types: ['email.bounced'] }],
  ['of a person', { recipient: 'ada@example.com' }],
  ['of a message', { message_id: 'm-1' }],
  ['of a request', { request_id: 'req_000000000000000000000001' }],
])('a list of events ends a page early: %s', async (_what, query) => {
  const found: string[] = []
  let cursor: string | undefined
  do {
    const { store: one, read } = counted()
    const page = await listEvents(one, { ...query, limit: 500, cursor }, AFTER_ALL_MS)
    expect(page.events.length).toBeGreaterThan(0)
    expect(read.characters).toBeLessThan(ALLOWED)
    found.push(...page.events.map(({ id }) => id))
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  expect(found).toEqual(newestFirst)
})

it.each([{}, { source: 'shop' }, { types: ['email.bounced'] as const }])(
  'a list in the order of arrival ends a page early: %o',
  async (query) => {
    const found: string[] = []
    for (let after = 'oldest', isLast = false; !isLast;) {
      const { store: one, read } = counted()
      const page = await listArrived(one, { ...query, limit: 500, after })
      expect(read.characters).toBeLessThan(ALLOWED)
      found.push(...page.events.map(({ event }) => event.id))
      after = page.next
      isLast = page.isLast
    }
    expect(found.toReversed()).toEqual(newestFirst)
  },
)

it('the state of a message needs nothing personal of its events', async () => {
  const { store: one, read } = counted()
  const [state] = await messageStates(one, { source: 'shop', message_id: 'm-1' })
  expect(state).toMatchObject({ event_id: newestFirst[0], recipient: 'ada@example.com' })
  expect(read.characters).toBeLessThan(100_000)
})

describe('what waits for a destination', () => {
  it.each([
    ['waiting deliveries', listWaiting, 1],
    ['dead letters', listGivenUp, null],
  ] as const)('is listed without the contents of its events: %s', async (_what, list, dueAtMs) => {
    const places = await rowsOf('SELECT segment FROM segments ORDER BY segment')
    const references = places.map(({ segment }) => ({ segment: Number(segment), index: 0 }))
    const { store: one, read } = counted()
    const listed = await inObject(async ({ storage }) => {
      const memory = new Memory(storage, sealer(MASTERS, 'attempts'))
      for (const id of ['batch_1', 'batch_2'])
        memory.waiting.add(
          {
            id,
            references,
            key: null,
            source: null,
            type: null,
            bytes: 1,
            tries: 1,
            firstFailedAtMs: 1,
            dueAtMs: 1,
            error: null,
            status: 500,
          },
          1,
        )
      if (dueAtMs === null) storage.sql.exec('UPDATE waiting SET due_at = NULL, died_at = 1')
      return list(memory, one, { limit: 500 })
    })
    expect(listed.entries).toMatchObject([
      { id: 'batch_1', events: EVENTS, event_ids: newestFirst.toReversed().slice(0, 20) },
      { id: 'batch_2' },
    ])
    expect(read.characters).toBeLessThan(100_000)
  })
})
