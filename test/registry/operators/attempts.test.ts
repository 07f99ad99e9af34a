import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { FailedAttempts } from '../../../src/registry/operators/attempts.ts'
import type { Knock } from '../../../src/registry/operators/operators.ts'

const NOW = 1_800_000_000_000
const MINUTE_MS = 60_000

let objects = 0
let name: string
beforeEach(() => {
  name = `attempts-${objects++}`
})

/** As an object that has just woken up. */
const awake = <T>(work: (attempts: FailedAttempts, kv: SyncKvStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(env.REGISTRY.getByName(name), (_, { storage }) =>
    work(new FailedAttempts(storage.kv), storage.kv),
  )

const knock = (changes: Partial<Knock> = {}): Knock => ({
  client: '192.0.2.1/32',
  door: 'login',
  atMs: NOW,
  ...changes,
})

describe('wrong credentials', () => {
  it.each([
    ['login', 10],
    ['api', 100],
  ] as const)('at the door %s block their network after %i, for the rest of the minute', (door, limit) =>
    awake((attempts) => {
      for (let i = 0; i < limit; i++) {
        expect(attempts.waitSeconds(knock({ door }))).toBe(0)
        attempts.failed(knock({ door, atMs: NOW + i }))
      }
      expect(attempts.waitSeconds(knock({ door, atMs: NOW + 1_000 }))).toBe(59)
      expect(attempts.waitSeconds(knock({ door, client: '192.0.2.2/32' }))).toBe(0)
      expect(attempts.waitSeconds(knock({ door: door === 'api' ? 'login' : 'api' }))).toBe(0)
      expect(attempts.waitSeconds(knock({ door, atMs: NOW + MINUTE_MS }))).toBe(0)
    }),
  )

  it('are remembered when the object sleeps and wakes up', async () => {
    await awake((attempts) => {
      for (let i = 0; i < 10; i++) attempts.failed(knock())
    })
    await evictDurableObject(env.REGISTRY.getByName(name))
    expect(await awake((attempts) => attempts.waitSeconds(knock()))).toBe(60)
    expect(await awake((attempts) => attempts.waitSeconds(knock({ atMs: NOW + MINUTE_MS })))).toBe(0)
  })

  it('from many networks leave each of them one try, and nobody none', () =>
    awake((attempts) => {
      for (let i = 0; i < 200; i++) attempts.failed(knock({ client: `flood ${i}` }))
      expect(attempts.waitSeconds(knock())).toBe(0)
      attempts.failed(knock())
      expect(attempts.waitSeconds(knock())).toBe(60)
      expect(attempts.waitSeconds(knock({ client: 'flood 7' }))).toBe(60)
      expect(attempts.waitSeconds(knock({ client: 'the operator’s' }))).toBe(0)
      expect(attempts.waitSeconds(knock({ atMs: NOW + MINUTE_MS }))).toBe(0)
    }))

  it('cost rows by time in a flood, and are of bounded size', () =>
    awake((attempts, kv) => {
      let writes = 0
      const counted: ConstructorParameters<typeof FailedAttempts>[0] = {
        get: (key: string) => kv.get(key),
        put(key, value) {
          writes++
          kv.put(key, value)
        },
      }
      const flooded = new FailedAttempts(counted)
      for (let i = 0; i < 20_000; i++) flooded.failed(knock({ client: `flood ${i}`, atMs: NOW + i }))
      expect(writes).toBeLessThan(200 + 20_000 / 2_000 + 2)
      const saved = kv.get<{ networks: unknown[] }>('failed_attempts')
      expect(saved?.networks.length).toBeLessThanOrEqual(1_000)
      expect(attempts.waitSeconds(knock())).toBe(0)
    }))
})
