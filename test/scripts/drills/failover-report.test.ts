/** Accounts and reports of the failover drill: an outage that costs nothing, and each thing that it may cost. */
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Seen, accountOf } from '../../../scripts/drills/failover/account.ts'
import type { Sent } from '../../../scripts/drills/failover/load.ts'
import { PARTS, SOURCES, type SourceKind } from '../../../scripts/drills/failover/parts.ts'
import { type Failover, failoverReport } from '../../../scripts/drills/failover/report.ts'
import type { Outcome } from '../../../scripts/drills/failover/take-down.ts'
import { DrillReportSchema } from '../../../src/api/drills.ts'

const sent = (recipient: string, statuses: readonly number[], kind: SourceKind = 'signed'): Sent => ({
  kind,
  recipients: [recipient],
  answers: statuses.map((status, i) => ({ atMs: 1_000 * i, status })),
})
const times = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts))

/** One delivery accepted at once, and one after two refusals. All is stored and delivered. */
const WELL: Seen = {
  sent: [sent('a', [200]), sent('b', [503, 503, 200], 'token')],
  stored: times({ a: 1, b: 1 }),
  received: times({ a: 1, b: 1 }),
}

describe('an account', () => {
  it('of an outage that costs nothing but waiting', () =>
    expect(accountOf(WELL)).toEqual({
      deliveries: 2,
      events: 2,
      accepted: 2,
      refusals: 2,
      bySource: { signed: { sent: 1, atOnce: 1 }, token: { sent: 1, atOnce: 0 } },
      refusedForGood: 0,
      neverAccepted: 0,
      lost: 0,
      storedTwice: 0,
      undelivered: 0,
      deliveredAgain: 0,
      longestMs: 2_000,
    }))

  it.each<[string, Partial<Seen>, Partial<ReturnType<typeof accountOf>>]>([
    ['an event that got a 200 and is not stored', { stored: times({ a: 1 }) }, { lost: 1 }],
    ['an event that is stored twice', { stored: times({ a: 2, b: 1 }) }, { storedTwice: 1 }],
    ['an event that the destination did not get', { received: times({ a: 1 }) }, { undelivered: 1 }],
    ['an event that came twice', { received: times({ a: 1, b: 2 }) }, { deliveredAgain: 1 }],
    [
      'a refusal after which an ESP gives up',
      { sent: [sent('a', [200]), sent('b', [401])] },
      { refusedForGood: 1, neverAccepted: 0 },
    ],
    [
      'a delivery that nobody accepted, the last time without an answer',
      { sent: [sent('a', [200]), sent('b', [503, 0])] },
      { refusedForGood: 0, neverAccepted: 1 },
    ],
    [
      'an event that is stored though its delivery was refused, which is no loss',
      { sent: [sent('a', [200]), sent('b', [503])] },
      { lost: 0, accepted: 1, undelivered: 0 },
    ],
    ['nothing at all', { sent: [] }, { deliveries: 0, longestMs: 0 }],
  ])('counts %s', (_what, change, expected) =>
    expect(accountOf({ ...WELL, ...change })).toMatchObject(expected),
  )
})

const [guard, , d1] = PARTS

const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  part: guard as Outcome['part'],
  ...accountOf(WELL),
  bySource: Object.fromEntries(Object.keys(SOURCES).map((kind) => [kind, { sent: 3, atOnce: 3 }])),
  downMs: 8_000,
  failedCalls: 12,
  storedAfterMs: 1_500,
  deliveredAfterMs: 2_500,
  forged: 9,
  forgedAccepted: 0,
  faults: ['store'],
  ...change,
})

const report = (change: Partial<Outcome> = {}, archive: Failover['archive'] = { stored: 2, archived: 2 }) =>
  failoverReport({
    version: '1.0.0',
    began_at: '2026-11-25T09:00:00Z',
    ended_at: '2026-11-25T09:03:00Z',
    perSecond: 15,
    outcomes: [outcome(change)],
    archive,
  })

const failedIn = (made: ReturnType<typeof report>) =>
  made.checks.filter(({ passed }) => !passed).map(({ name }) => name)

describe('a report', () => {
  it('passes if nothing is lost, and can be recorded', () => {
    const made = report()
    expect(failedIn(made)).toEqual([])
    expect(made).toMatchObject({ kind: 'failover', passed: true })
    expect(made.summary).toBe(
      'Down in turn, at 15 deliveries a second: Guards. Of 2 events none was lost. A delivery was refused for 2 s at most.',
    )
    expect(made.figures.map(({ name, value }) => [name, value])).toEqual([
      ['Guards: down', 8],
      ['Guards: longest refusal', 2],
      ['Guards: stored after', 1.5],
      ['Guards: delivered after', 2.5],
    ])
    expect(v.is(DrillReportSchema, made)).toBe(true)
  })

  it.each<[string, Partial<Outcome>, string]>([
    ['no call failed, so that nothing was tried', { failedCalls: 0 }, 'Guards: really down'],
    ['an event is lost', { lost: 1 }, 'Guards: nothing that got a 200 is lost'],
    ['not everything was stored in time', { storedAfterMs: null }, 'Guards: nothing that got a 200 is lost'],
    ['an event counts twice', { storedTwice: 1 }, 'Guards: nothing is stored twice'],
    ['the destination lacks an event', { undelivered: 1 }, 'Guards: the destination got everything'],
    ['a delivery is refused for good', { refusedForGood: 1 }, 'Guards: no ESP has to give up'],
    ['a delivery is never accepted', { neverAccepted: 1 }, 'Guards: no ESP has to give up'],
    ['a forgery is accepted', { forgedAccepted: 1 }, 'Guards: nothing forged is accepted'],
    [
      'deliveries are refused that need not be',
      { bySource: { ...outcome().bySource, signed: { sent: 3, atOnce: 2 } } },
      'Guards: other deliveries go on',
    ],
    [
      'deliveries that should go on were not sent',
      { bySource: { signed: { sent: 3, atOnce: 3 } } },
      'Guards: other deliveries go on',
    ],
    ['health is silent', { part: d1 as Outcome['part'], faults: [] }, 'D1: health says so'],
    ['the console is silent', { part: d1 as Outcome['part'], faults: null }, 'D1: health says so'],
  ])('fails if %s', (_why, change, check) => {
    const made = report(change)
    expect(failedIn(made)).toEqual([check])
    expect(made.passed).toBe(false)
    expect(made.summary).toMatch(/1 of \d+ checks failed\.$/)
  })

  it('fails if the archive lacks events', () =>
    expect(failedIn(report({}, { stored: 2, archived: 1 }))).toEqual(['Archive: has everything in the end']))

  it('lets signed-token deliveries wait for the guard, and asks no health of it', () => {
    const made = report({ bySource: { ...outcome().bySource, token: { sent: 3, atOnce: 0 } }, faults: null })
    expect(failedIn(made)).toEqual([])
  })
})
