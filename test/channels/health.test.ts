import { describe, expect, it } from 'vitest'
import { type ChannelHealth, HEALTHY, healthAfter } from '../../src/channels/health.ts'
import type { Outcome } from '../../src/channels/judge.ts'
import { NOW_MS } from './notices.ts'

const DELIVERED: Outcome = { result: 'delivered', reference: null }
const BROKEN: Outcome = { result: 'broken', error: 'It was deleted.', status: 404 }
const RETRY: Outcome = {
  result: 'retry',
  error: 'The channel answered 503.',
  status: 503,
  retryAfterSeconds: null,
  retriesMax: null,
}

const healthOf = (...outcomes: readonly Outcome[]): ChannelHealth =>
  outcomes.reduce((health, outcome, i) => healthAfter(health, outcome, NOW_MS + i * 60_000), HEALTHY)

const known = ({ failures, isBroken, failingSinceMs, lastError }: ChannelHealth) => [
  failures,
  isBroken,
  failingSinceMs,
  lastError?.status ?? null,
]

describe('a channel', () => {
  it.each<[string, Outcome[], unknown[]]>([
    ['without tries', [], [0, false, null, null]],
    ['that works', [DELIVERED], [0, false, null, null]],
    ['that failed twice', [RETRY, RETRY], [2, false, NOW_MS, 503]],
    ['that works again', [RETRY, RETRY, RETRY, DELIVERED], [0, false, null, 503]],
    ['that failed now and then', [RETRY, DELIVERED, RETRY], [1, false, NOW_MS + 120_000, 503]],
    ['that is broken', [BROKEN], [1, true, NOW_MS, 404]],
    ['that was broken', [BROKEN, DELIVERED], [0, false, null, 404]],
  ])('%s is known as such', (_what, outcomes, expected) => {
    expect(known(healthOf(...outcomes))).toEqual(expected)
  })

  it('remembers its last success and its last error', () => {
    expect(healthOf(DELIVERED, RETRY)).toMatchObject({
      lastSuccessMs: NOW_MS,
      lastError: { error: 'The channel answered 503.', status: 503, atMs: NOW_MS + 60_000 },
    })
  })
})
