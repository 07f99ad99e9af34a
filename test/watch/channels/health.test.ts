import { describe, expect, it } from 'vitest'
import {
  type ChannelHealth,
  HEALTHY,
  channelReport,
  healthAfter,
} from '../../../src/watch/channels/health.ts'
import type { Outcome } from '../../../src/watch/channels/judge.ts'
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

describe('a channel', () => {
  it.each<[string, Outcome[], string | undefined]>([
    ['without tries', [], undefined],
    ['that works', [DELIVERED], undefined],
    ['that failed twice', [RETRY, RETRY], undefined],
    [
      'that failed three times',
      [RETRY, RETRY, RETRY],
      'channel team (Slack) delivers nothing: 3 tries in a row failed',
    ],
    ['that works again', [RETRY, RETRY, RETRY, DELIVERED], undefined],
    ['that failed now and then', [RETRY, RETRY, DELIVERED, RETRY, RETRY], undefined],
    ['that is broken', [BROKEN], 'channel team (Slack) delivers nothing more until you change it'],
  ])('%s is reported or not', (_what, outcomes, headline) => {
    expect(channelReport('team', 'Slack', healthOf(...outcomes))?.headline).toBe(headline)
  })

  it('is reported with its last error, since it fails', () => {
    expect(channelReport('team', 'Slack', healthOf(DELIVERED, RETRY, RETRY, RETRY))).toEqual({
      source: null,
      kind: 'channel_failing',
      severity: 'error',
      headline: 'channel team (Slack) delivers nothing: 3 tries in a row failed',
      sinceMs: NOW_MS + 60_000,
      evidence: ['The channel answered 503.', 'Last try: 2026-11-27T03:15:00.000Z, after 3 tries in a row.'],
      dedupeKey: 'channel_failing team',
      aboutChannel: 'team',
    })
  })

  it('remembers its last error when it works again', () => {
    expect(healthOf(RETRY, DELIVERED)).toEqual({
      ...HEALTHY,
      lastError: { error: 'The channel answered 503.', status: 503, atMs: NOW_MS },
    })
  })
})
