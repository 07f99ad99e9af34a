/** The story of a delivery: one that was accepted, and one change a row. */
import { describe, expect, it } from 'vitest'
import { type Known, storyOf } from '../../../src/console/pages/delivery/story.tsx'
import { type Sending, absenceOf, stepsOfSendings } from '../../../src/console/pages/delivery/sendings.tsx'
import { securityOf } from '../../../src/event/decision.ts'
import { DAY_MS, toInstant } from '../../../src/platform/time.ts'
import type { DestinationConfig } from '../../../src/registry/destinations/document.ts'
import { ATTEMPT } from '../../support/destinations.ts'
import { refusal } from '../../support/decision.ts'
import { NOON_MS, mailEvent } from '../../support/mail-events.ts'

const REQUEST = 'req_00000000000000000000000a'
const checks = { passed: ['rate'], failed: [], undecided: [] }
const security = securityOf({ request_id: REQUEST, methods: ['basic'], checks, alerts: [], degraded: null })
const received_at = toInstant(NOON_MS)
const bounced = {
  ...(await mailEvent({ type: 'email.bounced', bounce_type: 'hard', received_at })),
  id: 'event-1',
  native_type: 'HardBounce',
  smtp_code: '550',
  enhanced_code: '5.1.1',
  reason: 'No such user',
  security,
}
const KNOWN: Known = {
  id: REQUEST,
  requestId: REQUEST,
  source: 'shop',
  provider: 'generic',
  receivedMs: NOON_MS,
  network: '192.0.2.0/24',
  asn: 64_500,
  bytes: 1_394,
  refusal: undefined,
  security,
  event: bounced,
  stored: { count: 1, place: 1 },
  quarantined: [],
  deadLetters: [],
  suppression: null,
  person: undefined,
  sendings: [],
}
const item = { id: 'q1', source: 'shop', provider: 'generic', request_id: REQUEST, received_at, bytes: 9 }
const letter = {
  id: `${REQUEST}.0`,
  source: 'shop',
  event_types: ['email.sent' as const],
  reason: 'store_failed' as const,
  fault: 'TypeError',
  attempts: 5,
  first_failed_at: received_at,
  last_failed_at: received_at,
}
const evidence = { reason: 'hard_bounce', scope: null, since: received_at, source: 'shop', evidence: null, note: null, rule: null, expires_at: null, provisional: false } as const // prettier-ignore
const NOTHING = { event: undefined, security: undefined, stored: { count: 0, place: undefined } }

/** `tone title: says`. */
const lines = (steps: ReturnType<typeof storyOf>): readonly string[] =>
  steps.map(
    ({ tone, title, says, list = [] }) =>
      `${tone} ${title}: ${[...says.filter((text) => text !== null && text !== ''), ...list].join(' · ')}`,
  )

