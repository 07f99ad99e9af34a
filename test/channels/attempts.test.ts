import { describe, expect, it } from 'vitest'
import { type SentNotice, afterTry } from '../../src/channels/attempts.ts'
import type { Outcome } from '../../src/channels/judge.ts'
import { NOW_MS, notice } from './notices.ts'

const DELIVERED: Outcome = { result: 'delivered', reference: '<1@mail.example.com>' }
const BROKEN: Outcome = { result: 'broken', error: 'x', status: 404 }
const retry = (change = {}): Outcome => ({
  result: 'retry',
  error: 'x',
  status: 503,
  retryAfterSeconds: null,
  retriesMax: null,
  ...change,
})

/** Tries until nothing is left to try; the seconds from the first try to each. */
function triesOf(giveUpAfterSeconds: number, outcome: Outcome, random = 0.5): number[] {
  const seconds: number[] = []
  let sent: SentNotice | undefined
  for (let nowMs: number | null = NOW_MS; nowMs !== null; nowMs = sent.nextTryMs) {
    seconds.push((nowMs - NOW_MS) / 1_000)
    sent = afterTry(sent, notice(), outcome, { nowMs, random, giveUpAfterSeconds })
  }
  expect(sent?.result).toBe('given_up')
  return seconds
}

const now = { nowMs: NOW_MS, random: 0.5, giveUpAfterSeconds: 7_200 }

describe('a failed notice', () => {
  it.each<[string, number, Outcome, number[]]>([
    ['to a chat', 7_200, retry(), [0, 5, 35, 155, 755, 2_555, 6_155]],
    ['to a pager', 21_600, retry(), [0, 5, 35, 155, 755, 2_555, 6_155, 9_755, 13_355, 16_955, 20_555]],
    [
      'that asks for half an hour',
      7_200,
      retry({ retryAfterSeconds: 1_800 }),
      [0, 1_800, 3_600, 5_400, 7_200],
    ],
    ['that asks for a day', 7_200, retry({ retryAfterSeconds: 86_400 }), [0]],
    ['with two retries', 7_200, retry({ retriesMax: 2 }), [0, 5, 35]],
    ['to a broken channel', 7_200, BROKEN, [0]],
  ])('%s is tried again, and given up', (_what, giveUpAfterSeconds, outcome, seconds) => {
    expect(triesOf(giveUpAfterSeconds, outcome)).toEqual(seconds)
  })

  it('waits a little more or less by chance', () => {
    expect([triesOf(7_200, retry(), 0)[1], triesOf(7_200, retry(), 0.999_999)[1]]).toEqual([4, 6])
  })

  it('counts its tries from the beginning when another notice follows', () => {
    const before = afterTry(undefined, notice(), retry(), now)
    const next = afterTry(before, notice({ state: 'resolved', sequence: 1 }), retry(), {
      ...now,
      nowMs: NOW_MS + 60_000,
    })
    expect(next).toMatchObject({ state: 'resolved', tries: 1, firstTryMs: NOW_MS + 60_000, told: 'nothing' })
  })
})

describe('a delivered notice', () => {
  it('is recorded without what it said', () => {
    expect(afterTry(undefined, notice(), DELIVERED, now)).toEqual({
      incident: 17,
      state: 'firing',
      news: 0,
      oldestAlert: 0,
      sequence: 0,
      result: 'delivered',
      firstTryMs: NOW_MS,
      lastTryMs: NOW_MS,
      tries: 1,
      nextTryMs: null,
      told: 'open',
      replyTo: '<1@mail.example.com>',
    })
  })

  it('keeps the name of the first one', () => {
    const before = afterTry(undefined, notice(), DELIVERED, now)
    const after = afterTry(before, notice({ sequence: 1 }), { result: 'delivered', reference: '<2@x>' }, now)
    expect(after.replyTo).toBe('<1@mail.example.com>')
  })

  it('stays told where a later one fails', () => {
    const before = afterTry(undefined, notice(), DELIVERED, now)
    expect(afterTry(before, notice({ sequence: 1 }), BROKEN, now)).toMatchObject({
      told: 'open',
      result: 'given_up',
      replyTo: '<1@mail.example.com>',
    })
  })
})
