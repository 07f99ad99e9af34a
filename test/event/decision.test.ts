import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { NO_CHECKS, SecuritySchema, securityOf } from '../../src/event/decision.ts'
import { openContents } from '../../src/event/envelope.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'

const checks = { passed: ['source_ip', 'payload', 'transport'], failed: [], undecided: ['rate', 'replay'] }
const accepted = {
  request_id: 'req_1',
  methods: ['signature'],
  checks,
  alerts: ['copy'],
  degraded: 'guard_down:E',
}

describe('what an event keeps of a decision', () => {
  it.each([
    ['as it was recorded', checks],
    ['with checks of another version', { passed: ['made_up'], failed: ['constructor'], undecided: [] }],
    ['of a delivery without checks', NO_CHECKS],
  ])('is %s', (_what, recorded) => {
    const security = securityOf({ ...accepted, checks: recorded })
    expect(security).toEqual({
      request_id: 'req_1',
      verified: ['signature'],
      ...recorded,
      alerts: ['copy'],
      degraded: 'guard_down:E',
      origin: null,
    })
    expect(v.is(SecuritySchema, security)).toBe(true)
  })
})

describe('a queue message', () => {
  const queue = sealer(readMasterKeys(env.MASTER_KEY), 'queue')
  const delivery = {
    ...accepted,
    source: 'shop',
    provider: 'generic',
    received_at: '2026-06-02T10:00:00.000Z',
  }
  const opened = async (facts: object) =>
    openContents(
      await queue.seal(utf8(JSON.stringify({ delivery: facts, events: [], quarantined: [] })), 'key'),
      queue,
      'key',
    )

  it.each([
    ['without a level', delivery, true],
    ['without checks', { ...delivery, checks: undefined }, false],
    ['with its level', { ...delivery, level: 'maximum' }, true],
    ['with what the watch reads', { ...delivery, network: '192.0.2.0/24', asn: 64_496, bytes: 120 }, true],
    ['with what the edge does not tell', { ...delivery, network: null, asn: null, bytes: 120 }, true],
    ['with a level that nobody knows', { ...delivery, level: 'lenient' }, false],
  ])('%s', async (_what, facts, opens) => {
    expect(await opened(facts)).toEqual(
      opens
        ? { kind: 'contents', contents: { delivery: facts, events: [], quarantined: [] } }
        : { kind: 'malformed' },
    )
  })
})
