import { beforeEach, describe, expect, it } from 'vitest'
import type { Figures } from '../../../src/api/deliverability.ts'
import { VALUES_MAX } from '../../../src/store/deliverability.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { DAY_MS, type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, newConsole, store } from '../support.ts'

const NOON_MS = Date.UTC(2026, 5, 10, 12)

let here: TestConsole
let nr = 0

beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  here.clock.nowMs = NOON_MS
})

/** Stores events at noon, so many days ago. */
async function storeAgo(daysAgo: number, changes: readonly Partial<SimulatedEvent>[]): Promise<void> {
  const events = await Promise.all(
    changes.map((change) => mailEvent({ type: 'email.delivered', atMs: 1e12, nr: nr++, ...change })),
  )
  await consumeEvents(consumerDeps(store, { nowMs: () => NOON_MS - daysAgo * DAY_MS }), events)
}

const times = (count: number, change: Partial<SimulatedEvent>): Partial<SimulatedEvent>[] =>
  Array.from({ length: count }, () => change)

interface Both extends Figures {
  readonly before: Figures | null
}
interface Answer {
  readonly period: unknown
  readonly before: unknown
  readonly figures_since: string | null
  readonly total: Both
  readonly values: readonly (Both & {
    readonly cause?: string | null
    readonly value: string | null
    readonly is_other: boolean
  })[]
}

async function ask(query: string, of: Pick<TestConsole, 'api'> = here): Promise<Answer> {
  const { status, json } = await of.api('GET', `/api/deliverability${query}`)
  expect(status).toBe(200)
  return json as unknown as Answer
}

/** The counts that are not zero. */
const counted = ({ counts }: Figures) => Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0))

/** `value: delivered`, or `value: delivered/delivered before`. */
const delivered = ({ values }: Answer): string[] =>
  values.map(({ value, counts, before }) =>
    [`${String(value)}: ${counts.delivered}`, ...(before === null ? [] : [before.counts.delivered])].join(
      '/',
    ),
  )

const gmail = { recipient: 'ada@gmail.com' }
const yahoo = { recipient: 'bob@aol.com' }
const small = { recipient: 'eve@example.com' }

it('counts each type, and divides by what each rate says', async () => {
  await storeAgo(0, [
    ...times(8, gmail),
    ...times(2, { ...gmail, type: 'email.bounced', bounce_type: 'hard' }),
    ...times(5, { ...gmail, type: 'email.deferred' }),
    ...times(4, { ...gmail, type: 'email.opened' }),
    ...times(12, { ...gmail, type: 'email.clicked' }),
    ...times(1, { ...gmail, type: 'email.spam_reported' }),
    ...times(3, { ...gmail, type: 'email.unsubscribed' }),
  ])
  const { total, values } = await ask('')
  expect(values).toHaveLength(1)
  expect(values[0]).toMatchObject({ ...total, value: 'gmail', is_other: false, before: null })
  expect(counted(total)).toEqual({
    delivered: 8,
    bounced: 2,
    deferred: 5,
    opened: 4,
    clicked: 12,
    spam_reported: 1,
    unsubscribed: 3,
  })
  expect(total.rates).toEqual({
    delivery: 0.8,
    bounce: 0.2,
    deferral: 0.5,
    complaint: 0.125,
    unsubscribe: 0.375,
    open: 0.5,
    click: 1.5,
    click_to_open: 3,
    open_people: 0.5,
    open_judged: 0,
    click_people: 1.5,
    click_judged: 0,
  })
})

it('says which share of opens and clicks is without machines, and how much of it is judged', async () => {
  const opened = { ...gmail, type: 'email.opened' } as const
  await storeAgo(0, [
    ...times(10, gmail),
    ...times(5, { ...opened, automated: true }),
    ...times(2, { ...opened, automated: false }),
    ...times(1, opened),
    ...times(2, { ...opened, type: 'email.clicked', automated: true }),
    ...times(3, { ...opened, type: 'email.unsubscribed', automated: true }),
  ])
  const { total, values } = await ask('')
  expect(values[0]).toMatchObject({ counts: total.counts, rates: total.rates })
  expect(counted(total)).toEqual({
    delivered: 10,
    opened: 8,
    opened_by_machine: 5,
    opened_judged: 7,
    clicked: 2,
    clicked_by_machine: 2,
    clicked_judged: 2,
    unsubscribed: 3,
  })
  expect(total.rates).toMatchObject({
    open: 0.8,
    open_people: 0.3,
    open_judged: 0.875,
    click: 0.2,
    click_people: 0,
    click_judged: 1,
    unsubscribe: 0.3,
  })
})

