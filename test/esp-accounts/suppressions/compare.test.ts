import { describe, expect, it } from 'vitest'
import type { Suppressed } from '../../../src/drivers/driver.ts'
import {
  type SyncKind,
  kindOfTheirs,
  maskedAddress,
  onlyHere,
} from '../../../src/esp-accounts/suppressions/compare.ts'
import type { KnownHere, ReasonHere, SuppressedHere } from '../../../src/store/suppression-sync.ts'

const blocks = (reason: ReasonHere['reason']): ReasonHere => ({ reason, isInForce: true, endedMs: null })
const ended = (reason: ReasonHere['reason'], endedMs: number): ReasonHere => ({
  reason,
  isInForce: false,
  endedMs,
})

describe('an entry of the ESP', () => {
  it.each<[name: string, Partial<Suppressed>, ReasonHere[], Partial<KnownHere>, SyncKind]>([
    ['that nobody knows here', {}, [], {}, 'only_there'],
    ['with the same reason here', {}, [blocks('hard_bounce')], {}, 'same'],
    ['with another reason here', {}, [blocks('unsubscribe')], {}, 'other_reason'],
    ['unsubscribed there, bounced here', { reason: 'unsubscribe' }, [blocks('hard_bounce')], {}, 'other_reason'],
    ['hard there, soft here', {}, [blocks('soft_bounces')], {}, 'other_reason'],
    ['without a reason there', { reason: 'manual' }, [blocks('hard_bounce')], {}, 'same'],
    ['added by hand here', {}, [blocks('manual')], {}, 'other_reason'],
    ['that was lifted here', { atMs: null }, [ended('hard_bounce', 9)], {}, 'ended_here'],
    ['older than its lifting', { atMs: 9 }, [ended('hard_bounce', 9)], {}, 'ended_here'],
    ['newer than its lifting', { atMs: 10 }, [ended('hard_bounce', 9)], {}, 'only_there'],
    ['by hand, where all was lifted', { reason: 'manual' }, [ended('unsubscribe', 9)], {}, 'ended_here'],
    ['whose other reason was lifted', {}, [ended('unsubscribe', 9)], {}, 'only_there'],
    ['lifted, with another that blocks', {}, [ended('hard_bounce', 9), blocks('manual')], {}, 'same'],
    ['that the ESP keeps', { reason: 'spam_report' }, [ended('spam_report', 9)], {}, 'unremovable'],
    ['for its place, lifted for all mail', { reason: 'manual', scope: 'stream:a' }, [ended('manual', 9)], {}, 'ended_here'],
    ['for a scope, lifted for all mail', { reason: 'unsubscribe', scope: 'group:1' }, [ended('unsubscribe', 9)], {}, 'only_there'],
    ['of somebody who was erased', { atMs: 9 }, [], { erasedMs: 9, hasKey: false }, 'ended_here'],
    ['of a time after the erasure', { atMs: 10 }, [], { erasedMs: 9, hasKey: false }, 'only_there'],
    ['of an erased person who stays suppressed', {}, [blocks('hard_bounce')], { erasedMs: 9 }, 'same'],
    ['for a scope, blocked for all mail', { reason: 'unsubscribe', scope: 'group:1' }, [blocks('unsubscribe')], {}, 'same'],
    ['for all mail, blocked for a scope', { reason: 'unsubscribe' }, [blocks('unsubscribe:group:1')], {}, 'only_there'],
    ['for another scope', { reason: 'unsubscribe', scope: 'group:2' }, [blocks('unsubscribe:group:1')], {}, 'only_there'],
  ])('%s', (_, theirs, reasons, known, kind) => {
    const entry: Suppressed = { address: 'a@example.com', reason: 'hard_bounce', scope: null, atMs: 5, ...theirs }
    const here = { reasons, erasedMs: -1, hasKey: true, ...known }
    expect(kindOfTheirs(entry, here, { keeps: ['spam_report'] }, 'stream:a')).toBe(kind)
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
