/** Answers that an isolate gives by itself. */
import { describe, expect, it } from 'vitest'
import type { Claim } from '../../../src/gateway/guard/claim.ts'
import { IsolateGuard } from '../../../src/gateway/guard/isolate.ts'
import { digest } from './suite.ts'

const NOW_MS = 1_800_000_000_000
const NOW_SECONDS = NOW_MS / 1_000

const claim = (change: Partial<Claim> = {}): Claim => ({
  fingerprint: digest(1),
  body: digest(7),
  signedAtSeconds: NOW_SECONDS,
  guard: 'shop#0',
  ...change,
})

const answered = (guard: IsolateGuard, one: Claim, count: number, nowMs = NOW_MS, source = 'shop') =>
  Array.from({ length: count }, () => guard.answers(one, source, nowMs)).filter(Boolean).length

describe('a copy', () => {
  it.each<[string, Partial<Claim>, number, boolean]>([
    ['the same', {}, 0, true],
    ['the same in another shard', { guard: 'shop#3' }, 0, true],
    ['the same a moment before a minute is over', {}, 59_999, true],
    ['the same a minute later', {}, 60_000, false],
    ['the same after the clock was set back', {}, -60_000, false],
    ['another identity', { fingerprint: digest(2) }, 0, false],
    ['the same token around another body', { body: digest(8) }, 0, false],
    ['the same identity without a body', { body: '' }, 0, false],
  ])('is known: %s', (_what, change, afterMs, known) => {
    const guard = new IsolateGuard()
    guard.noteKept(claim(), NOW_MS)
    expect(guard.isCopy(claim(change), NOW_MS + afterMs)).toBe(known)
  })

  it('is asked about five times in each second, whatever is sent', () => {
    const guard = new IsolateGuard()
    guard.noteKept(claim(), NOW_MS)
    guard.noteKept(claim({ fingerprint: digest(2) }), NOW_MS)
    expect(answered(guard, claim(), 3)).toBe(0)
    expect(answered(guard, claim({ fingerprint: digest(2) }), 100)).toBe(98)
    expect(answered(guard, claim(), 100, NOW_MS + 1_000)).toBe(95)
  })

  it('of one source takes no questions from another', () => {
    const guard = new IsolateGuard()
    guard.noteKept(claim(), NOW_MS)
    answered(guard, claim(), 100)
    expect(answered(guard, claim(), 5, NOW_MS, 'news')).toBe(0)
  })

  it('is never answered while it is not known', () => {
    expect(answered(new IsolateGuard(), claim(), 100)).toBe(0)
  })

  it('is forgotten when ten thousand others came since', () => {
    const guard = new IsolateGuard()
    for (let n = 1; n <= 10_001; n++) guard.noteKept(claim({ fingerprint: digest(n) }), NOW_MS)
    expect([1, 2, 10_001].map((n) => guard.isCopy(claim({ fingerprint: digest(n) }), NOW_MS))).toEqual([
      false,
      true,
      true,
    ])
  })
})

describe('the quota of an isolate', () => {
  const taken = (guard: IsolateGuard, count: number, nowSeconds = NOW_SECONDS, source = 'shop') =>
    Array.from({ length: count }, () => guard.take(source, 5, nowSeconds)).filter((place) => place.taken)
      .length

  it('is a sliding minute that begins with what guards have admitted', () => {
    const guard = new IsolateGuard()
    for (let n = 0; n < 3; n++) guard.count('shop', NOW_SECONDS)
    expect(taken(guard, 10)).toBe(2)
    expect(guard.take('shop', 5, NOW_SECONDS + 10)).toEqual({ taken: false, retryAfterSeconds: 50 })
    expect(taken(guard, 10, NOW_SECONDS + 60)).toBe(5)
  })

  it('has room again for what is given back', () => {
    const guard = new IsolateGuard()
    taken(guard, 5)
    guard.release('shop', NOW_SECONDS)
    expect(taken(guard, 5)).toBe(1)
    guard.release('nobody', NOW_SECONDS)
  })

  it('is each source’s own', () => {
    const guard = new IsolateGuard()
    taken(guard, 5)
    expect(taken(guard, 10, NOW_SECONDS, 'news')).toBe(5)
  })
})
