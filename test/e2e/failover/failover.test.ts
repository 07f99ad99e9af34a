/** Redis in place of the guard, through the real Workers: when the guard is down, and as a source's first store. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetch } from 'miniflare'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Received, jsonOf, send } from '../../../src/simulator/http.ts'
import { outboundFor } from '../../../scripts/local/served-urls.ts'
import type { OutgoingRequest } from '../../../src/simulator/sender.ts'
import { describeWithRedis } from '../../support/redis/describe.ts'
import { type RestProxy, startRestProxy } from '../../support/redis/rest-proxy.ts'
import { type RedisServer, startRedis } from '../../support/redis/server.ts'
import { type Postern, type TestSource, simulated, nowSeconds, startPostern, until } from '../postern.ts'

/** Waits of a tenth of a second each: longer in total than the one-minute lease of an unsettled claim. */
const TRIES_MAX = 800

/** A confirmation has reached its guard by then: it waits a moment to be sent together with others. */
const RIDDEN_MS = 200

const GATEWAY = join(import.meta.dirname, '..', 'entries', 'breakable-gateway.ts')

describeWithRedis('failover', (program) => {
  let redis: RedisServer
  let proxy: RestProxy
  let postern: Postern
  let redisIsUp = true
  beforeAll(async () => {
    redis = await startRedis(program)
    proxy = await startRestProxy(redis.url)
    const toProxy = outboundFor(new Map(), (request) =>
      request.url.startsWith(proxy.url) ? fetch(request) : undefined,
    )
    postern = await startPostern({
      entries: { gateway: GATEWAY },
      bindings: { UPSTASH_REDIS_REST_URL: proxy.url, UPSTASH_REDIS_REST_TOKEN: proxy.token },
      outbound: toProxy,
    })
  })
  afterAll(async () => {
    await postern.runtime.close()
    await proxy.close()
    await redis.close()
  })
  afterEach(async () => {
    await guardIs('mended')
    if (!redisIsUp) await bringRedisBack()
  })

  const guardIs = (state: 'broken' | 'mended') =>
    send(new URL(`/guards/${state}`, postern.runtime.url('gateway')), {
      method: 'POST',
      headers: {},
      body: Buffer.alloc(0),
    })
  const killRedis = async () => {
    redisIsUp = false
    await redis.kill()
  }
  const bringRedisBack = async () => {
    await redis.restart()
    redisIsUp = true
    // The proxy recovers by itself after a while.
    await until(async () => (await ping()).ok)
  }
  const ping = () =>
    globalThis.fetch(proxy.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${proxy.token}` },
      body: '["PING"]',
    })

  let sources = 0
  async function sourceOf(provider: string, settings: Record<string, unknown> = {}): Promise<TestSource> {
    const source = await postern.source(provider, `${provider}-${++sources}`)
    const put = await change(source, settings)
    expect(put.status).toBe(200)
    return source
  }
  const change = ({ name, account }: TestSource, settings: Record<string, unknown>) =>
    postern.console.put(`/api/sources/${name}`, { ...account.document, ...settings })

  const accepted = (answer: Received) => (jsonOf(answer) as { accepted?: number }).accepted
  const one = ({ account }: TestSource) => account.deliver([simulated()], nowSeconds())

  /** As an ESP does: again, until it is taken. */
  async function deliverUntilAccepted(source: TestSource, request: OutgoingRequest): Promise<Received> {
    let answer = await source.deliver(request)
    for (let tries = 1; answer.status !== 200 && tries < TRIES_MAX; tries++) {
      await sleep(100)
      answer = await source.deliver(request)
    }
    return answer
  }

  const degradedOf = async (name: string) =>
    (await postern.settledAt(name, 1)).map(
      (event) => (event as unknown as { security: { degraded: string | null } }).security.degraded,
    )

  async function countedOf(name: string): Promise<number> {
    const answer = await postern.console.get(`/api/counters?source=${name}`)
    const { events } = jsonOf(answer) as { events: { count: number }[] }
    return events.reduce((sum, { count }) => sum + count, 0)
  }

  describe('a guard that is down', () => {
    it('is replaced by Redis: deliveries continue, copies are recognized, and the operator sees it', async () => {
      const source = await sourceOf('sendgrid')
      const request = await one(source)
      await guardIs('broken')
      const answers = [await source.deliver(request), await source.deliver(request)]
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(answers.map(accepted)).toEqual([1, 0])
      expect(await degradedOf(source.name)).toEqual(['failover:Error'])
      const lines = postern.logs.filter((line) => line.includes(`"${source.name}"`))
      expect(lines.filter((line) => line.includes('"failover:Error"')).length).toBeGreaterThan(0)
    })

    it('accepts one of 50 parallel copies', async () => {
      // On a busy machine Redis may take longer than a second, which lets no copy in.
      const source = await sourceOf('sendgrid', { whenGuardDown: 'refuse' })
      const request = await one(source)
      await guardIs('broken')
      const answers = await Promise.all(Array.from({ length: 50 }, () => source.deliver(request)))
      expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([])
      answers.push(await deliverUntilAccepted(source, request))
      expect(answers.filter((answer) => accepted(answer) === 1)).toHaveLength(1)
      expect(await postern.settledAt(source.name, 1)).toHaveLength(1)
    })

    it('accepts no revoked secret: Redis also has the newest version', async () => {
      const source = await sourceOf('sendgrid')
      // The gateway has the source in its cache.
      expect((await source.deliver(await one(source))).status).toBe(200)
      const other = await sourceOf('sendgrid')
      expect((await change(source, { secrets: other.account.document['secrets'] })).status).toBe(200)
      await guardIs('broken')
      expect((await source.deliver(await one(source))).status).toBe(401)
    })

    it('accepts no single-use token: only the guard knows the used ones', async () => {
      const source = await sourceOf('mailgun', { whenGuardDown: 'admit' })
      const request = await one(source)
      await guardIs('broken')
      const before = proxy.commands.length
      expect((await source.deliver(request)).status).toBe(503)
      expect(proxy.commands.length).toBe(before)
      await guardIs('mended')
      expect(accepted(await source.deliver(request))).toBe(1)
    })

    it.each([
      ['refuse', 503, []],
      ['admit', 200, ['guard_down:Error']],
    ])(
      'with a Redis that is down, too: the source’s policy decides: %s',
      async (whenGuardDown, status, seen) => {
        const source = await sourceOf('sendgrid', { whenGuardDown })
        const request = await one(source)
        await guardIs('broken')
        await killRedis()
        expect((await source.deliver(request)).status).toBe(status)
        if (status === 200) expect(await degradedOf(source.name)).toEqual(seen)
        await bringRedisBack()
        expect((await deliverUntilAccepted(source, request)).status).toBe(200)
        expect(await postern.settledAt(source.name, 1)).toHaveLength(1)
      },
    )
  })

  describe('a copy that arrives through the other store', () => {
    it.each([
      [['mended', 'broken', 'mended', 'broken']],
      [['broken', 'mended', 'broken', 'mended']],
    ] as const)(
      'is at most a second message in the queue, and its effects happen once: %o',
      async (states) => {
        const source = await sourceOf('sendgrid')
        const request = await one(source)
        const taken: unknown[] = []
        for (const state of states) {
          await guardIs(state)
          const answer = await source.deliver(request)
          expect(answer.status).toBe(200)
          taken.push(accepted(answer))
          await sleep(RIDDEN_MS)
        }
        expect(taken).toEqual([1, 1, 0, 0])
        expect(await postern.settledAt(source.name, 1)).toHaveLength(1)
        expect(await countedOf(source.name)).toBe(1)
      },
    )

    it('loses no delivery and counts each once, while guard and Redis go up and down', async () => {
      const source = await sourceOf('sendgrid', { whenGuardDown: 'refuse' })
      const requests = await Promise.all(
        Array.from({ length: 30 }, () => source.account.deliver([simulated(), simulated()], nowSeconds())),
      )
      const all = Promise.all(
        requests.map(async (request, i) => {
          await sleep(i * 40)
          const first = await deliverUntilAccepted(source, request)
          await sleep(600)
          // Accepted again, recognized as a copy, or refused for now by a lease that could not be settled.
          const copy = await source.deliver(request)
          return [first.status, [200, 503].includes(copy.status)]
        }),
      )
      for (const disturb of [
        () => guardIs('broken'),
        killRedis,
        bringRedisBack,
        () => guardIs('mended'),
        killRedis,
        () => guardIs('broken'),
        bringRedisBack,
        () => guardIs('mended'),
      ]) {
        await disturb()
        await sleep(250)
      }
      expect(await all).toEqual(requests.map(() => [200, true]))
      expect(await postern.settledAt(source.name, 60)).toHaveLength(60)
      expect(await countedOf(source.name)).toBe(60)
    })
  })

  describe('a source whose first store is Redis', () => {
    it('calls no guard object, and is not degraded', async () => {
      const source = await sourceOf('sendgrid', { guardStore: 'redis' })
      await guardIs('broken')
      const request = await one(source)
      expect([accepted(await source.deliver(request)), accepted(await source.deliver(request))]).toEqual([
        1, 0,
      ])
      expect(await degradedOf(source.name)).toEqual([null])
    })

    it('has its rate limit', async () => {
      // The count restarts with each minute of the clock, which must not happen during this test.
      const leftMs = 60_000 - (Date.now() % 60_000)
      if (leftMs < 10_000) await sleep(leftMs)
      const source = await sourceOf('sendgrid', { guardStore: 'redis', ratePerMinute: 3 })
      const answers: Received[] = []
      for (let i = 0; i < 4; i++) answers.push(await source.deliver(await one(source)))
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429])
      expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0)
    })

    it.each([
      ['refuse', 503, 'down'],
      ['admit', 200, 'down'],
      ['refuse', 503, 'slow'],
      ['admit', 200, 'slow'],
    ])(
      'does what whenGuardDown says, %s, when Redis is down or slow: %i, %s',
      async (whenGuardDown, status, how) => {
        const source = await sourceOf('sendgrid', { guardStore: 'redis', whenGuardDown })
        const request = await one(source)
        if (how === 'down') await killRedis()
        else proxy.delayMs = () => 3_000
        const answer = await source.deliver(request)
        proxy.delayMs = () => 0
        expect(answer.status).toBe(status)
        if (status === 200) {
          const name = how === 'down' ? 'UpstashError' : 'TimeoutError'
          expect(await degradedOf(source.name)).toEqual([`guard_down:${name}`])
        }
      },
    )

    it('refuses a revoked secret on the next delivery, though it is cached', async () => {
      const source = await sourceOf('sendgrid', { guardStore: 'redis' })
      expect((await source.deliver(await one(source))).status).toBe(200)
      const other = await sourceOf('sendgrid')
      const put = await change(source, { secrets: other.account.document['secrets'], guardStore: 'redis' })
      expect(jsonOf(put)).toMatchObject({ unreached_guards: [] })
      expect((await source.deliver(await one(source))).status).toBe(401)
    })

    it('reports Redis if it has not acknowledged a change, and notifies it again', async () => {
      const source = await sourceOf('sendgrid', { guardStore: 'redis' })
      await killRedis()
      const put = await change(source, { guardStore: 'redis', ratePerMinute: 17 })
      const { version, unreached_guards } = jsonOf(put) as { version: number; unreached_guards: unknown }
      expect(unreached_guards).toEqual([{ guard: 'redis', old_value_may_live_seconds: 30 }])
      await bringRedisBack()
      const known = async () => {
        const [key = ''] = (await redis.command('KEYS', `postern:*:${source.name}:version`)) as string[]
        return key === '' ? 0 : Number(await redis.command('GET', key))
      }
      await until(async () => (await known()) === version)
      expect(await known()).toBe(version)
    })

    it('recognizes a used Mailgun token with another body: tokens stay in the guard object', async () => {
      const source = await sourceOf('mailgun', { guardStore: 'redis' })
      const genuine = await one(source)
      const before = proxy.commands.length
      expect((await source.deliver(genuine)).status).toBe(200)
      const body = Buffer.from(Buffer.from(genuine.body).toString().replace('person.', 'victim.'))
      const reused = await source.deliver({ ...genuine, body })
      expect([reused.status >= 400, reused.status < 500]).toEqual([true, true])
      expect(proxy.commands.length).toBe(before)
    })

    it('may change its store: an earlier delivery gives at most a second message', async () => {
      const source = await sourceOf('sendgrid')
      const request = await one(source)
      expect(accepted(await source.deliver(request))).toBe(1)
      await change(source, { guardStore: 'redis' })
      expect(accepted(await source.deliver(request))).toBe(1)
      expect(accepted(await source.deliver(request))).toBe(0)
      expect(await postern.settledAt(source.name, 1)).toHaveLength(1)
    })
  })

  it('writes nothing personal or secret into Redis', async () => {
    const source = await sourceOf('sendgrid', { guardStore: 'redis' })
    const happened = simulated()
    const request = await source.account.deliver([happened], nowSeconds())
    expect((await source.deliver(request)).status).toBe(200)
    // The log line is written after the answer.
    await until(async () =>
      postern.logs.some((line) => line.includes('delivery_accepted') && line.includes(source.name)),
    )
    const keys = (await redis.command('KEYS', '*')) as string[]
    const rested = await Promise.all(
      keys.map(async (key) => `${key}=${String(await redis.command('GET', key))}`),
    )
    const sent = JSON.stringify(proxy.commands)
    expect(keys.length).toBeGreaterThanOrEqual(3)
    const { MASTER_KEY, ADMIN_TOKEN } = postern.secrets
    const signatures = request.proofHeaders
      .map((header) => request.headers[header] ?? '')
      .filter((proof) => proof.length > 20)
    expect(signatures).toHaveLength(1)
    const never = [happened.recipient, happened.messageId, 'example.com', MASTER_KEY, ADMIN_TOKEN]
    const seen = [...rested, sent, ...postern.logs].join('\n')
    expect([...never, ...signatures, proxy.token].filter((text) => seen.includes(text))).toEqual([])
    for (const key of keys) {
      expect(key).toMatch(/^postern:[0-9a-f]{12}:[a-z0-9-]+:(?:claim:[0-9a-f]{32}|rate:\d+:\d+|version)$/)
      expect(Number(await redis.command('PTTL', key))).toBeGreaterThan(0)
    }
  })
})
