/** The cost of a delivery's unreadable items, from the gateway to D1, is bounded by the size of the delivery. */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import type { DeliveryFacts, Quarantined } from '../../src/event/envelope.ts'
import { pack } from '../../src/event/pack.ts'
import { fromBase64, textOf, utf8 } from '../../src/platform/bytes.ts'
import { parseJsonText } from '../../src/platform/json.ts'
import { QUARANTINED_ITEMS_MAX } from '../../src/providers/shared/quarantine.ts'
import { sendgrid } from '../../src/providers/sendgrid.ts'
import { openBody, understand } from '../../src/providers/shared/understand.ts'
import { PEOPLE_COLUMNS } from '../../src/store/erasures/places/index.ts'
import { listPeople } from '../../src/store/erasures/places/people-column.ts'
import { listQuarantine, readQuarantine } from '../../src/store/quarantine.ts'
import type { Store } from '../../src/store/store.ts'
import { consumerDeps } from '../support/consumer.ts'
import { type D1Calls, countedD1 } from '../support/counted-d1.ts'
import { deliveryFacts } from '../support/mail-events.ts'
import { TestMessage, batchOf, queueSealer } from '../support/queue.ts'
import { emptyStore, rowsOf, storedEvents } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

let store: Store
let calls: D1Calls

async function freshStore(): Promise<void> {
  const empty = await emptyStore()
  const counted = countedD1(empty.db)
  calls = counted.calls
  store = { ...empty, db: counted.db }
}

beforeEach(freshStore)

interface Sent {
  readonly body: string
  readonly contentType?: string
  readonly query?: string
}

const bytesOf = ({ body, contentType = '', query = '' }: Sent): number =>
  utf8(body + contentType + query).byteLength

let nr = 0

/** The messages that the gateway makes of a delivery. */
async function received({ body, contentType = 'application/json', query = '' }: Sent, source = 'shop') {
  const bytes = utf8(body)
  const delivery: DeliveryFacts = deliveryFacts({ source, provider: 'sendgrid', request_id: `req_${nr++}` })
  const verified = { bytes, contentType, query: new URLSearchParams(query), verifiedHeaders: new Map() }
  const opened = openBody(sendgrid, verified)
  if (opened.kind !== 'items') throw new TypeError('a test sends a list')
  const contents = await understand(sendgrid, opened.items, verified, delivery)
  const envelopes = await pack(contents, queueSealer, async (object, sealed) => {
    await env.LARGE.put(object, sealed)
  })
  return { contents, messages: envelopes.map((envelope) => new TestMessage(envelope)) }
}

/** The number of statements. */
async function consumed(messages: readonly TestMessage[]): Promise<number> {
  calls.statements = 0
  await consume(batchOf(messages), consumerDeps(store))
  expect(messages.map(({ settled }) => settled)).toEqual(messages.map(() => 'acked'))
  return calls.statements
}

/** Bytes in the tables of quarantine, with 32 a row for the index and the columns that are numbers. */
const keptBytes = async (): Promise<number> =>
  Number(
    (
      await rowsOf(`SELECT
        (SELECT coalesce(sum(length(id || source || provider || request_id || problem) + length(sealed) + 32), 0) FROM quarantine) +
        (SELECT coalesce(sum(length(id) + length(sealed) + 32), 0) FROM quarantine_parts) AS bytes`)
    )[0]?.['bytes'],
  )

async function kept(): Promise<readonly Quarantined[]> {
  const { quarantine } = await listQuarantine(store, { limit: 500 })
  const entries = await Promise.all(quarantine.map(({ id }) => readQuarantine(store, id)))
  return entries.flatMap((entry) => (entry === undefined ? [] : [entry.quarantined]))
}

const plain = ({ body }: Quarantined): string => textOf(fromBase64(body) ?? new Uint8Array()) ?? ''

const list = (count: number, item: (i: number) => unknown): string =>
  JSON.stringify(Array.from({ length: count }, (_, i) => item(i)))
const event = (i: number, more: object = {}) => ({
  event: 'delivered',
  email: 'ada@example.com',
  timestamp: 1_780_000_000,
  sg_message_id: `m-${i}`,
  ...more,
})