describe('the story', () => {
  it.each([
    [
      'the receiver, if the sender has to act',
      'ada@gmail.com',
      'authentication',
      'support.google.com/a/answer/81126',
    ],
    ['nobody, if the address is at fault', 'ada@gmail.com', 'no_mailbox', undefined],
    ['nobody, if whoever looks may not see the person', null, 'authentication', undefined],
  ] as const)('leads from a cause to the page of %s', (_what, recipient, cause, page) => {
    const steps = storyOf({ ...KNOWN, event: { ...bounced, recipient, cause, cause_detail: null } })
    const { action } = steps.find(({ title }) => title.startsWith('Cause')) ?? {}
    expect(/"href":"https:\/\/([^"]*)"/.exec(JSON.stringify(action) ?? '')?.[1]).toBe(page)
  })

  it('of a bounce', () => {
    const steps = storyOf(KNOWN)
    expect(lines(steps)).toEqual([
      'good Generic says: bounced: HardBounce · hard · 550 5.1.1 · No such user',
      `good Received: ${REQUEST} · 192.0.2.0/24 · autonomous system 64500 · 1,394 bytes`,
      'good Let in: Verified by basic; passed: rate',
      'good Stored: 1 event',
    ])
    expect(steps[1]?.atMs).toBe(NOON_MS)
  })

  it.each<[string, Partial<Known>, readonly string[]]>([
    ['a tolerated check', { security: { ...security, failed: ['replay'], alerts: ['copy'] } }, ['warn Let in: Verified by basic; passed: rate; failed: replay; let through with: copy']],
    ['a cause of the address', { event: { ...bounced, cause: 'no_mailbox', cause_detail: null } }, [expect.stringMatching(/^warn Cause: no mailbox: Nobody has this address/) as string]],
    ['a cause of the sender', { event: { ...bounced, cause: 'authentication', cause_detail: 'sender_domain' } }, [expect.stringMatching(/^bad Cause: authentication, sender domain: .*Mend the DNS records/) as string]],
    ['an open by a machine', { event: { ...bounced, type: 'email.opened', automated: true, automated_by: 'timing' } }, [expect.stringMatching(/^good Generic says: opened/) as string, 'warn By a machine: before the delivery, or at most two seconds after it (likely, not certain)']],
    ['no guard', { security: { ...security, degraded: 'guard_down: none' } }, ['warn Let in: Verified by basic; passed: rate; let through with: guard down']],
    ['one of several events', { stored: { count: 3, place: 2 } }, ['good Stored: event 2 of the 3 events of this delivery']],
    ['one of many events', { stored: { count: 51, place: undefined } }, ['good Stored: one of the more than 50 events of this delivery']],
    ['a whole delivery', { ...NOTHING, stored: { count: 3, place: undefined } }, ['good Stored: 3 events']],
    ['a suppression', { suppression: { recipient: '', reasons: [{ ...evidence, event_id: 'event-1' }], scopes: [{ ...evidence, scope: 'news', event_id: 'event-1' }], expired: [] } }, ['warn Suppressed the address: hard bounce', 'warn Suppressed the address: hard bounce · only for news']],
    ['a suppression by another event', { suppression: { recipient: '', reasons: [{ ...evidence, event_id: 'event-2' }], scopes: [{ ...evidence, event_id: null }], expired: [] } }, []],
    ['quarantine', { quarantined: [{ ...item, problem: 'item_unreadable', item: true }, { ...item, problem: 'body_unreadable', item: false }] }, ['warn Quarantined: The item is not of the provider’s form. · One item; the rest of its batch went through.', 'warn Quarantined: The body is not of the provider’s form. · The whole delivery.']],
    ['a dead letter', { ...NOTHING, deadLetters: [letter] }, ['bad Given up by the queue: The store kept failing. · sent · 5 tries · TypeError']],
    ['a dead letter of ours', { ...NOTHING, deadLetters: [{ ...letter, event_types: null, fault: null, attempts: 1, reason: 'envelope_malformed' }] }, ['bad Given up by the queue: It is not a message of ours, so it cannot be put back. · 1 try']],
    ['a refusal', { ...NOTHING, refusal: refusal({ code: 'rate_limited', status: 429, detail: { limitPerMinute: 6 } }) }, ['bad Refused: Over the rate limit · answered with 429 · Over the source’s limit of 6 deliveries a minute. · Attempted: signature', expect.stringMatching(/^plain How to mend it: .* · If your volume has grown/) as string]],
    ['nothing known of the request', { network: null, asn: null, bytes: null }, [`good Received: ${REQUEST}`]],
  ])('with %s', (_what, change, added) => {
    const before = lines(storyOf({ ...KNOWN, ...(change.event === undefined && 'event' in change ? NOTHING : {}) }))
    expect(lines(storyOf({ ...KNOWN, ...change })).filter((line) => !before.includes(line))).toEqual(added)
  }) // prettier-ignore
})

