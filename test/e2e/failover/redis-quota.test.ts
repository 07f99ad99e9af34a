/** Compares the quota in Redis with the object's over the same arrivals: the guarantees of the estimate and the differences. */
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { RedisQuota } from '../../../src/gateway/guard/redis-quota.ts'
import { RateWindow } from '../../../src/gateway/guard/window.ts'
import { redisClient } from '../../../src/platform/redis.ts'
import { describeWithRedis } from '../../support/redis/describe.ts'
import { type RestProxy, startRestProxy } from '../../support/redis/rest-proxy.ts'
import { type RedisServer, startRedis } from '../../support/redis/server.ts'

const MINUTE_MS = 60_000

/** The beginning of a clock minute, far enough from the real time that tests do not overlap. */
const MINUTE = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS

describeWithRedis('the quota in Redis', (program) => {
  let redis: RedisServer
  let proxy: RestProxy
  beforeAll(async () => {
    redis = await startRedis(program)
    proxy = await startRestProxy(redis.url)
  })
  afterAll(async () => {
    await proxy.close()
    await redis.close()
  })
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  let sources = 0
  const newQuota = () => new RedisQuota(redisClient(proxy), `postern:0123456789ab:source-${++sources}:rate`)

  /** When each of the arrivals was let in, by Redis and by the object. @param arrivalsMs in order */
  async function play(arrivalsMs: readonly number[], limit: number) {
    const quota = newQuota()
    const window = new RateWindow()
    const byRedis: number[] = []
    const byObject: number[] = []
    for (const ms of arrivalsMs) {
      vi.setSystemTime(ms)
      if ((await quota.take('0', limit, ms)).taken) byRedis.push(ms)
      if (window.take(Math.floor(ms / 1_000), limit).taken) byObject.push(ms)
    }
    return { byRedis, byObject }
  }

  /** As the library documents it: what this minute has, and of the last as much as sixty seconds still reach into. */
  function estimated(arrivalsMs: readonly number[], limit: number): number[] {
    const counts = new Map<number, number>()
    const admitted: number[] = []
    for (const ms of arrivalsMs) {
      const minute = Math.floor(ms / MINUTE_MS)
      const share = 1 - (ms % MINUTE_MS) / MINUTE_MS
      const before = Math.floor(share * (counts.get(minute - 1) ?? 0))
      const now = counts.get(minute) ?? 0
      if (before + now >= limit) continue
      counts.set(minute, now + 1)
      admitted.push(ms)
    }
    return admitted
  }

  const mostIn = (admitted: readonly number[], spanMs: number): number =>
    Math.max(0, ...admitted.map((from) => admitted.filter((ms) => ms >= from && ms < from + spanMs).length))

  const every = (stepMs: number, forMs: number, fromMs = MINUTE) =>
    Array.from({ length: Math.floor(forMs / stepMs) }, (_, i) => fromMs + i * stepMs)

  it('admits what the library documents, for any arrivals', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 * MINUTE_MS }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        async (offsets, limit) => {
          const arrivals = offsets.sort((a, b) => a - b).map((offset) => MINUTE + offset)
          const { byRedis } = await play(arrivals, limit)
          expect(byRedis).toEqual(estimated(arrivals, limit))
          expect(mostIn(byRedis, MINUTE_MS)).toBeLessThan(2 * limit + 1)
        },
      ),
      { numRuns: 25 },
    )
  })

  it.each([
    ['a burst at once', Array.from({ length: 40 }, () => MINUTE), 10],
    ['less than the limit, steadily', every(7_000, 3 * MINUTE_MS), 10],
    ['a burst, two minutes of rest, a burst', [...burst(MINUTE), ...burst(MINUTE + 2 * MINUTE_MS)], 10],
  ])('decides exactly as the object does: %s', async (_what, arrivals, limit) => {
    const { byRedis, byObject } = await play(arrivals, limit)
    expect(byObject.length).toBeGreaterThan(0)
    expect(byRedis).toEqual(byObject)
  })

  it.each([
    ['twice the limit', 1_000, 30],
    ['ten times the limit', 500, 12],
  ])(
    'lets in as much as the object does over five minutes, within a tenth: %s, steadily',
    async (_what, stepMs, limit) => {
      const { byRedis, byObject } = await play(every(stepMs, 5 * MINUTE_MS), limit)
      expect(Math.abs(byRedis.length - byObject.length)).toBeLessThanOrEqual(0.1 * byObject.length)
    },
  )

  it('may admit more than the object at the turn of a minute, and less after it: a known trade-off', async () => {
    const late = every(100, 1_000, MINUTE + 59_000)
    const more = await play([...late, ...every(1_000, 58_000, MINUTE + MINUTE_MS)], 10)
    expect(mostIn(more.byObject, MINUTE_MS)).toBe(10)
    expect(mostIn(more.byRedis, MINUTE_MS)).toBeGreaterThan(10)
    const less = await play([...burst(MINUTE), ...burst(MINUTE + MINUTE_MS + 1_000)], 10)
    expect(less.byRedis.length).toBeLessThan(less.byObject.length)
  })

  it('returns released quota, and calls Redis each time', async () => {
    vi.setSystemTime(MINUTE)
    const quota = newQuota()
    expect(await quota.take('0', 1, MINUTE)).toEqual({ taken: true })
    expect(await quota.take('0', 1, MINUTE)).toEqual({ taken: false, retryAfterSeconds: 60 })
    await quota.release('0')
    expect(await quota.take('0', 1, MINUTE)).toEqual({ taken: true })
  })

  it.each([
    [0, 60],
    [30_500, 30],
    [59_999, 1],
  ])('says when the minute is over: %i ms into it, in %i s', async (offset, seconds) => {
    const quota = newQuota()
    vi.setSystemTime(MINUTE + offset)
    await quota.take('0', 1, MINUTE + offset)
    expect(await quota.take('0', 1, MINUTE + offset)).toEqual({ taken: false, retryAfterSeconds: seconds })
  })
})

function burst(ms: number): number[] {
  return Array.from({ length: 15 }, () => ms)
}
