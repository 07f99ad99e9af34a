import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Begun, OnceRequest } from '../../src/registry/idempotency.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const NOW_MS = 1_800_000_000_000
const SEALED = Uint8Array.of(1, 2, 3)

const newRegistry = () => env.REGISTRY.getByName(`idempotency-${crypto.randomUUID()}`)
type Registry = ReturnType<typeof newRegistry>

const begin = (registry: Registry, change: Partial<OnceRequest> = {}) =>
  registry.idempotency.begin({ key: 'key', fingerprint: 'fingerprint', atMs: NOW_MS, ...change })

const leaseOf = (begun: Begun): string => {
  if (begun.kind !== 'acquired') throw new Error(`is ${begun.kind}`)
  return begun.lease
}

const rows = (registry: Registry): Promise<number> =>
  runInDurableObject(
    registry,
    (_, { storage }) => storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM idempotency_keys').one().n,
  )

describe('a request with a key', () => {
  it('is run by the first caller; the others are told that it runs, and later get its answer', async () => {
    const registry = newRegistry()
    const lease = leaseOf(await begin(registry))
    expect(await begin(registry)).toEqual({ kind: 'running' })
    await registry.idempotency.end('key', lease, SEALED, NOW_MS)
    expect(await begin(registry)).toEqual({ kind: 'answered', sealed: SEALED })
  })

  it('is run by one of many simultaneous callers', async () => {
    const registry = newRegistry()
    const begun = await Promise.all(Array.from({ length: 50 }, () => begin(registry)))
    expect(begun.filter(({ kind }) => kind === 'acquired')).toHaveLength(1)
    expect(begun.filter(({ kind }) => kind === 'running')).toHaveLength(49)
  })

  it('is distinguished from another request with the same key, running or answered', async () => {
    const registry = newRegistry()
    const lease = leaseOf(await begin(registry))
    expect(await begin(registry, { fingerprint: 'another' })).toEqual({ kind: 'reused' })
    await registry.idempotency.end('key', lease, SEALED, NOW_MS)
    expect(await begin(registry, { fingerprint: 'another' })).toEqual({ kind: 'reused' })
    expect((await begin(registry, { key: 'another' })).kind).toBe('acquired')
  })

  it('can be run again at once if the first run changed nothing', async () => {
    const registry = newRegistry()
    await registry.idempotency.end('key', leaseOf(await begin(registry)), null, NOW_MS)
    expect((await begin(registry, { fingerprint: 'mended' })).kind).toBe('acquired')
  })

  it.each([
    ['its lease', 'running', 2 * MINUTE_MS],
    ['its day', 'answered', DAY_MS],
  ])('is stored until the end of %s, also for a restarted object', async (_what, kind, spanMs) => {
    const registry = newRegistry()
    const lease = leaseOf(await begin(registry))
    if (kind === 'answered') await registry.idempotency.end('key', lease, SEALED, NOW_MS)
    await evictDurableObject(registry)
    expect((await begin(registry, { atMs: NOW_MS + spanMs - 1 })).kind).toBe(kind)
    expect((await begin(registry, { atMs: NOW_MS + spanMs })).kind).toBe('acquired')
  })

  it('does not get the answer of a caller whose lease has expired', async () => {
    const registry = newRegistry()
    const late = leaseOf(await begin(registry))
    const atMs = NOW_MS + 2 * MINUTE_MS
    const second = leaseOf(await begin(registry, { atMs }))
    for (const sealed of [SEALED, null]) await registry.idempotency.end('key', late, sealed, atMs)
    expect(await begin(registry, { atMs })).toEqual({ kind: 'running' })
    await registry.idempotency.end('key', second, Uint8Array.of(2), atMs)
    expect(await begin(registry, { atMs })).toEqual({ kind: 'answered', sealed: Uint8Array.of(2) })
  })
})

describe('the store', () => {
  it('keeps the last five thousand answers, and all running requests', async () => {
    const registry = newRegistry()
    const first = leaseOf(await begin(registry, { key: 'running' }))
    await runInDurableObject(registry, (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO idempotency_keys (key, fingerprint, lease, expires_at, sealed) SELECT 'old' || i, 'f', 'l', ? + i, x'00' FROM n`,
        NOW_MS + MINUTE_MS,
      )
    })
    const lease = leaseOf(await begin(registry))
    await registry.idempotency.end('key', lease, SEALED, NOW_MS)
    expect(await rows(registry)).toBe(5_001)
    expect((await begin(registry, { key: 'old1' })).kind).toBe('acquired')
    expect((await begin(registry, { key: 'old2', fingerprint: 'f' })).kind).toBe('answered')
    expect((await begin(registry, { key: 'running' })).kind).toBe('running')
    await registry.idempotency.end('running', first, null, NOW_MS)
  })

  it('deletes the oldest answer of the caller who has most', async () => {
    const registry = newRegistry()
    const keep = async (key: string, caller: string, atMs: number) =>
      registry.idempotency.end(key, leaseOf(await begin(registry, { key, caller, atMs })), SEALED, atMs)
    await keep('mine', 'admin', NOW_MS)
    await runInDurableObject(registry, (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO idempotency_keys (key, fingerprint, caller, lease, expires_at, sealed)
         SELECT 'flood' || i, 'fingerprint', 'viewer', 'l', ? + i, x'00' FROM n`,
        NOW_MS + DAY_MS,
      )
    })
    await keep('last', 'viewer', NOW_MS + MINUTE_MS)
    expect(await rows(registry)).toBe(5_000)
    const states = await Promise.all(
      ['mine', 'flood1', 'flood2', 'flood3', 'last'].map((key) => begin(registry, { key })),
    )
    expect(states.map(({ kind }) => kind)).toEqual([
      'answered',
      'acquired',
      'acquired',
      'answered',
      'answered',
    ])
  })

  it('deletes expired answers by the alarm', async () => {
    const registry = newRegistry()
    const longAgoMs = Date.now() - DAY_MS
    const lease = leaseOf(await begin(registry, { atMs: longAgoMs }))
    await registry.idempotency.end('key', lease, SEALED, longAgoMs)
    const young = leaseOf(await begin(registry, { key: 'young', atMs: longAgoMs }))
    await registry.idempotency.end('young', young, SEALED, longAgoMs + MINUTE_MS)
    expect(await runDurableObjectAlarm(registry)).toBe(true)
    expect(await rows(registry)).toBe(1)
    const wakesAtMs = await runInDurableObject(registry, (_, { storage }) => storage.getAlarm())
    expect(wakesAtMs).toBeLessThanOrEqual(Date.now() + MINUTE_MS)
  })
})
