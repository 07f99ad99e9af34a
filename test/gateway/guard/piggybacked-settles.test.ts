// For `scheduler`.
import 'cloudflare:workers'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { AdmitAnswer, DeferredSettle, SettleRequest } from '../../../src/gateway/guard/contract.ts'
import { batchingGuards } from '../../../src/gateway/guard/piggybacked-settles.ts'
import { systemNowMs } from '../../../src/platform/clock.ts'
import { digest, requestOf } from './suite.ts'

/** Longer than a settle waits for an admit. */
const PATIENCE_MS = 120

const DUPLICATE: AdmitAnswer = { verdict: 'duplicate', sourceVersion: 1 }
const IN_FLIGHT: AdmitAnswer = { verdict: 'in_flight', retryAfterSeconds: 5, sourceVersion: 1 }

function watched() {
  const calls: { readonly method: string; readonly guard: string; readonly leases: readonly number[] }[] = []
  const background: Promise<unknown>[] = []
  const leasesOf = (settles: readonly DeferredSettle[]) => settles.map(({ lease }) => lease)
  const guardNamed = batchingGuards(
    (guard) => ({
      async admit() {
        calls.push({ method: 'admit', guard, leases: [] })
        return DUPLICATE
      },
      async admitAll(requests, settles) {
        calls.push({ method: `admitAll ${requests.length}`, guard, leases: leasesOf(settles) })
        await sleep(1)
        if (guard === 'down') throw new Error('down')
        return requests.map(() => (guard === 'held' ? IN_FLIGHT : DUPLICATE))
      },
      async settle(request) {
        calls.push({ method: 'settle', guard, leases: leasesOf([request]) })
        return true
      },
      async settleAll(settles) {
        calls.push({ method: 'settleAll', guard, leases: leasesOf(settles) })
        if (guard === 'down') throw new Error('down')
      },
    }),
    (work) => void background.push(work),
    systemNowMs,
  )
  return { calls, background, guardNamed }
}

const settled = (lease: number, change: Partial<SettleRequest> = {}): SettleRequest => ({
  fingerprint: digest(lease),
  lease,
  kept: true,
  deferrable: true,
  ...change,
})

describe('an admit', () => {
  it('shares its call with others if eight calls to the same guard are in flight', async () => {
    const { calls, guardNamed } = watched()
    const admit = (guard: string, n: number) => guardNamed(guard).admit(requestOf({ fingerprint: digest(n) }))
    const numbers = Array.from({ length: 10 }, (_, n) => n)
    await Promise.all([...numbers.map((n) => admit('a', n)), admit('b', 10)])
    expect(calls.map(({ method, guard }) => [method, guard])).toEqual([
      ...numbers.slice(0, 8).map(() => ['admitAll 1', 'a']),
      ['admitAll 1', 'b'],
      ['admitAll 2', 'a'],
    ])
  })

  it('of a copy in flight is repeated in a call of its own, so that no other delivery waits with it', async () => {
    const { calls, guardNamed } = watched()
    await expect(guardNamed('held').admit(requestOf())).resolves.toEqual(DUPLICATE)
    expect(calls.map(({ method }) => method)).toEqual(['admitAll 1', 'admit'])
  })

  it('of a copy in flight is not repeated in a flood: the other copies are told at once to retry', async () => {
    const { calls, guardNamed } = watched()
    const answers = await Promise.all(Array.from({ length: 90 }, () => guardNamed('held').admit(requestOf())))
    expect(answers.filter((answer) => answer === DUPLICATE)).toHaveLength(20)
    expect(calls.filter(({ method }) => method === 'admit')).toHaveLength(20)
  })
})

describe('a settle', () => {
  it.each([
    [
      'is piggybacked on the next admit to its guard',
      {},
      [{ method: 'admitAll 1', guard: 'a', leases: [1] }],
    ],
    [
      'is sent at once when it releases the claim',
      { kept: false },
      [
        { method: 'settle', guard: 'a', leases: [1] },
        { method: 'admitAll 1', guard: 'a', leases: [] },
      ],
    ],
    [
      'is sent at once when it is not deferrable',
      { deferrable: false },
      [
        { method: 'settle', guard: 'a', leases: [1] },
        { method: 'admitAll 1', guard: 'a', leases: [] },
      ],
    ],
  ])('%s', async (_what, change, expected) => {
    const { calls, guardNamed } = watched()
    await guardNamed('a').settle(settled(1, change))
    await guardNamed('a').admit(requestOf())
    expect(calls).toEqual(expected)
  })

  it('is sent alone after the call that carried it failed', async () => {
    const { calls, background, guardNamed } = watched()
    await guardNamed('down').settle(settled(1))
    await expect(guardNamed('down').admit(requestOf())).rejects.toThrow('down')
    await Promise.all(background)
    expect(calls.map(({ method, leases }) => [method, leases])).toEqual([
      ['admitAll 1', [1]],
      ['settleAll', [1]],
    ])
  })

  it('is sent without an admit if none comes, together with other pending settles, and once', async () => {
    const { calls, background, guardNamed } = watched()
    await guardNamed('a').settle(settled(1))
    await guardNamed('a').settle(settled(2))
    await guardNamed('b').admit(requestOf())
    await Promise.all(background)
    await sleep(PATIENCE_MS)
    expect(calls).toEqual([
      { method: 'admitAll 1', guard: 'b', leases: [] },
      { method: 'settleAll', guard: 'a', leases: [1, 2] },
    ])
  })

  it('is kept alive in the background, also after an earlier one was piggybacked', async () => {
    const { calls, background, guardNamed } = watched()
    await guardNamed('a').settle(settled(1))
    await guardNamed('a').admit(requestOf())
    await guardNamed('a').settle(settled(2))
    await Promise.all(background)
    await guardNamed('a').settle(settled(3))
    await Promise.all(background)
    expect(calls.map(({ leases }) => leases)).toEqual([[1], [2], [3]])
  })

  it('that its guard misses does not fail the delivery', async () => {
    const { background, guardNamed } = watched()
    await guardNamed('down').settle(settled(1))
    await expect(Promise.all(background)).resolves.toEqual([undefined])
  })
})
