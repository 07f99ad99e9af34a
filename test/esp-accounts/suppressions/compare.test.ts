import { describe, expect, it } from 'vitest'
import type { Suppressed } from '../../../src/drivers/driver.ts'
import {
  type SyncKind,
  kindOfTheirs,
  maskedAddress,
  onlyHere,
} from '../../../src/esp-accounts/suppressions/compare.ts'
import type { ReasonHere, SuppressedHere } from '../../../src/store/suppression-sync.ts'

const blocks = (reason: ReasonHere['reason']): ReasonHere => ({
  reason,
  isInForce: true,
  isLifted: false,
  endedMs: null,
})
const ended = (reason: ReasonHere['reason'], endedMs: number): ReasonHere => ({
  reason,
  isInForce: false,
  isLifted: true,
  endedMs,
})
const expired = (reason: ReasonHere['reason'], endedMs: number): ReasonHere => ({
  ...ended(reason, endedMs),
  isLifted: false,
})

describe('an entry of the ESP', () => {
  it.each<[name: string, Partial<Suppressed>, ReasonHere[], SyncKind]>([
    ['that nobody knows here', {}, [], 'only_there'],
    ['with the same reason here', {}, [blocks('hard_bounce')], 'same'],
    ['with another reason here', {}, [blocks('unsubscribe')], 'other_reason'],
    ['unsubscribed there, bounced here', { reason: 'unsubscribe' }, [blocks('hard_bounce')], 'other_reason'],
    ['hard there, soft here', {}, [blocks('soft_bounces')], 'other_reason'],
    ['without a reason there', { reason: 'manual' }, [blocks('hard_bounce')], 'same'],
    ['added by hand here', {}, [blocks('manual')], 'other_reason'],
    ['that was lifted here', { atMs: null }, [ended('hard_bounce', 9)], 'ended_here'],
    ['older than its lifting', { atMs: 9 }, [ended('hard_bounce', 9)], 'ended_here'],
    ['newer than its lifting', { atMs: 10 }, [ended('hard_bounce', 9)], 'only_there'],
    ['by hand, where all was lifted', { reason: 'manual' }, [ended('unsubscribe', 9)], 'ended_here'],
    ['whose other reason was lifted', {}, [ended('unsubscribe', 9)], 'only_there'],
    ['lifted, with another that blocks', {}, [ended('hard_bounce', 9), blocks('manual')], 'same'],
    ['that is over here', {}, [expired('hard_bounce', 9)], 'ended_here'],
    ['by hand, where a bounce is over', { reason: 'manual' }, [expired('hard_bounce', 9)], 'only_there'],
    ['by hand, where soft bounces are over', { reason: 'manual' }, [expired('soft_bounces', 9)], 'only_there'],
    ['that is a wish and over here', { reason: 'unsubscribe' }, [expired('unsubscribe', 9)], 'only_there'],
    ['that is a wish older than its lifting', { reason: 'unsubscribe' }, [ended('unsubscribe', 9)], 'ended_here'],
    ['that is a wish without a time', { reason: 'unsubscribe', atMs: null }, [ended('unsubscribe', 9)], 'only_there'],
    ['that is a complaint without a time', { reason: 'spam_report', atMs: null }, [ended('spam_report', 9)], 'only_there'],
    ['for its place, lifted for all mail', { reason: 'manual', scope: 'stream:a' }, [ended('manual', 9)], 'ended_here'],
    ['for a scope, lifted for all mail', { reason: 'unsubscribe', scope: 'group:1' }, [ended('unsubscribe', 9)], 'only_there'],
    ['for a scope, blocked for all mail', { reason: 'unsubscribe', scope: 'group:1' }, [blocks('unsubscribe')], 'same'],
    ['for all mail, blocked for a scope', { reason: 'unsubscribe' }, [blocks('unsubscribe:group:1')], 'only_there'],
    ['for another scope', { reason: 'unsubscribe', scope: 'group:2' }, [blocks('unsubscribe:group:1')], 'only_there'],
  ])('%s', (_, theirs, reasons, kind) => {
    const entry: Suppressed = { address: 'a@example.com', reason: 'hard_bounce', scope: null, atMs: 5, ...theirs }
    expect(kindOfTheirs(entry, { reasons }, 'stream:a')).toBe(kind)
  }) // prettier-ignore
})

describe('what is only here', () => {
  const ALL = ['hard_bounce', 'spam_report', 'unsubscribe', 'manual'] as const
  type Reason = SuppressedHere['reasons'][number]
  const here = (reason: Reason['reason'], of: Partial<Reason> = {}): Reason => ({
    reason,
    ends: false,
    source: 'shop',
    ...of,
  })

  it.each<[string, Reason[], (string | null)[], readonly (typeof ALL)[number][], unknown[]]>([
    ['with its reason', [here('hard_bounce')], [], ALL, [['only_here', 'hard_bounce', null]]],
    ['is listed', [here('hard_bounce')], [null], ALL, []],
    ['with the worst of two', [here('hard_bounce'), here('spam_report')], [], ALL, [['only_here', 'spam_report', null]]],
    ['with another, which can be added', [here('spam_report')], [], ['manual'], [['only_here', 'manual', null]]],
    ['of soft bounces', [here('soft_bounces')], [], ALL, [['only_here', 'manual', null]]],
    ['that cannot be added', [here('unsubscribe')], [], ['hard_bounce'], [['unsendable', 'unsubscribe', null]]],
    ['and ends', [here('hard_bounce', { ends: true })], [], ALL, [['temporary', 'hard_bounce', null]]],
    ['for a scope of its own', [here('unsubscribe:group:1')], [], ALL, [['only_here', 'unsubscribe', 'group:1']]],
    ['for a scope of another source', [here('unsubscribe:list:a', { source: 'news' })], [], ALL, []],
    ['for a scope beside all mail', [here('manual'), here('unsubscribe:group:1')], [], ALL, [['only_here', 'manual', null]]],
    ['for all mail, listed for a scope', [here('unsubscribe')], ['group:1'], ALL, [['only_here', 'unsubscribe', null]]],
    ['for a scope that is listed', [here('unsubscribe:group:1')], ['group:1'], ALL, []],
  ])('%s', (_, reasons, listed, adds, expected) => {
    const found = onlyHere({ person: 'p', reasons }, new Set(listed), 'shop', adds)
    expect(found.map(({ kind, reason, scope }) => [kind, reason, scope])).toEqual(expected)
  }) // prettier-ignore
})

it('an address is shown by its first letter and its domain', () => {
  expect(maskedAddress('ada@example.com')).toBe('a…@example.com')
})
