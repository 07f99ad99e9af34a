/** The guard in Redis alone, against a real redis-server behind Upstash's protocol. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { LEASE_SECONDS } from '../../../src/gateway/guard/contract.ts'
import { RedisGuard } from '../../../src/gateway/guard/redis-guard.ts'
import { redisClient } from '../../../src/platform/redis.ts'
import { NOW_MS, describeGuard, digest, requestOf, take } from '../../gateway/guard/suite.ts'
import { describeWithRedis } from '../../support/redis/describe.ts'
import { type Command, type RestProxy, startRestProxy } from '../../support/redis/rest-proxy.ts'
import { type RedisServer, startRedis } from '../../support/redis/server.ts'

const NAMESPACE = 'postern:0123456789ab'

/** A short timeout, for tests that wait for it. */
const ROUND_TRIP_MS = 500
/** A long timeout for all others, since the machine may be busy. */
const PATIENT_MS = 20_000

describeWithRedis('the guard in Redis', (program) => {
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

  // The library's sliding window reads the system's clock; nothing else here does.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS }))
  afterEach(() => {
    vi.useRealTimers()
    proxy.delayMs = () => 0
    proxy.losesAnswer = () => false
  })

  let sources = 0
  const open = (source = `source-${++sources}`, token = proxy.token, roundTripMs = PATIENT_MS) =>
    new RedisGuard(redisClient({ url: proxy.url, token }, roundTripMs), NAMESPACE, `${source}#0`)
  const openImpatient = () => open(undefined, undefined, ROUND_TRIP_MS)

  describeGuard({ name: 'Redis', open: () => open(), setClock: (nowMs) => vi.setSystemTime(nowMs) })

  /** Commands that reach Redis while something is done. */
  async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
    const before = proxy.commands.length
    await work()
    return proxy.commands.slice(before).map(([name]) => String(name).toLowerCase())
  }

  const keysAndValues = async (pattern: string): Promise<readonly (readonly [string, string, number])[]> => {
    const keys = (await redis.command('KEYS', pattern)) as string[]
    return Promise.all(
      keys
        .sort()
        .map(async (key) => [
          key,
          String(await redis.command('GET', key)),
          Number(await redis.command('PTTL', key)),
        ]),
    )
  }

  describe('round trips', () => {
    it('are two for a new delivery, one to settle it, one for a copy, two to release it', async () => {
      const guard = open()
      // Redis knows the scripts after this.
      await (await take(guard, { fingerprint: digest(8) })).release()
      const held = await take(guard, { fingerprint: digest(9) })
      await held.release()
      expect(await commandsOf(() => guard.admit(requestOf()))).toEqual(['evalsha', 'evalsha'])
      expect(await commandsOf(() => guard.admit(requestOf()))).toEqual(['evalsha'])
      const other = await take(guard, { fingerprint: digest(2) })
      expect(await commandsOf(other.keep)).toEqual(['evalsha'])
      const third = await take(guard, { fingerprint: digest(3) })
      expect(await commandsOf(third.release)).toEqual(['evalsha', 'evalsha'])
    })

    it('continue after Redis has lost its scripts', async () => {
      const guard = open()
      await redis.command('SCRIPT', 'FLUSH')
      const commands = await commandsOf(() => take(guard))
      expect(commands).toEqual(['evalsha', 'eval', 'evalsha', 'eval'])
      await redis.command('SCRIPT', 'FLUSH')
      expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'in_flight' })
    })

    it('send the last seen token, so that reads see earlier writes', async () => {
      const client = redisClient({ url: proxy.url, token: proxy.token }, PATIENT_MS)
      const guard = new RedisGuard(client, NAMESPACE, `source-${++sources}#0`)
      const before = proxy.syncTokens.length
      await take(guard)
      await take(guard, { fingerprint: digest(2) })
      const [first, ...later] = proxy.syncTokens.slice(before)
      expect(later.every((text) => /^sync-\d+$/.test(text))).toBe(true)
      // A client that has seen nothing yet sends an empty token.
      expect(first).toBe('')
    })
  })

  describe('data in Redis', () => {
    it('is stored under the deployment and the source, and every key expires', async () => {
      const source = `source-${++sources}`
      const guard = open(source)
      await guard.learn(12)
      await (await take(guard, { body: digest(7), memorySeconds: 86_400 })).keep()
      await take(guard, { fingerprint: digest(2) })
      const minute = Math.floor(NOW_MS / 60_000)
      const found = await keysAndValues(`*${source}*`)
      expect(found.map(([key, value]) => [key, value.replace(/^(kept|held) \d+ /, '$1 # ')])).toEqual([
        [
          `${NAMESPACE}:${source}:claim:00000001${'0'.repeat(24)}`,
          `kept # 0 86400000 00000007${'0'.repeat(24)}`,
        ],
        [`${NAMESPACE}:${source}:claim:00000002${'0'.repeat(24)}`, `held # ${NOW_MS + 60_000} 600000 `],
        [`${NAMESPACE}:${source}:rate:0:${minute}`, '2'],
        [`${NAMESPACE}:${source}:version`, '12'],
      ])
      const secondsLeft = found.map(([, , ms]) => ms / 1_000)
      const ends = [86_400, LEASE_SECONDS, 121, 2 * 86_400]
      for (const [i, left] of secondsLeft.entries()) {
        expect(left).toBeGreaterThan((ends[i] ?? 0) - 10)
        expect(left).toBeLessThanOrEqual(ends[i] ?? 0)
      }
    })

    it('of two deployments is separate, even if their sources have the same name', async () => {
      const source = `source-${++sources}`
      await (await take(open(source))).keep()
      const client = redisClient({ url: proxy.url, token: proxy.token })
      const other = new RedisGuard(client, 'postern:ba9876543210', `${source}#0`)
      expect(await other.admit(requestOf())).toMatchObject({ verdict: 'admitted', sourceVersion: 0 })
    })

    it('expires in Redis at the end of the replay memory', async () => {
      const guard = open()
      await (await take(guard, { memorySeconds: 1 })).keep()
      expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'duplicate' })
      await sleep(1_200)
      expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'admitted' })
    })

    it('is refused if its format is unknown', async () => {
      const source = `source-${++sources}`
      const key = `${NAMESPACE}:${source}:claim:00000001${'0'.repeat(24)}`
      for (const value of ['1', 'lost 1 2 3 ', 'held 1 2', '']) {
        await redis.command('SET', key, value)
        await expect(open(source).admit(requestOf())).rejects.toThrow(/unknown form/)
      }
    })
  })

  describe('a Redis that does not answer', () => {
    const isQuota = (command: Command) => String(command[3] ?? '').includes(':rate:')
    const isSettle = (command: Command) => command.includes('keep') || command.includes('give_back')

    it.each<[string, (command: Command) => boolean]>([
      ['of the claim', () => true],
      ['of the quota, which the library alone would take for an admission', isQuota],
    ])('in time is a fault: the answer %s is held back', async (_what, held) => {
      const guard = openImpatient()
      await guard.admit(requestOf({ fingerprint: digest(9) }))
      proxy.delayMs = (command) => (held(command) ? 3 * ROUND_TRIP_MS : 0)
      const startedMs = performance.now()
      await expect(guard.admit(requestOf())).rejects.toThrow(
        expect.objectContaining({ name: 'TimeoutError' }),
      )
      expect(performance.now() - startedMs).toBeLessThan(2.5 * ROUND_TRIP_MS)
    })

    it('for the quota releases the claim', async () => {
      const guard = openImpatient()
      proxy.delayMs = (command) => (isQuota(command) ? 2 * ROUND_TRIP_MS : 0)
      await expect(guard.admit(requestOf())).rejects.toThrow()
      proxy.delayMs = () => 0
      expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'admitted' })
    })

    it('to a settle is a fault', async () => {
      const guard = openImpatient()
      const held = await take(guard)
      proxy.delayMs = (command) => (isSettle(command) ? 2 * ROUND_TRIP_MS : 0)
      await expect(held.release()).rejects.toThrow()
    })

    it('with the right token only, is a fault', async () => {
      await expect(open('source-x', 'wrong').admit(requestOf())).rejects.toThrow(/WRONGPASS/)
    })

    it.each([
      ['the claim', () => true],
      ['the quota', isQuota],
    ])(
      'since the connection broke after it was asked for %s, is asked again, and knows its own lease',
      async (_what, lost) => {
        const guard = open()
        await guard.admit(requestOf({ fingerprint: digest(9) }))
        let losses = 0
        proxy.losesAnswer = (command) => lost(command) && losses++ === 0
        const held = await take(guard)
        expect(losses).toBeGreaterThan(0)
        proxy.losesAnswer = () => false
        expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'in_flight' })
        await held.keep()
        expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'duplicate' })
      },
    )

    it('since nothing listens, is a fault', async () => {
      const other = await startRestProxy(redis.url)
      const guard = new RedisGuard(redisClient({ url: other.url, token: other.token }), NAMESPACE, 'gone#0')
      await other.close()
      await expect(guard.admit(requestOf())).rejects.toThrow()
    })

    it('since it was killed, answers again after a restart, with all settled claims', async () => {
      const source = `source-${++sources}`
      const guard = open(source)
      await (await take(guard)).keep()
      const held = await take(guard, { fingerprint: digest(2) })
      await redis.kill()
      await expect(guard.admit(requestOf())).rejects.toThrow()
      await expect(held.keep()).rejects.toThrow()
      await redis.restart()
      await vi.waitUntil(
        async () =>
          guard.admit(requestOf()).then(
            () => true,
            () => false,
          ),
        { timeout: 5_000 },
      )
      expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'duplicate' })
      // The reservation also remains until its minute is over, so a copy gets a retryable answer.
      expect(await guard.admit(requestOf({ fingerprint: digest(2) }))).toMatchObject({ verdict: 'in_flight' })
    })
  })
})
