import { describe, expect, it } from 'vitest'
import type { Case } from '../../../scripts/conformance/case.ts'
import { type Outcome, differences } from '../../../scripts/conformance/compare.ts'

const event = {
  type: 'email.opened',
  recipient: 'a@example.com',
  occurred_at: '2026-01-01T00:00:00.000Z',
  tags: [],
}
const other = { ...event, recipient: 'b@example.com' }

const accepted: Outcome = {
  status: 200,
  headers: new Map([['x-one', '1']]),
  json: { request_id: 'req_1', accepted: 1 },
  sent: 1,
  strayFetches: [],
  confirmed: [],
  events: [event],
  quarantined: 0,
}
const refused: Outcome = { ...accepted, status: 401, json: {}, sent: 0, events: [] }

const accept = (expect: Partial<Case['expect']> = {}): Case =>
  played({ verdict: 'accept', events: [event], ...expect })
const reject = played({ verdict: 'reject', events: [] })

function played(expect: Case['expect']): Case {
  const request = { method: 'POST', url: 'https://hooks.example.test/in', headers: {} }
  return {
    esp: 'x',
    name: 'n',
    file: 'f',
    tags: [],
    signature_origin: '',
    request,
    secrets: {},
    config: {},
    now: 0,
    expect,
  }
}

describe('a case that passes', () => {
  it.each<[string, Case, Outcome]>([
    ['all as expected', accept(), accepted],
    [
      'a time written otherwise',
      accept({ events: [{ occurred_at: '2026-01-01T01:00:00+01:00' }] }),
      accepted,
    ],
    ['finer fractions', accept({ events: [{ occurred_at: '2026-01-01T00:00:00.000999Z' }] }), accepted],
    [
      'one of several values',
      accept({ events: [{ recipient_any_of: ['z@example.com', 'a@example.com'] }] }),
      accepted,
    ],
    [
      'none, as one of several values',
      accept({ events: [{ url_any_of: [null] }] }),
      { ...accepted, events: [{ url: null }] },
    ],
    ['an absent key is not asserted', accept({ events: [{}] }), accepted],
    ['another order', accept({ events: [other, event] }), { ...accepted, events: [event, other] }],
    [
      'an expectation that fits two events leaves the right one to the other',
      accept({ events: [{ type: 'email.opened' }, { recipient: 'a@example.com' }] }),
      { ...accepted, events: [event, other] },
    ],
    ['quarantined instead of an event', accept({ events: [] }), { ...accepted, events: [], quarantined: 1 }],
    [
      'more in the answer than asked for',
      accept({ response: { json: { accepted: 1 }, headers: { 'X-One': '1' } } }),
      accepted,
    ],
    ['a status of its own', accept({ response: { status: 204 } }), { ...accepted, status: 204 }],
    ['refused and nothing left', reject, refused],
    [
      'refused with its status',
      { ...reject, expect: { ...reject.expect, response: { status: 401 } } },
      refused,
    ],
    [
      'a refused second one, with what the first left',
      { ...reject, precondition: 'sent before' },
      { ...refused, events: [event] },
    ],
    [
      'the confirming call',
      accept({ response: { action: 'confirm_subscription', get: 'https://sns.x/' } }),
      { ...accepted, confirmed: ['https://sns.x/'] },
    ],
  ])('%s', (_what, one, outcome) => expect(differences(one, outcome)).toEqual([]))
})

describe('a case that fails says', () => {
  it.each<[string, Case, Outcome, RegExp]>([
    ['another status', accept(), { ...accepted, status: 202 }, /^status: expected 200, got 202/],
    [
      'another status of a refusal',
      { ...reject, expect: { ...reject.expect, response: { status: 406 } } },
      refused,
      /^status: expected 406, got 401/,
    ],
    [
      'another status than its own',
      accept({ response: { status: 204 } }),
      accepted,
      /^status: expected 204, got 200/,
    ],
    ['a fault instead of a refusal', reject, { ...refused, status: 500 }, /^status: expected 4xx, got 500/],
    ['an acceptance instead of a refusal', reject, accepted, /^status: expected 4xx, got 200/],
    [
      'a field',
      accept({ events: [other] }),
      accepted,
      /^recipient: expected "b@example.com", got "a@example.com"/,
    ],
    ['a missing field', accept({ events: [{ url: 'x' }] }), accepted, /^url: expected "x", got nothing/],
    [
      'none of the values',
      accept({ events: [{ type_any_of: ['a', 'b'] }] }),
      accepted,
      /^type: expected "a" or "b"/,
    ],
    ['too few', accept({ events: [event, event] }), accepted, /^number of events: expected 2, got 1/],
    ['too many', accept(), { ...accepted, events: [event, event] }, /^number of events: expected 1, got 2/],
    [
      'one that is not expected',
      accept(),
      { ...accepted, events: [event, other] },
      /not expected.*b@example.com/,
    ],
    ['no event at all', accept(), { ...accepted, events: [] }, /got none/],
    [
      'digits that were rounded',
      accept({ events: [{ id: '9007199254740993' }] }),
      { ...accepted, events: [{ id: 9007199254740992 }] },
      /^id: expected/,
    ],
    ['an event of a refused one', reject, { ...refused, events: [event] }, /^events: expected none/],
    ['a message of a refused one', reject, { ...refused, sent: 1 }, /^queue messages: expected none/],
    ['a quarantined refused one', reject, { ...refused, quarantined: 1 }, /^quarantine: expected none/],
    [
      'a fetch',
      reject,
      { ...refused, strayFetches: ['https://evil.test/'] },
      /^fetched https:\/\/evil.test\//,
    ],
    ['an answer', accept({ response: { json: { accepted: 2 } } }), accepted, /^answer: expected/],
    [
      'a header',
      accept({ response: { headers: { 'X-One': '2' } } }),
      accepted,
      /^header X-One: expected 2, got 1/,
    ],
    [
      'no confirming call',
      accept({ response: { action: 'confirm_subscription', get: 'https://sns.x/' } }),
      accepted,
      /^confirming call/,
    ],
  ])('%s', (_what, one, outcome, line) =>
    expect(differences(one, outcome).join('\n')).toMatch(new RegExp(line, 'm')),
  )
})
