import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { RefusalRecord } from '../../src/refusals/refusal.ts'
import { decision, refusal } from '../support/decision.ts'

const MINUTE = 30_000_000

let objects = 0
const newWatch = () => env.REFUSALS.getByName(`watch-${objects++}`)

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
    const watch = newWatch()
    await watch.report({ counts: [], latest: [record(1), record(2, { source: 'other' })] })
    await watch.report({ counts: [], latest: [record(3, { code: 'rate_limited' })] })
    await evictDurableObject(watch)
    const ids = async (query: { source?: string; code?: string }) =>
      (await watch.latest({ limit: 10, ...query })).map(({ requestId }) => requestId)
    expect(await ids({})).toEqual(['req_3', 'req_2', 'req_1'])
    expect(await ids({ source: 'shop' })).toEqual(['req_3', 'req_1'])
    expect(await ids({ code: 'signature_mismatch' })).toEqual(['req_2', 'req_1'])
  })

  it('knows when the handshake of a source was last answered, until it forgets', async () => {
    const watch = newWatch()
    expect(await watch.handshakeMs('shop')).toBeNull()
    await watch.report({ counts: [], latest: [], handshakes: ['shop'] })
    const atMs = await watch.handshakeMs('shop')
    expect(atMs).toBeGreaterThan(Date.now() - 60_000)
    expect(await watch.handshakeMs('other')).toBeNull()
    await watch.forget(Date.now() - 3_600_000, false)
    expect(await watch.handshakeMs('shop')).toBe(atMs)
    await watch.forget(Date.now() + 3_600_000, false)
    expect(await watch.handshakeMs('shop')).toBeNull()
  })

  it('adds up equal refusals of a minute, and returns the largest first', async () => {
    const watch = newWatch()
    await watch.report({ counts: [count(), count({ code: 'rate_limited', count: 5 })], latest: [] })
    await watch.report({ counts: [count({ count: 2 })], latest: [] })
    expect(await watch.totals(MINUTE)).toEqual([
      count({ code: 'rate_limited', count: 5 }),
      count({ count: 3 }),
    ])
    expect(await watch.totals(MINUTE + 1)).toEqual([])
  })

  it('keeps alarms and refusals of verified senders, however many strangers cause', async () => {
    const watch = newWatch()
    const alarm = record(1, { code: 'token_reused' })
    const verified = record(2, {
      code: 'rate_limited',
      decision: { ...decision(), authentication: { status: 'verified', attempted: [], verified: [] } },
    })
    const counted = { network: '192.0.2.0/24', class: 'alarm' as const, code: 'token_reused' }
    await watch.report({ counts: [], latest: [alarm] })
    await watch.report({ counts: [], latest: [record(0), verified] })
    for (let i = 0; i < 300; i++) {
      const counts = Array.from({ length: 10 }, (_, n) => count({ network: `network-${i}-${n}` }))
      await watch.report({ counts, latest: [record(3)] })
    }
    await watch.report({ counts: [count(counted)], latest: [] })
    expect(await watch.latest({ class: 'alarm', limit: 10 })).toEqual([alarm])
    expect(await watch.latest({ class: 'verified', limit: 10 })).toEqual([verified])
    const all = await watch.latest({ limit: 1_000 })
    expect(all).toHaveLength(256 + 2)
    expect(all.slice(-2)).toEqual([verified, alarm])
    expect(await watch.totals(MINUTE)).toContainEqual(count(counted))
  })

  it('keeps a bounded number of rows, however many refusals strangers cause', async () => {
    const watch = newWatch()
    const latest = Array.from({ length: 100 }, (_, n) => record(n))
    for (let i = 0; i < 400; i++) {
      const counts = Array.from({ length: 20 }, (_, n) => count({ network: `network-${i}-${n}` }))
      await watch.report({ counts, latest })
    }
    const [rows] = await runInDurableObject(watch, (_, { storage }) =>
      storage.sql
        .exec('SELECT (SELECT count(*) FROM latest) AS latest, (SELECT count(*) FROM minutes) AS minutes')
        .toArray(),
    )
    expect(rows).toEqual({ latest: 256, minutes: 1 })
    const totals = await watch.totals(MINUTE)
    expect(totals.length).toBeLessThanOrEqual(202)
    expect(totals.reduce((sum, one) => sum + one.count, 0)).toBe(400 * 20)
  })

  it('gives a bounded number of sums, however long strangers went on', async () => {
    const watch = newWatch()
    for (let minute = MINUTE; minute < MINUTE + 100; minute++)
      await watch.report({
        counts: Array.from({ length: 20 }, (_, n) => count({ minute, network: `network-${minute}-${n}` })),
        latest: [],
      })
    const sumsOf = async (...span: [number, number?]) => {
      const totals = await watch.totals(...span)
      return {
        most: totals.length,
        sum: totals.reduce((sum, one) => sum + one.count, 0),
        last: totals[0]?.minute,
      }
    }
    expect(await sumsOf(MINUTE)).toEqual({ most: 201, sum: 2_000, last: MINUTE + 99 })
    expect(await sumsOf(MINUTE + 1, MINUTE + 2)).toEqual({ most: 40, sum: 40, last: MINUTE + 1 })
  })

  it('forgets samples and counts of before a time, also in reports with newer ones', async () => {
    const watch = newWatch()
    const atMs = MINUTE * 60_000
    const before = { counts: [count({ minute: MINUTE - 1 })], latest: [record(1, { atMs: atMs - 1 })] }
    await watch.report(before)
    await watch.report({
      counts: [count()],
      latest: [record(2, { atMs: atMs - 1 }), record(3, { atMs })],
    })
    const ids = async () => (await watch.latest({ limit: 10 })).map(({ requestId }) => requestId)
    expect(await watch.forget(atMs, true)).toEqual({ count: 2, isMore: false, oldestMs: atMs - 60_000 })
    expect(await ids()).toEqual(['req_3', 'req_2', 'req_1'])
    expect(await watch.forget(atMs, false)).toEqual({ count: 2, isMore: false, oldestMs: atMs })
    expect(await ids()).toEqual(['req_3'])
    expect(await watch.totals(0)).toEqual([count()])
    expect(await watch.forget(atMs, false)).toMatchObject({ count: 0 })
    expect(await watch.forget(atMs + 60_000, false)).toEqual({ count: 1, isMore: false, oldestMs: null })
    const [rows] = await runInDurableObject(watch, (_, { storage }) =>
      storage.sql
        .exec('SELECT (SELECT count(*) FROM latest) AS latest, (SELECT count(*) FROM minutes) AS minutes')
        .toArray(),
    )
    expect(rows).toEqual({ latest: 0, minutes: 0 })
  })
})
