import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Bytes } from '../../../src/platform/bytes.ts'
import type { AdmitRequest } from '../../../src/gateway/guard/contract.ts'
import { type Guard, LEASE_SECONDS } from '../../../src/gateway/guard/guard.ts'
import { ReplayMemory } from '../../../src/gateway/guard/memory.ts'

/** The runtime's own clock at the start: the alarm compares with it. */
const NOW_MS = Date.now()
const HOUR_MS = 3_600_000

let objects = 0
const newGuard = () => env.GUARD.getByName(`guard-${objects++}`)

const fingerprint = (n: number): Bytes => {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, n)
  return bytes
}

const request = (change: Partial<AdmitRequest> = {}): AdmitRequest => ({
  nowMs: NOW_MS,
  fingerprint: fingerprint(1),
  body: new Uint8Array(0),
  limitPerMinute: 1_000,
  memorySeconds: 600,
  ...change,
})

async function take(guard: DurableObjectStub<Guard>, change: Partial<AdmitRequest> = {}) {
  const asked = request(change)
  const answer = await guard.admit(asked)
  if (answer.verdict !== 'admitted') throw new Error(`not admitted: ${answer.verdict}`)
  const settle = (kept: boolean) =>
    guard.settle({ fingerprint: asked.fingerprint, lease: answer.lease, kept })
  return { keep: () => settle(true), release: () => settle(false) }
}