const tried = { ...ATTEMPT, kind: 'event' as const, try: 1 }
const failed = { ...tried, outcome: 'failed' as const, status: 500, error: 'The endpoint answered 500.', response: null } // prettier-ignore
const WAITING = { id: 'e', event_ids: ['e'], events: 1, tries: 1, first_failed_at: null, error: null, status: 500, next_try_at: '2026-06-02T11:00:00.000Z', blocked: 0 } // prettier-ignore
const sending = (change: Partial<Sending>): Sending => ({
  name: 'app',
  attempts: [],
  waiting: undefined,
  absence: 'active',
  ...change,
})

describe('at a destination', () => {
  it.each<[string, Partial<Sending>, readonly string[]]>([
    ['delivered', { attempts: [tried] }, ['good app: try 1: 200 in 12 ms · ok']],
    ['a probe', { attempts: [{ ...tried, try: 0 }] }, ['good app: probe: 200 in 12 ms · ok']],
    ['waiting', { attempts: [failed], waiting: WAITING }, ['warn app: try 1: 500 in 12 ms · The endpoint answered 500.', 'warn app: Waits for its next try.']],
    ['no answer', { attempts: [{ ...failed, status: null }] }, ['warn app: try 1: no answer in 12 ms · The endpoint answered 500.', 'warn app: Waits for its next try.']],
    ['given up', { attempts: [failed, { ...failed, try: 2, outcome: 'exhausted' }] }, ['warn app: try 1: 500 in 12 ms · The endpoint answered 500.', 'bad app: try 2: 500 in 12 ms · The endpoint answered 500.', 'bad app: Given up: its tries are used up.']],
    ['not tried', {}, ['plain app: Not sent yet.']],
    ['an open circuit', { absence: 'circuit_open' }, ['bad app: Waits: most attempts failed, so its circuit is open.']],
    ['not wanted', { absence: 'filtered' }, ['plain app: Not sent: its filter does not want it.']],
  ])('%s', (_what, change, told) => {
    expect(lines(stepsOfSendings([sending(change)]))).toEqual(told)
  }) // prettier-ignore

  it('tells the tries of all in their order, then what is to come', () => {
    const later = { ...failed, at: '2026-06-02T10:00:05.000Z' }
    const steps = stepsOfSendings([
      sending({ attempts: [later], waiting: WAITING }),
      sending({ name: 'crm', attempts: [tried] }),
    ])
    expect(steps.map(({ title, atMs }) => [title, atMs])).toEqual([
      ['crm', Date.parse(tried.at)],
      ['app', Date.parse(later.at)],
      ['app', Date.parse(WAITING.next_try_at)],
    ])
  })

  const OPEN = { createdAtMs: NOON_MS - 1, config: {} }
  const HARD = { where: { bounce_type: 'hard' } } as const
  it.each<[string, Pick<DestinationConfig, "filter">, Readonly<Record<string, unknown>>, string]>([
    ['nothing is known', {}, {}, 'active'],
    ['another type is wanted', { filter: { types: ['email.sent'] } }, {}, 'filtered'],
    ['another source is wanted', { filter: { sources: ['news'] } }, { nowMs: NOON_MS + 8 * DAY_MS }, 'filtered'],
    ['the conditions hold', { filter: HARD }, {}, 'active'],
    ['the conditions do not hold', { filter: { where: { bounce_type: 'soft' } } }, {}, 'filtered'],
    ['a viewer may not know the conditions', { filter: { where: { bounce_type: 'soft' } } }, { seesPeople: false }, 'undecided'],
    ['it was long ago', {}, { nowMs: NOON_MS + 8 * DAY_MS }, 'long_ago'],
    ['the destination is younger', {}, { createdAtMs: NOON_MS + 1 }, 'made_later'],
  ])('is absent if %s', (_what, config, change, absence) => {
    const { createdAtMs, ...reader } = { ...OPEN, nowMs: NOON_MS + 1, seesPeople: true, ...change }
    expect(absenceOf({ createdAtMs, config: { ...OPEN.config, ...config } }, bounced, reader)).toBe(absence)
  }) // prettier-ignore
})