it('has no rate whose denominator is zero, and no value where nothing is stored', async () => {
  const nothing = await ask('?compare=7')
  expect(nothing).toMatchObject({ figures_since: null, values: [] })
  expect(new Set(Object.values(nothing.total.rates))).toEqual(new Set([null]))
  expect(nothing.total.before).toEqual({ counts: nothing.total.counts, rates: nothing.total.rates })
  await storeAgo(0, [{ ...gmail, type: 'email.opened' }])
  expect((await ask('')).total.rates).toMatchObject({ delivery: null, open: null, click_to_open: 0 })
  // Whether an ESP reports opens and clicks at all, nobody says.
  await storeAgo(0, [{ ...gmail, source: 'news', type: 'email.delivered' }])
  expect((await ask('?source=news')).total.rates).toMatchObject({
    delivery: 1,
    bounce: 0,
    open: null,
    click: null,
  })
})

describe('a value', () => {
  beforeEach(async () => {
    await storeAgo(1, times(6, { ...gmail, source: 'news' }))
    await storeAgo(0, [
      ...times(2, { ...yahoo, campaign_id: 'other' }),
      ...times(3, { ...gmail, campaign_id: 'spring' }),
      ...times(4, { ...small, campaign_id: null }),
      ...times(5, { recipient: null, source: 'shop' }),
      { ...gmail, type: 'email.bounced', bounce_type: 'soft' },
      { ...gmail, type: 'email.bounced', bounce_type: 'hard', campaign_id: 'spring' },
    ])
  })

  it.each([
    ['mailbox_provider', ['gmail: 9', 'yahoo: 2', 'null: 5', 'other: 4']],
    ['campaign', ['spring: 3', 'other: 2', 'null: 15']],
    ['source', ['shop: 14', 'news: 6']],
    ['day', ['2026-06-09: 6', '2026-06-10: 14']],
    ['bounce_type', ['hard: 0', 'soft: 0', 'null: 20']],
  ])('is each %s, the largest first', async (by, values) => {
    const answer = await ask(`?by=${by}`)
    expect(delivered(answer)).toEqual(values)
    expect(answer.total.counts).toMatchObject({ delivered: 20, bounced: 2 })
  })

  it('that is a name is told from all others together', async () => {
    const otherIn = async (by: string) =>
      (await ask(`?by=${by}`)).values.find(({ value }) => value === 'other')?.is_other
    expect(await otherIn('campaign')).toBe(false)
    expect(await otherIn('mailbox_provider')).toBe(true)
  })

  it('by type of bounce is a share of all', async () => {
    const { values } = await ask('?by=bounce_type')
    expect(values.map(({ value, rates }) => [value, rates.bounce])).toEqual([
      ['hard', 0.045455],
      ['soft', 0.045455],
      [null, 0],
    ])
  })

  it('by cause is a share of all, alone and crossed with what failed', async () => {
    await storeAgo(0, [
      ...times(2, { ...yahoo, type: 'email.bounced', cause: 'reputation', campaign_id: 'spring' }),
      { ...small, type: 'email.deferred', cause: 'reputation' },
      { ...yahoo, type: 'email.rejected', cause: 'suppressed' },
    ])
    const shares = async (by: string) =>
      (await ask(`?by=${by}`)).values.map(({ cause, value, is_other, counts, rates }) => [
        ...(cause === undefined ? [] : [cause]),
        is_other ? '*' : value,
        counts.bounced,
        counts.deferred,
        counts.rejected,
        rates.bounce,
      ])
    expect(await shares('cause')).toEqual([
      ['reputation', 2, 1, 0, 0.083333],
      ['suppressed', 0, 0, 1, 0],
      [null, 2, 0, 0, 0.083333],
    ])
    expect(await shares('cause_mailbox_provider')).toEqual([
      [null, 'gmail', 2, 0, 0, 0.083333],
      ['reputation', 'yahoo', 2, 0, 0, 0.083333],
      ['suppressed', 'yahoo', 0, 0, 1, 0],
      [null, null, 0, 0, 0, 0],
      ['reputation', '*', 0, 1, 0, 0],
    ])
    expect(await shares('cause_campaign')).toEqual([
      ['reputation', 'spring', 2, 0, 0, 0.083333],
      [null, 'spring', 1, 0, 0, 0.041667],
      [null, null, 1, 0, 0, 0.041667],
      ['reputation', null, 0, 1, 0, 0],
      ['suppressed', null, 0, 0, 1, 0],
    ])
  })

  it('is counted of one source, and of those that a token may see', async () => {
    expect(delivered(await ask('?source=news'))).toEqual(['gmail: 6'])
    const { send } = await holder(here, 'viewer', ['news'])
    const seen = (await send('GET', '/api/deliverability?by=source')).json as unknown as Answer
    expect(delivered(seen)).toEqual(['news: 6'])
    expect(seen).toMatchObject({
      figures_since: '2026-06-09',
      total: { counts: { delivered: 6, bounced: 0 } },
    })
    const other = (await send('GET', '/api/deliverability?source=shop')).json
    expect(other).toMatchObject({ figures_since: null, values: [], total: { counts: { delivered: 0 } } })
  })
})

