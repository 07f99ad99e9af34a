import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { AdmitRequest } from '../../../src/gateway/guard/contract.ts'
import type { Guard } from '../../../src/gateway/guard/guard.ts'
import { NOW_MS, describeGuard, digest, requestOf, take } from './suite.ts'

const HOUR_MS = 3_600_000

const newGuard = () => env.GUARD.getByName(`guard-${crypto.randomUUID()}`)

describeGuard({ name: 'a Durable Object', open: newGuard })

const tables = (guard: DurableObjectStub<Guard>) =>
  runInDurableObject(guard, (_, state) =>
    state.storage.sql
      .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE name GLOB 'kept_*'`)
      .toArray(),
  )

describe('claims', () => {
  it('calls a copy a duplicate once the first is kept, however often the object is evicted', async () => {
    const guard = newGuard()
    await (await take(guard)).keep()
    await evictDurableObject(guard)
    expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'duplicate' })
  })

  it('is never durable before it is settled: an eviction loses a reservation', async () => {
    const guard = newGuard()
    await take(guard)
    await evictDurableObject(guard)
    expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'admitted' })
  })
})

describe('a settle after a restart', () => {
  const claim = (body: string) => requestOf({ fingerprint: digest(1), body })
  const admitted = async (guard: DurableObjectStub<Guard>, body: string): Promise<number> => {
    const answer = await guard.admit(claim(body))
    if (answer.verdict !== 'admitted') throw new Error(answer.verdict)
    return answer.lease
  }

  it('fails if the claim must be durable: a used token would be good for another body', async () => {
    const guard = newGuard()
    const lease = await admitted(guard, digest(8))
    await evictDurableObject(guard)
    expect(await guard.settle({ fingerprint: digest(1), lease, kept: true, deferrable: false })).toBe(false)
    // The sender comes back, and is answered only when it is written.
    const again = await admitted(guard, digest(8))
    expect(await guard.settle({ fingerprint: digest(1), lease: again, kept: true, deferrable: false })).toBe(
      true,
    )
    expect(await guard.admit(claim(digest(9)))).toMatchObject({ verdict: 'token_reused' })
  })

  it('succeeds if it was written before: its answer was lost', async () => {
    const guard = newGuard()
    const lease = await admitted(guard, digest(8))
    const settle = { fingerprint: digest(1), lease, kept: true, deferrable: false }
    await guard.settle(settle)
    await evictDurableObject(guard)
    expect(await guard.settle(settle)).toBe(true)
    expect(await guard.admit(claim(digest(8)))).toMatchObject({ verdict: 'duplicate' })
  })

  it('never settles the lease of another delivery', async () => {
    const guard = newGuard()
    const old = await admitted(guard, '')
    await evictDurableObject(guard)
    await admitted(guard, '')
    await guard.settle({ fingerprint: digest(1), lease: old, kept: false })
    expect(await guard.admit(claim(''))).toMatchObject({ verdict: 'in_flight' })
  })
})

describe('a copy beside the one in flight', () => {
  it.each([
    ['is a duplicate once that is kept', 'keep', 'duplicate'],
    ['takes its place once that is given back', 'release', 'admitted'],
  ] as const)('%s, and need not come again', async (_what, end, verdict) => {
    const guard = newGuard()
    const first = await take(guard)
    const copy = guard.admit(requestOf())
    await scheduler.wait(20)
    await first[end]()
    expect(await copy).toMatchObject({ verdict })
  })

  it('is told to come back when that takes long', async () => {
    const guard = newGuard()
    await take(guard)
    expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'in_flight' })
  })
})

describe('quota', () => {
  it('refuses what is over the limit in any sixty seconds, and says when to come back', async () => {
    const guard = newGuard()
    for (let i = 0; i < 3; i++)
      await (await take(guard, { fingerprint: digest(i), limitPerMinute: 3 })).keep()
    const over = { fingerprint: digest(9), limitPerMinute: 3 }
    expect(await guard.admit(requestOf(over))).toMatchObject({
      verdict: 'rate_limited',
      retryAfterSeconds: 60,
    })
    expect(await guard.admit(requestOf({ ...over, nowMs: NOW_MS + 59_000 }))).toMatchObject({
      verdict: 'rate_limited',
    })
    expect(await guard.admit(requestOf({ ...over, nowMs: NOW_MS + 61_000 }))).toMatchObject({
      verdict: 'admitted',
    })
  })

  it('is rebuilt from the kept claims after an eviction', async () => {
    const guard = newGuard()
    for (let i = 0; i < 3; i++) await (await take(guard, { fingerprint: digest(i) })).keep()
    await evictDurableObject(guard)
    expect(await guard.admit(requestOf({ fingerprint: digest(9), limitPerMinute: 3 }))).toMatchObject({
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
    expect(await guard.admit(requestOf())).toMatchObject({ sourceVersion: 7 })
  })
})

describe('memory', () => {
  it('drops whole tables when their time is over, and only then', async () => {
    const guard = newGuard()
    const old = NOW_MS - 3 * HOUR_MS
    await (await take(guard, { fingerprint: digest(1), nowMs: old })).keep()
    await (await take(guard, { fingerprint: digest(2) })).keep()
    expect(await tables(guard)).toHaveLength(2)
    expect(await runDurableObjectAlarm(guard)).toBe(true)
    expect(await tables(guard)).toHaveLength(1)
    expect(await guard.admit(requestOf({ fingerprint: digest(2) }))).toMatchObject({
      verdict: 'duplicate',
    })
    expect(await guard.admit(requestOf({ fingerprint: digest(1) }))).toMatchObject({ verdict: 'admitted' })
  })

  it('remembers for as long as the longest window it was ever asked for', async () => {
    const guard = newGuard()
    const old = NOW_MS - 3 * HOUR_MS
    await (await take(guard, { nowMs: old, memorySeconds: 26 * 3_600 })).keep()
    await runDurableObjectAlarm(guard)
    expect(await guard.admit(requestOf({ memorySeconds: 600 }))).toMatchObject({ verdict: 'duplicate' })
  })
})

describe('single-use identities', () => {
  const HOUR_SECONDS = HOUR_MS / 1_000
  const WINDOW_SECONDS = 300
  const token = (n: number, change: Partial<AdmitRequest> = {}) => ({
    fingerprint: digest(n),
    body: digest(7),
    memorySeconds: 2 * WINDOW_SECONDS,
    ...change,
  })
  const OLD_MS = NOW_MS - 3 * HOUR_MS
  const OLD_SECONDS = Math.floor(OLD_MS / 1_000)
  /** Tokens used in that hour were signed before this. */
  const FORGOTTEN_SECONDS = OLD_SECONDS - (OLD_SECONDS % HOUR_SECONDS) + HOUR_SECONDS + WINDOW_SECONDS
  const WIDE = { memorySeconds: 4 * 86_400 }

  /** A guard that has forgotten what it was asked for. */
  async function forgetful(change: Partial<AdmitRequest> = {}) {
    const guard = newGuard()
    await (await take(guard, token(1, { nowMs: OLD_MS, signedAtSeconds: OLD_SECONDS, ...change }))).keep()
    await runDurableObjectAlarm(guard)
    return guard
  }

  it.each([
    ['signed when used ones were', OLD_SECONDS, 'too_old'],
    ['signed a second before what is remembered', FORGOTTEN_SECONDS - 1, 'too_old'],
    ['signed with what is remembered', FORGOTTEN_SECONDS, 'admitted'],
    ['signed ahead', Math.floor(NOW_MS / 1_000) + 86_400, 'admitted'],
    ['without a time', 0, 'too_old'],
  ])('are not admitted once some are forgotten, where they may be among them: %s', async (_what, signedAtSeconds, verdict) => {
    const guard = await forgetful()
    for (const n of [1, 2]) {
      const answer = await guard.admit(requestOf(token(n, { signedAtSeconds, ...WIDE })))
      expect(answer.verdict).toBe(verdict)
      if (answer.verdict === 'too_old')
        expect(answer.windowSeconds).toBe(Math.floor(NOW_MS / 1_000) - FORGOTTEN_SECONDS)
    }
    await evictDurableObject(guard)
    expect(await guard.admit(requestOf(token(3, { signedAtSeconds })))).toMatchObject({ verdict })
  }) // prettier-ignore

  it('are never too old within a window that stays as it is, however much is forgotten', async () => {
    const guard = newGuard()
    const edge = (nowMs: number, n: number) =>
      token(n, { nowMs, signedAtSeconds: Math.floor(nowMs / 1_000) - WINDOW_SECONDS })
    for (const hours of [5, 4, 3, 2])
      await (await take(guard, edge(NOW_MS - hours * HOUR_MS, 16 * hours))).keep()
    await runDurableObjectAlarm(guard)
    expect(await guard.admit(requestOf(edge(NOW_MS, 9)))).toMatchObject({ verdict: 'admitted' })
  })

  it('leave room for no other claims: those of a proof that covers the body are admitted again', async () => {
    const guard = await forgetful()
    const again = requestOf({ fingerprint: digest(1), signedAtSeconds: OLD_SECONDS, ...WIDE })
    expect(await guard.admit(again)).toMatchObject({ verdict: 'admitted' })
  })

  it('are admitted where only claims of proofs that cover the body are forgotten', async () => {
    const guard = await forgetful({ body: '' })
    const late = requestOf(token(2, { signedAtSeconds: OLD_SECONDS, ...WIDE }))
    expect(await guard.admit(late)).toMatchObject({ verdict: 'admitted' })
  })
})

const packs = (guard: DurableObjectStub<Guard>) =>
  runInDurableObject(guard, (_, { storage }) => {
    const [table] = storage.sql
      .exec<{ name: string }>(`SELECT name FROM sqlite_master WHERE name GLOB 'kept_*'`)
      .toArray()
    return table === undefined
      ? []
      : storage.sql.exec(`SELECT claims FROM ${table.name} ORDER BY slot`).toArray()
  })

describe('admits in one call', () => {
  it('are answered one by one, in order, and each counts against the quota', async () => {
    const guard = newGuard()
    const requestFor = (n: number) => requestOf({ fingerprint: digest(n), limitPerMinute: 3 })
    const answers = await guard.admitAll([1, 2, 1, 3, 4].map(requestFor), [])
    expect(answers.map(({ verdict }) => verdict)).toEqual([
      'admitted',
      'admitted',
      'in_flight',
      'admitted',
      'rate_limited',
    ])
    expect(new Set(answers.map((answer) => (answer.verdict === 'admitted' ? answer.lease : 0))).size).toBe(4)
  })
})

describe('admits in one call of which one throws', () => {
  it('take no claim and no place in the quota', async () => {
    const guard = newGuard()
    const request = requestOf({ limitPerMinute: 1 })
    await runInDurableObject(guard, async (instance: Guard) => {
      await expect(
        instance.admitAll([request, { ...request, fingerprint: 'no digest' }], []),
      ).rejects.toThrow(TypeError)
    })
    expect(await guard.admit(request)).toMatchObject({ verdict: 'admitted' })
  })
})

describe('a claim that is not made of digests', () => {
  it.each([
    ['a fingerprint of another form', { fingerprint: 'no digest' }],
    ['a fingerprint in upper case', { fingerprint: 'AB'.repeat(16) }],
    ['a fingerprint as bytes', { fingerprint: new Uint8Array(16) as unknown as string }],
    ['a body of another form', { body: 'no digest' }],
    ['a body as bytes', { body: new Uint8Array(0) as unknown as string }],
  ])('is an error: %s', async (_what, change) => {
    await runInDurableObject(newGuard(), async (instance: Guard) => {
      await expect(instance.admit(requestOf(change))).rejects.toThrow(TypeError)
    })
  })
})

describe('piggybacked settles', () => {
  const held = async (guard: DurableObjectStub<Guard>, n: number) => {
    const request = requestOf({ fingerprint: digest(n) })
    const answer = await guard.admit(request)
    if (answer.verdict !== 'admitted') throw new Error(answer.verdict)
    return { fingerprint: request.fingerprint, lease: answer.lease, kept: true, deferrable: true }
  }

  it('make a copy in the same call a duplicate, and are written as one row', async () => {
    const guard = newGuard()
    // The first write of a quiet object is not deferred.
    await guard.settle(await held(guard, 0))
    const settles = [await held(guard, 1), await held(guard, 2)]
    expect(await guard.admitAll([requestOf({ fingerprint: digest(1) })], settles)).toMatchObject([
      { verdict: 'duplicate' },
    ])
    // Sent again, as after a call that may or may not have been applied.
    await guard.settleAll([...settles, await held(guard, 3)])
    expect(await packs(guard)).toEqual([{ claims: 1 }, { claims: 3 }])
    await evictDurableObject(guard)
    for (const n of [0, 1, 2, 3])
      expect(await guard.admit(requestOf({ fingerprint: digest(n) }))).toMatchObject({ verdict: 'duplicate' })
  })

  it('are written at once together with a settle that is not deferrable', async () => {
    const guard = newGuard()
    const settles = [await held(guard, 1)]
    await guard.settle(await held(guard, 0))
    const urgent = { ...(await held(guard, 2)), deferrable: false }
    await guard.admitAll([requestOf({ fingerprint: digest(9) })], settles)
    await guard.settle(urgent)
    await evictDurableObject(guard)
    expect(await guard.admit(requestOf({ fingerprint: digest(1) }))).toMatchObject({ verdict: 'duplicate' })
  })
})
