/** Opens and clicks that are judged by the events around them, in the real store. */
import { beforeEach, describe, expect, it } from 'vitest'
import { runJudging } from '../../src/archive/run.ts'
import { listEvents } from '../../src/store/events.ts'
import { judgeNext } from '../../src/store/judging.ts'
import type { Store } from '../../src/store/store.ts'
import { archiveDeps } from '../support/archive.ts'
import { consumeEvents, consumerDeps } from '../support/consumer.ts'
import { countedD1 } from '../support/counted-d1.ts'
import { NOON_MS, type SimulatedEvent, mailEvent } from '../support/mail-events.ts'
import { emptyStore, rowsOf } from '../support/store.ts'

const MINUTE_MS = 60_000

let store: Store
let nowMs: number
let nr = 0

beforeEach(async () => {
  store = await emptyStore()
  nowMs = NOON_MS
  await judge()
})

const judge = () => runJudging({ store, nowMs: () => nowMs })

/** Stores events as one segment. @param afterMs noon, unless `atMs` says otherwise */
async function stored(...changes: (Partial<SimulatedEvent> & { afterMs?: number })[]): Promise<void> {
  const events = await Promise.all(
    changes.map(({ afterMs = 0, ...change }) =>
      mailEvent({
        type: 'email.clicked',
        message_id: 'm1',
        recipient: 'ada@gmail.com',
        campaign_id: 'spring',
        atMs: NOON_MS + afterMs,
        nr: nr++,
        ...change,
      }),
    ),
  )
  await consumeEvents(consumerDeps(store, { nowMs: () => nowMs }), events)
}

const later = (minutes: number): void => void (nowMs += minutes * MINUTE_MS)

/** `type: automated by`, in order of time. */
async function seen(): Promise<string[]> {
  const { events } = await listEvents(store, { limit: 500 }, nowMs)
  return events
    .toReversed()
    .map(({ type, automated, automated_by: by }) => `${type.slice(6)}: ${String(automated)} ${String(by)}`)
}

const figures = async () => {
  const [row] = await rowsOf('SELECT counts FROM deliverability')
  return JSON.parse(String(row?.['counts'])) as Record<string, Record<string, Record<string, number>>>
}

const DELIVERED = { type: 'email.delivered', url: null } as const
const LINKS = [0, 1, 2].map((i) => ({ url: `https://example.com/${i}`, afterMs: 60_000 + i * 300 }))

describe('after ten minutes', () => {
  it.each<[string, () => Promise<void>, readonly string[]]>([
    ['a click just after the delivery is a machine’s', () => stored(DELIVERED, { afterMs: 1_000 }), ['delivered: null null', 'clicked: true timing']],
    ['one that came later is nobody’s', () => stored(DELIVERED, { afterMs: 9_000 }), ['delivered: null null', 'clicked: null null']],
    ['links of a burst are a machine’s', () => stored(...LINKS), Array.from({ length: 3 }, () => 'clicked: true burst')],
    ['what the ESP said is never changed', () => stored(DELIVERED, { afterMs: 1, automated: false, automated_by: 'esp' }, { afterMs: 2, automated: true, automated_by: 'esp' }), ['delivered: null null', 'clicked: false esp', 'clicked: true esp']],
    ['an event with values behind the sign is judged too', () => stored(DELIVERED, { afterMs: 1, cause: 'content' }), ['delivered: null null', 'clicked: true timing']],
    ['an event without a time is not judged', () => stored(DELIVERED, { atMs: undefined, received_at: new Date(NOON_MS - 1).toISOString() }), ['clicked: null null', 'delivered: null null']],
    ['an event that names nobody is not judged', () => stored({ ...DELIVERED, recipient: null }, { afterMs: 1, recipient: null }), ['delivered: null null', 'clicked: null null']],
  ])('%s', async (_what, store_, expected) => {
    await store_()
    later(9)
    await judge()
    expect((await seen()).filter((line) => /timing|burst/.test(line))).toEqual([])
    later(1)
    await judge()
    expect(await seen()).toEqual(expected)
  }) // prettier-ignore

  it.each(['the click first', 'the delivery first'])('in two segments, %s', async (order) => {
    const parts = [() => stored({ afterMs: 1_000 }), () => stored(DELIVERED)]
    for (const part of order === 'the click first' ? parts : parts.toReversed()) {
      await part()
      later(4)
    }
    later(10)
    await judge()
    expect(await seen()).toEqual(['delivered: null null', 'clicked: true timing'])
  })

  it('a burst in several segments is a machine’s', async () => {
    for (const link of LINKS) await stored(link)
    later(10)
    await judge()
    expect(await seen()).toEqual(Array.from({ length: 3 }, () => 'clicked: true burst'))
  })

  it('one address that clicks for many is a machine, and others beside it are not', async () => {
    const clicks = Array.from({ length: 10 }, (_, i) => ({
      recipient: `p${i}@d${i % 3}.example`,
      message_id: `m${i}`,
      client_ip: '192.0.2.1',
      afterMs: i,
    }))
    await stored(...clicks.slice(0, 5))
    await stored(...clicks.slice(5), { recipient: 'ada@gmail.com', client_ip: '192.0.2.2', afterMs: 99 })
    later(10)
    await judge()
    expect(await seen()).toEqual([
      ...Array.from({ length: 10 }, () => 'clicked: true burst'),
      'clicked: null null',
    ])
  })
})

