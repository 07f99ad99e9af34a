/** The promises that a guard keeps, whichever store it lives in. Called once from each guard's own test file. */
import { describe, expect, it } from 'vitest'
import {
  type AdmitAnswer,
  type AdmitRequest,
  type GuardApi,
  LEASE_SECONDS,
} from '../../../src/gateway/guard/contract.ts'

export interface GuardSample {
  readonly name: string
  /** A guard of a source of its own, that has seen nothing. */
  readonly open: () => GuardApi
  /** The time of the requests that follow, for a guard that has a clock of its own besides. */
  readonly setClock?: (nowMs: number) => void
}

/** The system's clock at the start: what goes by a clock of its own compares with it. */
export const NOW_MS = Date.now()

/** The n-th of the fingerprints, and of the body digests. */
export const digest = (n: number): string => n.toString(16).padStart(8, '0').padEnd(32, '0')

export const requestOf = (change: Partial<AdmitRequest> = {}): AdmitRequest => ({
  nowMs: NOW_MS,
  fingerprint: digest(1),
  body: '',
  limitPerMinute: 1_000,
  memorySeconds: 600,
  signedAtSeconds: 0,
  ...change,
})

export interface Held {
  readonly keep: () => Promise<boolean>
  readonly release: () => Promise<boolean>
}

/** Takes a claim that must be free. */
export async function take(
  guard: Pick<GuardApi, 'admit' | 'settle'>,
  change: Partial<AdmitRequest> = {},
): Promise<Held> {
  const asked = requestOf(change)
  const answer = await guard.admit(asked)
  if (answer.verdict !== 'admitted') throw new Error(`not admitted: ${answer.verdict}`)
  const settle = (kept: boolean) =>
    guard.settle({ fingerprint: asked.fingerprint, lease: answer.lease, kept })
  return { keep: () => settle(true), release: () => settle(false) }
}

/** Fate of the claim of `requestOf()` before the tested request. */
type Before = (guard: GuardApi) => Promise<unknown>

const nothing: Before = async () => undefined
const inFlight: Before = async (guard) => void (await take(guard))
const kept: Before = async (guard) => (await take(guard)).keep()
const released: Before = async (guard) => (await take(guard)).release()
const tokenInFlight: Before = async (guard) => void (await take(guard, { body: digest(7) }))
const tokenKept: Before = async (guard) => (await take(guard, { body: digest(7) })).keep()

const AFTER_LEASE_MS = NOW_MS + LEASE_SECONDS * 1_000 + 1

// One history, one request, one verdict.
const VERDICTS: readonly (readonly [
  history: string,
  request: string,
  verdict: AdmitAnswer['verdict'],
  before: Before,
  change: Partial<AdmitRequest>,
])[] = [
  ['nothing', 'a delivery', 'admitted', nothing, {}],
  ['a delivery in flight', 'its copy', 'in_flight', inFlight, {}],
  ['a delivery in flight', 'its copy at the end of the lease', 'in_flight', inFlight, { nowMs: AFTER_LEASE_MS - 2 }],
  ['a delivery in flight', 'its copy after the lease', 'admitted', inFlight, { nowMs: AFTER_LEASE_MS }],
  ['a delivery in flight', 'another one', 'admitted', inFlight, { fingerprint: digest(2) }],
  ['a kept delivery', 'its copy', 'duplicate', kept, {}],
  ['a kept delivery', 'its copy after the lease', 'duplicate', kept, { nowMs: AFTER_LEASE_MS }],
  ['a kept delivery', 'its copy while the quota is spent', 'duplicate', kept, { limitPerMinute: 1 }],
  ['a kept delivery', 'another one', 'admitted', kept, { fingerprint: digest(2) }],
  ['a kept delivery', 'another one while the quota is spent', 'rate_limited', kept, { fingerprint: digest(2), limitPerMinute: 1 }],
  ['a released delivery', 'the same again', 'admitted', released, {}],
  ['a released delivery', 'another one, with a quota of one', 'admitted', released, { fingerprint: digest(2), limitPerMinute: 1 }],
  ['a token in flight', 'the same bytes', 'in_flight', tokenInFlight, { body: digest(7) }],
  ['a token in flight', 'other bytes', 'token_reused', tokenInFlight, { body: digest(8) }],
  ['a used token', 'the same bytes', 'duplicate', tokenKept, { body: digest(7) }],
  ['a used token', 'other bytes', 'token_reused', tokenKept, { body: digest(8) }],
  ['a used token', 'other bytes after the lease', 'token_reused', tokenKept, { body: digest(8), nowMs: AFTER_LEASE_MS }],
] // prettier-ignore

