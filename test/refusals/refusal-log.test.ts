import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { RefusalRecord } from '../../src/refusals/refusal.ts'
import { decision, refusal } from '../support/decision.ts'

const MINUTE = 30_000_000

const newLog = () => env.REFUSALS.getByName(crypto.randomUUID())

const record = (n: number, change: Partial<RefusalRecord> = {}): RefusalRecord =>
  refusal({ requestId: `req_${n}`, network: null, ...change })

const count = (change = {}) => ({
  minute: MINUTE,
  source: 'shop',
  code: 'signature_mismatch',
  network: null,
  count: 1,
  ...change,
})

describe('the watch', () => {
  it('returns the latest refusals, newest first, by source and by code, after an eviction too', async () => {
    const log = newLog()
    await log.report({ counts: [], latest: [record(1), record(2, { source: 'other' })] })
    await log.report({ counts: [], latest: [record(3, { code: 'rate_limited' })] })
    await evictDurableObject(log)
    const ids = async (query: { source?: string; code?: string }) =>
      (await log.latest({ limit: 10, ...query })).map(({ requestId }) => requestId)
    expect(await ids({})).toEqual(['req_3', 'req_2', 'req_1'])
    expect(await ids({ source: 'shop' })).toEqual(['req_3', 'req_1'])
    expect(await ids({ code: 'signature_mismatch' })).toEqual(['req_2', 'req_1'])
  })

  it('knows when the handshake of a source was last answered, until it forgets', async () => {
    const log = newLog()
    expect(await log.handshakeMs('shop')).toBeNull()
    await log.report({ counts: [], latest: [], handshakes: ['shop'] })
    const atMs = await log.handshakeMs('shop')
    expect(atMs).toBeGreaterThan(Date.now() - 60_000)
    expect(await log.handshakeMs('other')).toBeNull()
    await log.forget(Date.now() - 3_600_000, false)
    expect(await log.handshakeMs('shop')).toBe(atMs)
    await log.forget(Date.now() + 3_600_000, false)
    expect(await log.handshakeMs('shop')).toBeNull()
  })

  it('adds up equal refusals of a minute, and returns the largest first', async () => {
    const log = newLog()
    await log.report({ counts: [count(), count({ code: 'rate_limited', count: 5 })], latest: [] })
    await log.report({ counts: [count({ count: 2 })], latest: [] })
    expect(await log.totals(MINUTE)).toEqual([count({ code: 'rate_limited', count: 5 }), count({ count: 3 })])
    expect(await log.totals(MINUTE + 1)).toEqual([])
  })

  it('counts refusals by steps of time, of all or of some', async () => {
    const log = newLog()
    await log.report({
      counts: [
        count({ minute: MINUTE - 1, count: 100 }),
        count({ count: 2 }),
        count({ minute: MINUTE + 59, source: 'news', count: 3 }),
        count({ minute: MINUTE + 60, code: 'rate_limited', count: 5 }),
        count({ minute: MINUTE + 119, source: null, count: 7 }),
        count({ minute: MINUTE + 120, count: 100 }),
      ],
      latest: [],
    })
    const span = { sinceMinute: MINUTE, stepMinutes: 60, steps: 2 }
    expect(await log.byTime(span)).toEqual([5, 12])
    expect(await log.byTime({ ...span, source: 'shop' })).toEqual([2, 5])
    expect(await log.byTime({ ...span, code: 'signature_mismatch' })).toEqual([5, 7])
    expect(await log.bySource(span)).toEqual({ shop: [2, 5], news: [3, 0] })
    expect(await log.byTime({ ...span, sources: ['shop', 'news'] })).toEqual([5, 5])
    expect(await log.byTime({ ...span, sources: ['news'], source: 'shop' })).toEqual([0, 0])
  })

  it('keeps alarms and refusals of verified senders, however many strangers cause', async () => {
    const log = newLog()
    const alarm = record(1, { code: 'token_reused' })
    const verified = record(2, {
      code: 'rate_limited',
      decision: { ...decision(), authentication: { status: 'verified', attempted: [], verified: [] } },
    })
    const counted = { network: '192.0.2.0/24', class: 'alarm' as const, code: 'token_reused' }
    await log.report({ counts: [], latest: [alarm] })
    await log.report({ counts: [], latest: [record(0), verified] })
    for (let i = 0; i < 300; i++) {
      const counts = Array.from({ length: 10 }, (_, n) => count({ network: `network-${i}-${n}` }))
      await log.report({ counts, latest: [record(3)] })
    }
    await log.report({ counts: [count(counted)], latest: [] })
    expect(await log.latest({ class: 'alarm', limit: 10 })).toEqual([alarm])
    expect(await log.latest({ class: 'verified', limit: 10 })).toEqual([verified])
    const all = await log.latest({ limit: 1_000 })
    expect(all).toHaveLength(256 + 2)
    expect(all.slice(-2)).toEqual([verified, alarm])
    expect(await log.totals(MINUTE)).toContainEqual(count(counted))
  })

  it('keeps a bounded number of rows, however many refusals strangers cause', async () => {
    const log = newLog()
    const latest = Array.from({ length: 100 }, (_, n) => record(n))
    for (let i = 0; i < 400; i++) {
      const counts = Array.from({ length: 20 }, (_, n) => count({ network: `network-${i}-${n}` }))
      await log.report({ counts, latest })
    }
    const [rows] = await runInDurableObject(log, (_, { storage }) =>
      storage.sql
        .exec('SELECT (SELECT count(*) FROM latest) AS latest, (SELECT count(*) FROM minutes) AS minutes')
        .toArray(),
    )
    expect(rows).toEqual({ latest: 256, minutes: 1 })
    const totals = await log.totals(MINUTE)
    expect(totals.length).toBeLessThanOrEqual(202)
    expect(totals.reduce((sum, one) => sum + one.count, 0)).toBe(400 * 20)
  })

  it('gives a bounded number of sums, however long strangers went on', async () => {
    const log = newLog()
    for (let minute = MINUTE; minute < MINUTE + 100; minute++)
      await log.report({
        counts: Array.from({ length: 20 }, (_, n) => count({ minute, network: `network-${minute}-${n}` })),
        latest: [],
      })
    const sumsOf = async (...span: [number, number?]) => {
      const totals = await log.totals(...span)
      return {
        most: totals.length,
        sum: totals.reduce((sum, one) => sum + one.count, 0),
        last: totals[0]?.minute,
      }
    }
    expect(await sumsOf(MINUTE)).toEqual({ most: 201, sum: 2_000, last: MINUTE + 99 })
    expect(await sumsOf(MINUTE + 1, MINUTE + 2)).toEqual({ most: 40, sum: 40, last: MINUTE + 1 })
  })

  it('forgets samples and counts older than a time, also in reports with newer ones', async () => {
    const log = newLog()
    const atMs = MINUTE * 60_000
    const before = { counts: [count({ minute: MINUTE - 1 })], latest: [record(1, { atMs: atMs - 1 })] }
    await log.report(before)
    await log.report({
      counts: [count()],
      latest: [record(2, { atMs: atMs - 1 }), record(3, { atMs })],
    })
    const ids = async () => (await log.latest({ limit: 10 })).map(({ requestId }) => requestId)
    expect(await log.forget(atMs, true)).toEqual({ count: 2, isMore: false, oldestMs: atMs - 60_000 })
    expect(await ids()).toEqual(['req_3', 'req_2', 'req_1'])
    expect(await log.forget(atMs, false)).toEqual({ count: 2, isMore: false, oldestMs: atMs })
    expect(await ids()).toEqual(['req_3'])
    expect(await log.totals(0)).toEqual([count()])
    expect(await log.forget(atMs, false)).toMatchObject({ count: 0 })
    expect(await log.forget(atMs + 60_000, false)).toEqual({ count: 1, isMore: false, oldestMs: null })
    const [rows] = await runInDurableObject(log, (_, { storage }) =>
      storage.sql
        .exec('SELECT (SELECT count(*) FROM latest) AS latest, (SELECT count(*) FROM minutes) AS minutes')
        .toArray(),
    )
    expect(rows).toEqual({ latest: 0, minutes: 0 })
  })
})