/** The most that any delivery writes. */
const MOST_BYTES_A_BYTE = 8
const MOST_FREE_BYTES = 20_000
const mostBytes = (sent: Sent): number => MOST_BYTES_A_BYTE * bytesOf(sent) + MOST_FREE_BYTES

describe('one delivery with unreadable items', () => {
  it.each<[string, Sent]>([
    ['a thousand numbers and a long content type', { body: list(1_000, (i) => i), contentType: `application/json;x=${'a'.repeat(30_000)}` }],
    ['the same number again and again, 8 KB', { body: list(4_096, () => 2) }],
    ['the same number again and again, 40 KB', { body: list(20_480, () => 2) }],
    ['the same number again and again, 1 MiB', { body: list(524_287, () => 2) }],
    ['empty objects', { body: list(200_000, () => ({})) }],
    ['events that name nobody', { body: list(2_000, (i) => ({ event: 'bounce', timestamp: i })) }],
    ['a few numbers and a long query', { body: list(60, (i) => i), query: `a=${'~'.repeat(15_000)}` }],
  ])('of %s is one record', async (_what, sent) => {
    const { contents, messages } = await received(sent)
    expect(contents.quarantined).toMatchObject([{ problem: 'items_unreadable', item: false }])
    expect(await consumed(messages)).toBeLessThanOrEqual(6)
    // Not compared by a matcher, which takes minutes to print a difference in one MiB.
    expect((await kept()).map((record) => plain(record) === sent.body)).toEqual([true])
    expect(await keptBytes()).toBeLessThanOrEqual(mostBytes(sent))
  }) // prettier-ignore

  it('stores up to a hundred items one by one, and the whole body if there are more', async () => {
    const body = (count: number) => list(count, (i) => ({ unknown: i, text: 'x'.repeat(150) }))
    expect(await consumed((await received({ body: body(QUARANTINED_ITEMS_MAX) })).messages)).toBe(2)
    expect((await kept()).map(({ item }) => item)).toEqual(Array(QUARANTINED_ITEMS_MAX).fill(true))
    await freshStore()
    await consumed((await received({ body: body(QUARANTINED_ITEMS_MAX + 1) })).messages)
    expect((await kept()).map(({ item }) => item)).toEqual([false])
  })

  it('measures items as they are written, not as they were sent', async () => {
    const sent = { body: `[${'[1e20],'.repeat(90)}[${Array(9_000).fill('1e20').join(',')}]]` }
    await consumed((await received(sent)).messages)
    expect(await keptBytes()).toBeLessThanOrEqual(mostBytes(sent))
  })

  it('writes a small multiple of any delivery, and loses nothing', async () => {
    const item = fc.oneof(
      fc.constant(2),
      fc.record({ unknown: fc.nat(), text: fc.nat(3_000).map((length) => 'ä'.repeat(length)) }),
      fc.record({ event: fc.constant('bounce'), timestamp: fc.nat() }),
      fc.record({ sg_message_id: fc.nat().map(String), padding: fc.nat(500).map((n) => 'x'.repeat(n)) }),
    )
    const items = fc
      .array(fc.record({ item, times: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 150 })) }), { maxLength: 12 })
      .map((runs) => runs.flatMap((run, r) => Array.from({ length: run.times }, (_, i) => numbered(run.item, r * 1_000 + i))))
    const contentType = fc.nat(30_000).map((length) => `application/json; x=${'a'.repeat(length)}`)
    const query = fc
      .tuple(fc.constantFrom('a', '~', '%ff', '&b='), fc.nat(4_000))
      .map(([text, times]) => text.repeat(times))
    await fc.assert(
      fc.asyncProperty(items, contentType, query, async (all, type, asked) => {
        await freshStore()
        const sent = { body: JSON.stringify(all), contentType: type, query: asked }
        const { contents, messages } = await received(sent)
        expect(contents.quarantined.length).toBeLessThanOrEqual(QUARANTINED_ITEMS_MAX)
        const packed = utf8(JSON.stringify(contents.quarantined)).byteLength
        expect(packed).toBeLessThanOrEqual(mostBytes(sent))
        expect(await consumed(messages)).toBeLessThanOrEqual(20 + bytesOf(sent) / 50_000)
        expect(await keptBytes()).toBeLessThanOrEqual(mostBytes(sent))

        expect(await storedEvents()).toBe(all.filter(isReadable).length)
        const records = await kept()
        if (records.some((record) => !record.item)) {
          expect(records.map((record) => plain(record) === sent.body)).toEqual([true])
        } else {
          const unreadable = new Set(all.filter((one) => !isReadable(one)).map((one) => JSON.stringify(one)))
          expect(new Set(records.map((record) => JSON.stringify(parseJsonText(plain(record)))))).toEqual(unreadable)
        }
      }),
      { numRuns: thorough(30, 8) },
    )
  }) // prettier-ignore
})