export function describeGuard({ name, open, setClock = () => undefined }: GuardSample): void {
  describe(`guard in ${name}`, () => {
    it.each(VERDICTS)('after %s: %s is %s', async (_history, _request, verdict, before, change) => {
      const guard = open()
      setClock(NOW_MS)
      await before(guard)
      const asked = requestOf(change)
      setClock(asked.nowMs)
      expect((await guard.admit(asked)).verdict).toBe(verdict)
    })

    it('admits one of 200 parallel copies and tells the others to come back', async () => {
      setClock(NOW_MS)
      const guard = open()
      const answers = await Promise.all(Array.from({ length: 200 }, () => guard.admit(requestOf())))
      const count = (verdict: string) => answers.filter((answer) => answer.verdict === verdict).length
      expect({ admitted: count('admitted'), inFlight: count('in_flight') }).toEqual({
        admitted: 1,
        inFlight: 199,
      })
    })

    it('ignores a late settle of a lease that ran out and was taken by another', async () => {
      const later = { nowMs: AFTER_LEASE_MS }
      const guard = open()
      setClock(NOW_MS)
      const first = await take(guard)
      setClock(later.nowMs)
      const second = await take(guard, later)
      await first.release()
      expect(await guard.admit(requestOf(later))).toMatchObject({ verdict: 'in_flight' })
      await first.keep()
      expect(await guard.admit(requestOf(later))).toMatchObject({ verdict: 'in_flight' })
      await second.keep()
      expect(await guard.admit(requestOf(later))).toMatchObject({ verdict: 'duplicate' })
    })

    it('forgets no kept claim when it is settled again', async () => {
      setClock(NOW_MS)
      const guard = open()
      const first = await take(guard)
      await first.keep()
      await first.release()
      expect(await guard.admit(requestOf())).toMatchObject({ verdict: 'duplicate' })
    })

    it('admits up to the limit at once, says when to come back, and admits again when the minute is long over', async () => {
      setClock(NOW_MS)
      const guard = open()
      for (let i = 0; i < 3; i++)
        await (await take(guard, { fingerprint: digest(i), limitPerMinute: 3 })).keep()
      const over = { fingerprint: digest(9), limitPerMinute: 3 }
      const answer = await guard.admit(requestOf(over))
      expect(answer.verdict).toBe('rate_limited')
      const wait = answer.verdict === 'rate_limited' ? answer.retryAfterSeconds : 0
      expect(wait).toBeGreaterThanOrEqual(1)
      expect(wait).toBeLessThanOrEqual(60)
      // A delivery that was refused for its rate has left no claim, and used no quota.
      const more = await take(guard, { ...over, limitPerMinute: 4 })
      await more.release()
      const nowMs = NOW_MS + 121_000
      setClock(nowMs)
      expect(await guard.admit(requestOf({ ...over, nowMs }))).toMatchObject({ verdict: 'admitted' })
    })

    it('keeps sources apart', async () => {
      setClock(NOW_MS)
      const [one, other] = [open(), open()]
      await (await take(one, { limitPerMinute: 1 })).keep()
      expect(await other.admit(requestOf({ limitPerMinute: 1 }))).toMatchObject({ verdict: 'admitted' })
    })

    it('names the newest version that the registry told, and never an older one', async () => {
      setClock(NOW_MS)
      const guard = open()
      expect(await guard.admit(requestOf({ fingerprint: digest(1) }))).toMatchObject({ sourceVersion: 0 })
      await guard.learn(7)
      await guard.learn(5)
      expect(await guard.admit(requestOf({ fingerprint: digest(2) }))).toMatchObject({ sourceVersion: 7 })
      expect(await guard.admit(requestOf({ fingerprint: digest(2) }))).toMatchObject({
        verdict: 'in_flight',
        sourceVersion: 7,
      })
    })
  })
}
