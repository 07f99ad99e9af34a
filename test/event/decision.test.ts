import { env } from 'cloudflare:workers'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { CHECKS, SecuritySchema, securityOf } from '../../src/event/decision.ts'
import { openContents } from '../../src/event/envelope.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { readMasterKeys } from '../../src/platform/master-key.ts'
import { sealer } from '../../src/platform/seal.ts'

const letIn = { request_id: 'req_1', methods: ['signature'], alerts: [] as string[], degraded: null }

describe('what is kept of a decision', () => {
  it.each<[string, string[], string | null, string[], string[]]>([
    ['that passed everything', [], null, [], []],
    ['from elsewhere', ['source_ip_not_listed'], null, ['source_ip'], []],
    ['from elsewhere twice over', ['country_blocked', 'asn_blocked'], null, ['source_ip'], []],
    [
      'over plain HTTP from nowhere',
      ['source_ip_unknown', 'plain_http'],
      null,
      ['source_ip', 'transport'],
      [],
    ],
    ['with a broken item', ['payload_quarantined'], null, ['payload'], []],
    ['while the guard was down', [], 'guard_down:Error', [], ['rate', 'replay']],
    ['while another store stood in for the guard', [], 'failover:Error', [], []],
    ['with an alert of a later version', ['made_up', 'constructor'], null, [], []],
  ])('of a delivery %s', (_what, alerts, degraded, failed, undecided) => {
    const security = securityOf({ ...letIn, alerts, degraded })
    expect(security).toMatchObject({
      request_id: 'req_1',
      verified: ['signature'],
      failed,
      undecided,
      alerts,
      degraded,
    })
    expect([...security.passed, ...failed, ...undecided].sort()).toEqual([...CHECKS].sort())
    expect(v.is(SecuritySchema, security)).toBe(true)
  })
})

describe('a queue message', () => {
  const queue = sealer(readMasterKeys(env.MASTER_KEY), 'queue')
  const delivery = { ...letIn, source: 'shop', provider: 'generic', received_at: '2026-06-02T10:00:00.000Z' }
  const opened = async (facts: object) =>
    openContents(
      await queue.seal(utf8(JSON.stringify({ delivery: facts, events: [], quarantined: [] })), 'key'),
      queue,
      'key',
    )

  it.each([
    ['of before the level was told', delivery, true],
    ['with its level', { ...delivery, level: 'maximum' }, true],
    ['with a level that nobody knows', { ...delivery, level: 'lenient' }, false],
  ])('%s', async (_what, facts, opens) => {
    expect(await opened(facts)).toEqual(opens ? { delivery: facts, events: [], quarantined: [] } : undefined)
  })
})
