/**
 * Many deliveries at a guard that serves 200 calls a second, one after another. A Durable Object serves some 1,000 at most, 200 to 500 if
 * they write (Cloudflare, limits and rules of Durable Objects, read in November 2026); the local runtime has no such limit. In virtual time.
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AdmitAnswer } from '../../../src/gateway/guard/contract.ts'
import { type BatchGuard, batchingGuards } from '../../../src/gateway/guard/piggybacked-settles.ts'
import { digest, requestOf } from './suite.ts'

const SERVICE_MS = 5
const SECONDS = 5

const ADMITTED: AdmitAnswer = { verdict: 'admitted', lease: 1, sourceVersion: 1 }

const waitMs = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  vi.stubGlobal('scheduler', { wait: waitMs })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Serves nothing for some time, from the first second on. */
function slowGuard(stalledMs: number): BatchGuard {
  let freeAtMs = 0
  const serve = async () => {
    const isStalled = Date.now() >= 1_000 && Date.now() < 1_000 + stalledMs
    freeAtMs = Math.max(freeAtMs, isStalled ? 1_000 + stalledMs : Date.now()) + SERVICE_MS
    await waitMs(freeAtMs - Date.now())
  }
  return {
    admit: () => serve().then(() => ADMITTED),
    admitAll: (requests) => serve().then(() => requests.map(() => ADMITTED)),
    settle: () => serve().then(() => true),
    settleAll: serve,
  }
}

it.each([
  { perSecond: 300, isolates: 1, stalledMs: 0, atMostMs: 100 },
  { perSecond: 300, isolates: 8, stalledMs: 0, atMostMs: 400 },
  { perSecond: 300, isolates: 50, stalledMs: 0, atMostMs: 1_500 },
  { perSecond: 1_000, isolates: 4, stalledMs: 0, atMostMs: 300 },
  { perSecond: 1_000, isolates: 16, stalledMs: 0, atMostMs: 1_500 },
  { perSecond: 1_000, isolates: 50, stalledMs: 0, atMostMs: 4_000 },
  { perSecond: 300, isolates: 8, stalledMs: 2_000, atMostMs: 2_500 },
  { perSecond: 1_000, isolates: 50, stalledMs: 2_000, atMostMs: 4_000 },
])('answers each delivery in time: %j', async ({ perSecond, isolates, stalledMs, atMostMs }) => {
  const guard = slowGuard(stalledMs)
  const inBackground = () => undefined
  const gateways = Array.from({ length: isolates }, () =>
    batchingGuards(() => guard, inBackground, () => Date.now()),
  ) // prettier-ignore
  const waitsMs: number[] = []
  for (let n = 0; n < perSecond * SECONDS; n++) {
    const sentAtMs = Date.now()
    const fingerprint = digest(n)
    const at = gateways[n % isolates]?.('shop')
    void at
      ?.admit(requestOf({ fingerprint }))
      .then(() => waitsMs.push(Date.now() - sentAtMs))
      .then(() => at.settle({ fingerprint, lease: 1, kept: true, deferrable: true }))
      .catch(() => waitsMs.push(Infinity))
    await vi.advanceTimersByTimeAsync(1_000 / perSecond)
  }
  await vi.advanceTimersByTimeAsync(20_000)
  expect(waitsMs).toHaveLength(perSecond * SECONDS)
  expect(Math.max(...waitsMs)).toBeLessThanOrEqual(atMostMs)
})
