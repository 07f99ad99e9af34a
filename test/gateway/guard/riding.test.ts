import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { answersText, askedOf } from '../../../src/gateway/guard/asking.ts'
import type { AdmitAnswer, Rider, SettleRequest } from '../../../src/gateway/guard/contract.ts'
import { riding } from '../../../src/gateway/guard/riding.ts'
import { digest, requestOf } from './suite.ts'

/** Longer than a claim waits for a ride. */
const PATIENCE_MS = 120

const DUPLICATE: AdmitAnswer = { verdict: 'duplicate', sourceVersion: 1 }
const IN_FLIGHT: AdmitAnswer = { verdict: 'in_flight', retryAfterSeconds: 5, sourceVersion: 1 }

function watched() {
  const calls: { readonly method: string; readonly guard: string; readonly leases: readonly number[] }[] = []
  const background: Promise<unknown>[] = []
  const leasesOf = (riders: readonly Rider[]) => riders.map(({ lease }) => lease)
  const guardNamed = riding(
    (guard) => ({
      async admit() {
        calls.push({ method: 'admit', guard, leases: [] })
        return DUPLICATE
      },
      async ask(text) {
        const { requests, riders } = askedOf(text)
        calls.push({ method: `ask ${requests.length}`, guard, leases: leasesOf(riders) })
        await sleep(1)
        if (guard === 'down') throw new Error('down')
        return answersText(requests.map(() => (guard === 'held' ? IN_FLIGHT : DUPLICATE)))
      },
      async settle(request) {
        calls.push({ method: 'settle', guard, leases: leasesOf([request]) })
      },
      async keepAll(riders) {
        calls.push({ method: 'keepAll', guard, leases: leasesOf(riders) })
        if (guard === 'down') throw new Error('down')
      },
    }),
    (work) => void background.push(work),
  )
  return { calls, background, guardNamed }
}

const settled = (lease: number, change: Partial<SettleRequest> = {}): SettleRequest => ({
  fingerprint: digest(lease),
  lease,
  kept: true,
  mayRide: true,
  ...change,
})

describe('a question', () => {
  it('goes with those that come while another is under way, to the same guard only', async () => {
    const { calls, guardNamed } = watched()
    const ask = (guard: string, n: number) => guardNamed(guard).admit(requestOf({ fingerprint: digest(n) }))
    await Promise.all([ask('a', 1), ask('a', 2), ask('b', 3), ask('a', 4)])
    expect(calls.map(({ method, guard }) => [method, guard])).toEqual([
      ['ask 1', 'a'],
      ['ask 1', 'b'],
      ['ask 2', 'a'],
    ])
  })

  it('of a copy in flight is asked again by itself, so that its wait is nobody else’s', async () => {
    const { calls, guardNamed } = watched()
    await expect(guardNamed('held').admit(requestOf())).resolves.toEqual(DUPLICATE)
    expect(calls.map(({ method }) => method)).toEqual(['ask 1', 'admit'])
  })

  it('of a copy in flight in a flood of them is not asked again: the others are told at once to come back', async () => {
    const { calls, guardNamed } = watched()
    const answers = await Promise.all(Array.from({ length: 90 }, () => guardNamed('held').admit(requestOf())))
    expect(answers.filter((answer) => answer === DUPLICATE)).toHaveLength(20)
    expect(calls.filter(({ method }) => method === 'admit')).toHaveLength(20)
  })
})

describe('a settled claim', () => {
  it.each([
    ['rides with the next question to its guard', {}, [{ method: 'ask 1', guard: 'a', leases: [1] }]],
    [
      'goes at once when it is given back',
      { kept: false },
      [
        { method: 'settle', guard: 'a', leases: [1] },
        { method: 'ask 1', guard: 'a', leases: [] },
      ],
    ],
    [
      'goes at once when it may not ride',
      { mayRide: false },
      [
        { method: 'settle', guard: 'a', leases: [1] },
        { method: 'ask 1', guard: 'a', leases: [] },
      ],
    ],
  ])('%s', async (_what, change, expected) => {
    const { calls, guardNamed } = watched()
    await guardNamed('a').settle(settled(1, change))
    await guardNamed('a').admit(requestOf())
    expect(calls).toEqual(expected)
  })

  it('goes alone when the question that it rode with failed', async () => {
    const { calls, background, guardNamed } = watched()
    await guardNamed('down').settle(settled(1))
    await expect(guardNamed('down').admit(requestOf())).rejects.toThrow('down')
    await Promise.all(background)
    expect(calls.map(({ method, leases }) => [method, leases])).toEqual([
      ['ask 1', [1]],
      ['keepAll', [1]],
    ])
  })

  it('goes alone when no question comes, with those that wait beside it, and once', async () => {
    const { calls, background, guardNamed } = watched()
    await guardNamed('a').settle(settled(1))
    await guardNamed('a').settle(settled(2))
    await guardNamed('b').admit(requestOf())
    await Promise.all(background)
    await sleep(PATIENCE_MS)
    expect(calls).toEqual([
      { method: 'ask 1', guard: 'b', leases: [] },
      { method: 'keepAll', guard: 'a', leases: [1, 2] },
    ])
  })

  it('is kept alive in the background, also after an earlier one has found its ride', async () => {
    const { calls, background, guardNamed } = watched()
    await guardNamed('a').settle(settled(1))
    await guardNamed('a').admit(requestOf())
    await guardNamed('a').settle(settled(2))
    await Promise.all(background)
    await guardNamed('a').settle(settled(3))
    await Promise.all(background)
    expect(calls.map(({ leases }) => leases)).toEqual([[1], [2], [3]])
  })

  it('that its guard does not hear of is no failure of the delivery', async () => {
    const { background, guardNamed } = watched()
    await guardNamed('down').settle(settled(1))
    await expect(Promise.all(background)).resolves.toEqual([undefined])
  })
})