const tables = (guard: DurableObjectStub<Guard>) =>
  runInDurableObject(guard, (_, state) =>
    state.storage.sql
      .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE name GLOB 'seen_*'`)
      .toArray(),
  )

describe('claims', () => {
  it('admits one of 200 parallel copies and tells the others to come back', async () => {
    const guard = newGuard()
    const answers = await Promise.all(Array.from({ length: 200 }, () => guard.admit(request())))
    const verdicts = answers.map(({ verdict }) => verdict)
    expect(verdicts.filter((verdict) => verdict === 'admitted')).toHaveLength(1)
    expect(verdicts.filter((verdict) => verdict === 'in_flight')).toHaveLength(199)
  })

  it('calls a copy a duplicate once the first is kept, however often the object is evicted', async () => {
    const guard = newGuard()
    await (await take(guard)).keep()
    await evictDurableObject(guard)
    expect(await guard.admit(request())).toMatchObject({ verdict: 'duplicate' })
  })

  it('admits again after a release: the sender tries again after our failure', async () => {
    const guard = newGuard()
    await (await take(guard)).release()
    expect(await guard.admit(request())).toMatchObject({ verdict: 'admitted' })
  })

  it('is never durable before it is settled: an eviction loses a reservation', async () => {
    const guard = newGuard()
    await take(guard)
    await evictDurableObject(guard)
    expect(await guard.admit(request())).toMatchObject({ verdict: 'admitted' })
  })

  it('lets a reservation run out, and ignores a late settle of it', async () => {
    const guard = newGuard()
    const first = await take(guard)
    const later = { nowMs: NOW_MS + LEASE_SECONDS * 1_000 + 1 }
    const second = await take(guard, later)
    await first.release()
    expect(await guard.admit(request(later))).toMatchObject({ verdict: 'in_flight' })
    await second.keep()
    expect(await guard.admit(request(later))).toMatchObject({ verdict: 'duplicate' })
  })

  it.each([
    ['while the first is in flight', false],
    ['after the first is kept', true],
  ])('says so when a single-use identity comes around another body, %s', async (_when, kept) => {
    const guard = newGuard()
    const first = await take(guard, { body: fingerprint(7) })
    if (kept) await first.keep()
    expect(await guard.admit(request({ body: fingerprint(8) }))).toMatchObject({ verdict: 'token_reused' })
    expect(await guard.admit(request({ body: fingerprint(7) }))).toMatchObject({
      verdict: kept ? 'duplicate' : 'in_flight',
    })
  })
})

describe('quota', () => {
  it('refuses what is over the limit in any sixty seconds, and says when to come back', async () => {
    const guard = newGuard()
    for (let i = 0; i < 3; i++)
      await (await take(guard, { fingerprint: fingerprint(i), limitPerMinute: 3 })).keep()
    const over = { fingerprint: fingerprint(9), limitPerMinute: 3 }
    expect(await guard.admit(request(over))).toMatchObject({ verdict: 'rate_limited', retryAfterSeconds: 60 })
    expect(await guard.admit(request({ ...over, nowMs: NOW_MS + 59_000 }))).toMatchObject({
      verdict: 'rate_limited',
    })
    expect(await guard.admit(request({ ...over, nowMs: NOW_MS + 61_000 }))).toMatchObject({
      verdict: 'admitted',
    })
  })

  it('is not spent by copies, and given back by a release', async () => {
    const guard = newGuard()
    const first = await take(guard, { limitPerMinute: 1 })
    await guard.admit(request({ limitPerMinute: 1 }))
    await first.release()
    expect(await guard.admit(request({ fingerprint: fingerprint(2), limitPerMinute: 1 }))).toMatchObject({
      verdict: 'admitted',
    })
  })

  it('is rebuilt from the kept claims after an eviction', async () => {
    const guard = newGuard()
    for (let i = 0; i < 3; i++) await (await take(guard, { fingerprint: fingerprint(i) })).keep()
    await evictDurableObject(guard)
    expect(await guard.admit(request({ fingerprint: fingerprint(9), limitPerMinute: 3 }))).toMatchObject({
      verdict: 'rate_limited',
    })
  })
})

describe('versions', () => {
  it('names the newest version that the registry told, after an eviction too, and never an older one', async () => {
    const guard = newGuard()
    await guard.learn(7)
    await guard.learn(5)
    await evictDurableObject(guard)
    expect(await guard.admit(request())).toMatchObject({ sourceVersion: 7 })
  })
})

describe('memory', () => {
  it('drops whole tables when their time is over, and only then', async () => {
    const guard = newGuard()
    const old = NOW_MS - 3 * HOUR_MS
    await (await take(guard, { fingerprint: fingerprint(1), nowMs: old })).keep()
    await (await take(guard, { fingerprint: fingerprint(2) })).keep()
    expect(await tables(guard)).toHaveLength(2)
    expect(await runDurableObjectAlarm(guard)).toBe(true)
    expect(await tables(guard)).toHaveLength(1)
    expect(await guard.admit(request({ fingerprint: fingerprint(2) }))).toMatchObject({
      verdict: 'duplicate',
    })
    expect(await guard.admit(request({ fingerprint: fingerprint(1) }))).toMatchObject({ verdict: 'admitted' })
  })

  it('remembers for as long as the longest window it was ever asked for', async () => {
    const guard = newGuard()
    const old = NOW_MS - 3 * HOUR_MS
    await (await take(guard, { nowMs: old, memorySeconds: 26 * 3_600 })).keep()
    await runDurableObjectAlarm(guard)
    expect(await guard.admit(request({ memorySeconds: 600 }))).toMatchObject({ verdict: 'duplicate' })
  })

  it('bills one row a claim, none for a copy, none for a drop; claims kept together are one statement', async () => {
    const guard = newGuard()
    const billed = await runInDurableObject(guard, (_, state) => {
      let rows = 0
      let statements = 0
      const counting = {
        exec: (query: string, ...bindings: unknown[]) => {
          const cursor = state.storage.sql.exec(query, ...(bindings as SqlStorageValue[]))
          if (/^\s*(INSERT|DROP)/.test(query)) {
            statements += 1
            cursor.toArray()
            rows += cursor.rowsWritten
          }
          return cursor
        },
      } as unknown as SqlStorage
      const memory = new ReplayMemory(counting)
      const claims = Array.from({ length: 1_000 }, (_, n) => ({
        fingerprint: fingerprint(n),
        body: new Uint8Array(0),
        atSeconds: 1_800_000_000,
      }))
      memory.write(claims)
      const first = { rows, statements }
      memory.write(claims)
      memory.drop(1_900_000_000, 600)
      return { first, again: { rows, statements } }
    })
    expect(billed).toEqual({ first: { rows: 1_000, statements: 1 }, again: { rows: 1_000, statements: 3 } })
  })
})
