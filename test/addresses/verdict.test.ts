import { describe, expect, it } from 'vitest'
import {
  type Checked,
  NO_EVENTS,
  type OwnEvents,
  judgedByEvents,
  judgment,
  lifeMs,
  withLists,
} from '../../src/addresses/verdict.ts'
import { DAY_MS, HOUR_MS } from '../../src/platform/time.ts'

const NOW = 1_800_000_000_000
const ago = (days: number) => NOW - days * DAY_MS

const checked = (verdict: Checked['verdict'], days: number): Checked => ({
  ...judgment(verdict, ['other'], { words: ['its word'] }),
  by: 'kickbox',
  checkedAtMs: ago(days),
  expiresAtMs: ago(days) + 90 * DAY_MS,
})

const bounce = (days: number, cause: NonNullable<OwnEvents['bounce']>['cause'] = 'no_mailbox') => ({
  bounce: { atMs: ago(days), cause },
})

describe('own events', () => {
  it.each<readonly [string, Partial<OwnEvents>, Checked | null, readonly unknown[] | undefined]>([
    ['nothing', {}, null, undefined],
    ['nothing, and a check', {}, checked('deliverable', 1), undefined],
    ['a bounce', bounce(1), null, ['undeliverable', 'known_bounce', 'mailbox_not_found']],
    ['a bounce without a cause', bounce(1, null), null, ['undeliverable', 'known_bounce']],
    ['a full mailbox', bounce(1, 'mailbox_full'), null, ['risky', 'known_bounce', 'mailbox_full']],
    ['a bounce of long ago', bounce(91), null, undefined],
    [
      'a bounce after a check',
      bounce(1),
      checked('deliverable', 2),
      ['undeliverable', 'known_bounce', 'mailbox_not_found'],
    ],
    ['a bounce before a check', bounce(3), checked('deliverable', 2), undefined],
    ['a complaint', { complainedAtMs: ago(1) }, checked('deliverable', 2), ['risky', 'complainer']],
    ['a delivery', { deliveredAtMs: ago(1) }, null, ['deliverable', 'accepted']],
    ['a delivery of long ago', { deliveredAtMs: ago(31) }, null, undefined],
    ['a delivery after a bounce', { ...bounce(2), deliveredAtMs: ago(1) }, null, ['deliverable', 'accepted']],
    [
      'a bounce after a delivery',
      { ...bounce(1), deliveredAtMs: ago(2) },
      null,
      ['undeliverable', 'known_bounce', 'mailbox_not_found'],
    ],
    [
      'a delivery after an undeliverable',
      { deliveredAtMs: ago(1) },
      checked('undeliverable', 2),
      ['unknown', 'accepted', 'other'],
    ],
    [
      'a delivery of long ago, and after an undeliverable',
      { deliveredAtMs: ago(40) },
      checked('undeliverable', 50),
      ['unknown', 'accepted', 'other'],
    ],
    ['a delivery before an undeliverable', { deliveredAtMs: ago(3) }, checked('undeliverable', 2), undefined],
    [
      'a delivery after a risky one',
      { deliveredAtMs: ago(1) },
      checked('risky', 2),
      ['deliverable', 'accepted'],
    ],
  ])('%s', (_, own, before, expected) => {
    const said = judgedByEvents({ ...NO_EVENTS, ...own }, before, NOW)
    expect(said && [said.verdict, ...said.reasons]).toEqual(expected)
    if (said !== undefined) expect([said.by, said.expiresAtMs > NOW]).toEqual(['events', true])
  })
})

describe('the life of a verdict', () => {
  it.each([
    ['deliverable', [], 30 * DAY_MS],
    ['undeliverable', [], 90 * DAY_MS],
    ['risky', [], 14 * DAY_MS],
    ['unknown', [], DAY_MS],
    ['unknown', ['greylisted'], HOUR_MS],
  ] as const)('%s %j', (verdict, reasons, ms) => expect(lifeMs({ verdict, reasons })).toBe(ms))
})

describe('lists', () => {
  const flags = { disposable: false, role: false, free: false, catch_all: null }
  it.each([
    ['deliverable', { ...flags, disposable: true }, null, ['risky', 'other', 'disposable']],
    ['unknown', { ...flags, disposable: true }, null, ['risky', 'other', 'disposable']],
    ['undeliverable', { ...flags, disposable: true }, null, ['undeliverable', 'other', 'disposable']],
    ['deliverable', { ...flags, role: true, free: true }, null, ['deliverable', 'other']],
    ['deliverable', flags, 'ada@gmail.com', ['deliverable', 'other', 'typo']],
  ] as const)('%s with %j and %s', (verdict, listed, suggestion, expected) => {
    const said = withLists(checked(verdict, 1), { flags: listed, suggestion })
    expect([said.verdict, ...said.reasons]).toEqual(expected)
    expect(said).toMatchObject({ flags: listed, suggestion })
  })

  it('do not hide what a service says', () => {
    const said = { ...checked('risky', 1), flags: { ...flags, role: true, catch_all: true } }
    expect(withLists(said, { flags, suggestion: null }).flags).toEqual({
      ...flags,
      role: true,
      catch_all: true,
    })
  })
})