/** Readable items differ in their message. */
const numbered = (item: unknown, i: number): unknown =>
  typeof item === 'object' && item !== null && 'sg_message_id' in item
    ? event(i, item) && { ...item, ...event(i) }
    : item

const isReadable = (item: unknown): boolean =>
  typeof item === 'object' && item !== null && 'sg_message_id' in item

describe('a batch of hostile deliveries', () => {
  it('takes few statements, and delays no other source', async () => {
    const hostile = await Promise.all(
      Array.from({ length: 30 }, (_, d) => received({ body: list(100, (i) => ({ odd: `${d}/${i}`, text: 'x'.repeat(200) })) })),
    )
    const other = await received({ body: list(1, (i) => event(i)) }, 'news')
    expect(await consumed([...hostile.flatMap(({ messages }) => messages), ...other.messages])).toBeLessThanOrEqual(25)
    expect(await storedEvents()).toBe(1)
    expect(Number((await rowsOf('SELECT count(*) AS n FROM quarantine'))[0]?.['n'])).toBe(3_000)
  }) // prettier-ignore
})

describe('a delivery of a megabyte that is built to be slow', () => {
  const MEGABYTE = 1_000_000
  const ADDRESSES: Readonly<Record<string, (i: number) => string>> = {
    'short addresses': (i) => `${i.toString(36)}@b`,
    'addresses with parts': (i) => `a=b=c=${i.toString(36)}@d.io`,
    'return paths': (i) => `a+b-c+${i.toString(36)}=d.io@e.io`,
    'encoded addresses': (i) => `${i.toString(36)}%2540b.io`,
  }
  const text = (of: (i: number) => string, length: number, first: number) => {
    let all = ''
    for (let i = first; all.length < length; i++) all += `${of(i)} `
    return all.slice(0, length)
  }

  /** Calls of the cipher and the keyed hash, and thousands of bytes that they read, in the consumer and in the search. */
  async function work(sent: Sent): Promise<{ readonly consumer: number; readonly search: number }> {
    await freshStore()
    const { messages } = await received(sent)
    await store.people.indexOf('a@b.io')
    let done = 0
    const spies = (['sign', 'encrypt', 'decrypt'] as const).map((name) => {
      const real = crypto.subtle[name].bind(crypto.subtle) as (...args: unknown[]) => Promise<ArrayBuffer>
      return vi.spyOn(crypto.subtle, name).mockImplementation((...args: unknown[]) => {
        done += 1 + ((args[2] as Uint8Array).byteLength ?? 0) / 1_000
        return real(...args)
      })
    })
    try {
      await consumed(messages)
      const consumer = done
      const deps = { store, large: env.LARGE, queueSealer, nowMs: () => 0 }
      for (const column of PEOPLE_COLUMNS) await listPeople(deps, column, MEGABYTE, () => true)
      return { consumer, search: done - consumer }
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
  }

  const ordinary = () =>
    work({
      body: list(1_600, (i) =>
        event(i, {
          email: `ada${i}@example.com`,
          event: 'bounce',
          reason: `550 5.1.1 no ada${i}@example.com ${'x'.repeat(400)}`,
        }),
      ),
    })

  it('costs twice an ordinary one of its size at most in the consumer, which searches nothing, and then in the search', async () => {
    const most = (await ordinary()).consumer * 2
    for (const [name, of] of Object.entries(ADDRESSES))
      for (const items of [1, 100]) {
        const each = Math.floor(MEGABYTE / items) - 100
        const { consumer, search } = await work({ body: list(items, (i) => ({ unknown: text(of, each, i * 100_000) })) })
        expect(consumer, name).toBeLessThan(most)
        expect(search, `${name} in ${items}`).toBeLessThan(most)
      }
  }) // prettier-ignore
})
