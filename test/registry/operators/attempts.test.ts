import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { FailedAttempts } from '../../../src/registry/operators/attempts.ts'
import type { LoginAttempt } from '../../../src/registry/operators/operator.ts'

const NOW = 1_800_000_000_000
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

let name: string
beforeEach(() => {
  name = `attempts-${crypto.randomUUID()}`
})

/** Runs in an object that was just started. */
const started = <T>(work: (attempts: FailedAttempts, kv: SyncKvStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(env.REGISTRY.getByName(name), (_, { storage }) =>
    work(new FailedAttempts(storage.kv), storage.kv),
  )

/** The storage of an object, with its writes counted. */
function countingWrites(kv: SyncKvStorage) {
  let writes = 0
  const counted: ConstructorParameters<typeof FailedAttempts>[0] = {
    get: (key: string) => kv.get(key),
    put(key, value) {
      writes++
      kv.put(key, value)
    },
  }
  return { kv: counted, writes: () => writes }
}

const attempt = (changes: Partial<LoginAttempt> = {}): LoginAttempt => ({
  client: '192.0.2.1/32',
  channel: 'login',
  atMs: NOW,
  ...changes,
})

describe('wrong credentials', () => {
  it.each([
    ['login', 10],
    ['api', 100],
  ] as const)(
    'on the channel %s block their network after %i, for the rest of the minute',
    (channel, limit) =>
      started((attempts) => {
        for (let i = 0; i < limit; i++) {
          expect(attempts.waitSeconds(attempt({ channel }))).toBe(0)
          attempts.failed(attempt({ channel, atMs: NOW + i }))
        }
        expect(attempts.waitSeconds(attempt({ channel, atMs: NOW + 1_000 }))).toBe(59)
        expect(attempts.waitSeconds(attempt({ channel, client: '192.0.2.2/32' }))).toBe(0)
        expect(attempts.waitSeconds(attempt({ channel: channel === 'api' ? 'login' : 'api' }))).toBe(0)
        expect(attempts.waitSeconds(attempt({ channel, atMs: NOW + MINUTE_MS }))).toBe(0)
      }),
  )

  it('are still counted after the object restarts', async () => {
    await started((attempts) => {
      for (let i = 0; i < 10; i++) attempts.failed(attempt())
    })
    await evictDurableObject(env.REGISTRY.getByName(name))
    expect(await started((attempts) => attempts.waitSeconds(attempt()))).toBe(60)
    expect(await started((attempts) => attempts.waitSeconds(attempt({ atMs: NOW + MINUTE_MS })))).toBe(0)
  })

  it.each([
    ['of a /48, 30 of its /64', 'login', (i: number) => `2001:db8:7:${i.toString(16)}::/64`, 30],
    [
      'of a /48, 200 of its /64, with API tokens',
      'api',
      (i: number) => `2001:db8:7:${i.toString(16)}::/64`,
      200,
    ],
    ['of a /24, 30 of its addresses', 'login', (i: number) => `192.0.2.${i % 256}/32`, 30],
    ['of a thousand sites, 200', 'login', (i: number) => `2001:db8:${i.toString(16)}::/64`, 200],
    ['of a thousand sites, 500 with API tokens', 'api', (i: number) => `10.${i >> 8}.${i & 255}.1/32`, 500],
    ['of what are no networks, 200', 'login', (i: number) => `flood ${i}`, 200],
  ] as const)('%s may be attempted in a minute', (_what, channel, clientOf, judged) =>
    started((attempts) => {
      let attempted = 0
      for (let i = 0; i < 2_002; i++) {
        const one = attempt({ channel, client: clientOf(i % 1_001), atMs: NOW + i })
        if (attempts.waitSeconds(one) > 0) continue
        attempted++
        attempts.failed(one)
      }
      expect(attempted).toBe(judged)
      const later = attempt({ channel, client: clientOf(0), atMs: NOW + MINUTE_MS })
      expect(attempts.waitSeconds(later)).toBe(0)
    }),
  )

  it('from other networks do not slow down a trusted network', () =>
    started((attempts) => {
      attempts.succeeded(attempt({ client: '192.0.2.9/32', atMs: NOW - 30 * DAY_MS + 1 }))
      attempts.succeeded(attempt({ client: '203.0.113.9/32', atMs: NOW - 30 * DAY_MS }))
      for (let i = 0; i < 30; i++) attempts.failed(attempt({ client: `192.0.2.${100 + i}/32` }))
      for (let i = 0; i < 300; i++) attempts.failed(attempt({ client: `2001:db8:${i.toString(16)}::/64` }))
      expect(attempts.waitSeconds(attempt({ client: '192.0.2.9/32' }))).toBe(0)
      expect(attempts.waitSeconds(attempt({ client: '203.0.113.9/32' }))).toBe(60)
      // Its own limit applies, and its failures do not count for other networks.
      for (let i = 0; i < 10; i++) attempts.failed(attempt({ client: '192.0.2.9/32' }))
      expect(attempts.waitSeconds(attempt({ client: '192.0.2.9/32' }))).toBe(60)
    }))

  it('from a trusted network do not count for other networks', () =>
    started((attempts) => {
      attempts.succeeded(attempt())
      for (let i = 0; i < 300; i++) attempts.failed(attempt())
      expect(attempts.waitSeconds(attempt({ client: '192.0.2.2/32' }))).toBe(0)
    }))

  it('do not affect trusted networks, which survive a restart: one write a day, a hundred networks', async () => {
    await started((_, kv) => {
      const counted = countingWrites(kv)
      const attempts = new FailedAttempts(counted.kv)
      for (let hour = 0; hour < 48; hour++) attempts.succeeded(attempt({ atMs: NOW + hour * 3_600_000 }))
      expect(counted.writes()).toBe(2)
    })
    await evictDurableObject(env.REGISTRY.getByName(name))
    await started((attempts, kv) => {
      for (let i = 0; i < 300; i++) attempts.failed(attempt({ client: `flood ${i}` }))
      expect(attempts.waitSeconds(attempt())).toBe(0)
      for (let i = 0; i < 100; i++) attempts.succeeded(attempt({ client: `10.0.0.${i}/32` }))
      expect(attempts.waitSeconds(attempt())).toBe(60)
      expect(kv.get<unknown[]>('trusted_networks')).toHaveLength(100)
    })
  })

  it('in a flood cause writes by time only, of limited size', () =>
    started((attempts, kv) => {
      const counted = countingWrites(kv)
      const flooded = new FailedAttempts(counted.kv)
      for (let i = 0; i < 20_000; i++) flooded.failed(attempt({ client: `flood ${i}`, atMs: NOW + i }))
      expect(counted.writes()).toBeLessThan(200 + 20_000 / 2_000 + 2)
      const saved = kv.get<{ networks: unknown[] }>('failed_attempts')
      expect(saved?.networks.length).toBeLessThanOrEqual(1_000)
      expect(attempts.waitSeconds(attempt())).toBe(0)
    }))
})