describe('a period', () => {
  beforeEach(async () => {
    for (const [daysAgo, count] of [
      [8, 1],
      [7, 2],
      [6, 4],
      [1, 8],
      [0, 16],
    ] as const)
      await storeAgo(daysAgo, times(count, gmail))
  })

  it.each([
    ['', '2026-06-04', '2026-06-10', 28],
    ['?since=2026-06-10T00:00:00Z', '2026-06-10', '2026-06-10', 16],
    ['?since=2026-06-09T23:59:59Z', '2026-06-09', '2026-06-10', 24],
    ['?since=2026-06-10T01:00:00%2B02:00', '2026-06-09', '2026-06-10', 24],
    ['?until=2026-06-10T00:00:00Z', '2026-06-04', '2026-06-09', 12],
    ['?until=2026-06-10T00:00:00.001Z', '2026-06-04', '2026-06-10', 28],
    ['?since=2026-06-01T12:00:00Z&until=2026-06-04T12:00:00Z', '2026-06-01', '2026-06-04', 7],
    ['?since=2026-03-04T00:00:00Z&until=2026-06-12T00:00:00Z', '2026-03-04', '2026-06-11', 31],
  ])('of %j is from %s to %s', async (query, first_day, last_day, count) => {
    const answer = await ask(query)
    expect(answer).toMatchObject({
      period: { first_day, last_day },
      before: null,
      figures_since: '2026-06-02',
    })
    expect(answer.total.counts.delivered).toBe(count)
  })

  it.each([
    ['?compare=7', '2026-05-28', '2026-06-03', ['gmail: 28/3']],
    ['?compare=1', '2026-06-03', '2026-06-09', ['gmail: 28/14']],
    [
      '?compare=7&by=day',
      '2026-05-28',
      '2026-06-03',
      ['2026-06-04: 4/0', '2026-06-09: 8/1', '2026-06-10: 16/2'],
    ],
    [
      '?compare=366&by=day',
      '2025-06-03',
      '2025-06-09',
      ['2026-06-04: 4/0', '2026-06-09: 8/0', '2026-06-10: 16/0'],
    ],
    [
      '?compare=7&since=2026-06-11T00:00:00Z&until=2026-06-12T00:00:00Z&by=source',
      '2026-06-04',
      '2026-06-04',
      ['shop: 0/4'],
    ],
  ])('with %s is compared with that from %s to %s', async (query, first_day, last_day, values) => {
    const answer = await ask(query)
    expect(answer.before).toEqual({ first_day, last_day })
    expect(delivered(answer)).toEqual(values)
  })
})

it('answers the largest values, and all others together', async () => {
  for (const day of [2, 1, 0])
    await storeAgo(
      day,
      Array.from({ length: 150 }, (_, i) => ({
        campaign_id: i === 0 ? 'every day' : `campaign ${day}-${i}`,
      })),
    )
  const { total, values } = await ask('?by=campaign')
  expect(values).toHaveLength(VALUES_MAX + 1)
  expect(values[0]).toMatchObject({ value: 'every day', counts: { delivered: 3 } })
  expect(values.at(-1)).toMatchObject({ is_other: true, counts: { delivered: 450 - 3 - (VALUES_MAX - 1) } })
  expect(total.counts.delivered).toBe(450)
})
