import { describe, expect, it } from 'vitest'
import { decisionWords, toleratedWords } from '../../../src/console/messages/describe-decision.ts'
import { type Decision, NO_CHECKS, securityOf } from '../../../src/event/decision.ts'
import { decision } from '../../support/decision.ts'

describe('the description of a decision', () => {
  it.each<[string | null, Decision]>([
    ['Attempted: signature', decision()],
    [
      'Verified by basic; passed: rate, replay; failed: source address, transport; not decided: payload; enhanced tolerates 1 failed check',
      {
        ...decision({
          status: 'refused',
          level: 'enhanced',
          tolerated: 1,
          passed: ['rate', 'replay'],
          failed: ['source_ip', 'transport'],
          undecided: ['payload'],
        }),
        authentication: { status: 'verified', attempted: ['basic'], verified: ['basic'] },
      },
    ],
    [null, { ...decision(), authentication: { status: 'not_reached', attempted: [], verified: [] } }],
  ])('is %s', (words, one) => expect(decisionWords(one)).toBe(words))

  it.each([
    [null, [], null],
    ['let through with: source ip not listed, plain http', ['source_ip_not_listed', 'plain_http'], null],
    ['let through with: guard down', [], 'guard_down:Error'],
  ])('says of an event that it was %s', (words, alerts, degraded) => {
    const facts = { request_id: 'req_1', methods: ['signature'], checks: NO_CHECKS, alerts, degraded }
    expect(toleratedWords(securityOf(facts))).toBe(words)
  })
})