it('an event that is turned counts as a machine’s on the day of its storing, wherever it counts', async () => {
  const opened = { type: 'email.opened', afterMs: 1 } as const
  await stored(DELIVERED, opened, { ...opened, afterMs: 9_000 }, { ...opened, recipient: 'bob@example.com' })
  later(24 * 60)
  await judge()
  const all = { 'email.delivered': 1, 'email.opened': 3, 'email.opened#true': 1 }
  expect(await figures()).toMatchObject({
    campaign: { '=spring': all },
    mailbox_provider: { '=gmail': { ...all, 'email.opened': 2 }, '*': { 'email.opened': 1 } },
    bounce_type: { '': all },
  })
})

it('a campaign that lost its name is not named again, and a day without figures gets none', async () => {
  await stored(DELIVERED, { afterMs: 1 })
  await store.db
    .prepare(`UPDATE deliverability SET counts = replace(counts, '"=spring"', '"*"') WHERE true`)
    .bind()
    .run()
  await stored({ ...DELIVERED, source: 'gone' }, { source: 'gone', afterMs: 1 })
  await store.db.prepare(`DELETE FROM deliverability WHERE source = 'gone'`).bind().run()
  later(10)
  await judge()
  expect((await figures())['campaign']).toEqual({
    '*': { 'email.delivered': 1, 'email.clicked': 1, 'email.clicked#true': 1 },
  })
  expect(await rowsOf(`SELECT source FROM deliverability`)).toEqual([{ source: 'shop' }])
})

it('whoever was erased is not judged any more', async () => {
  await stored(DELIVERED, { afterMs: 1 })
  await store.db.prepare('DELETE FROM recipients').bind().run()
  later(10)
  await judge()
  expect(await seen()).toEqual(['delivered: null null', 'clicked: null null'])
})

it('a death at any call to the store loses nothing and counts nothing twice', async () => {
  await stored(DELIVERED, { afterMs: 1 }, ...LINKS)
  later(10)
  let calls = 0
  let alive = 0
  const dying = archiveDeps(store, { nowMs: () => nowMs }, () => {
    if (++calls > alive) throw new Error('dies')
  })
  for (alive = 0; ; alive++) {
    calls = 0
    try {
      await judgeNext(dying)
      break
    } catch {
      // As if it had never begun, or as if it had ended.
    }
  }
  expect(alive).toBeGreaterThan(4)
  await Promise.all([judge(), judge()])
  expect((await figures())['bounce_type']).toEqual({
    '': { 'email.delivered': 1, 'email.clicked': 4, 'email.clicked#true': 4 },
  })
})

it('the past of an older version is not judged', async () => {
  store = await emptyStore()
  await stored(DELIVERED, { afterMs: 1 })
  later(11)
  await stored({ ...DELIVERED, message_id: 'm2' }, { message_id: 'm2', afterMs: 2 })
  await judge()
  later(11)
  await judge()
  expect(await seen()).toEqual([
    'delivered: null null',
    'delivered: null null',
    'clicked: null null',
    'clicked: true timing',
  ])
})

it('writes one row for the place, one for a segment and one for the figures, and nothing at rest', async () => {
  await stored(
    DELIVERED,
    { afterMs: 1 },
    { afterMs: 2 },
    ...Array.from({ length: 97 }, (_, i) => ({ ...DELIVERED, message_id: `n${i}` })),
  )
  later(10)
  const { db, rows } = countedD1(store.db)
  const run = async () => {
    rows.written = 0
    await runJudging({ store: { ...store, db }, nowMs: () => nowMs })
    return rows.written
  }
  expect(await run()).toBe(3)
  expect(await run()).toBe(0)
})
