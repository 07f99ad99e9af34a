/** The pure part of the suppression policy: the default's rules, its document, and that order never matters. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CAUSES, CAUSES_OF_SENDER } from '../../src/event/cause/causes.ts'
import { DAY_MS, HOUR_MS } from '../../src/platform/time.ts'
import { DEFAULT_POLICY, POLICY_BEFORE_0_4, readPolicy } from '../../src/store/policy/document.ts'
import { type Bounce, type Delivery, type Fixed, judge } from '../../src/store/policy/judge.ts'

const NEVER_LIFTED = { hard_bounce: 0, soft_bounces: 0 }
const START_MS = Date.UTC(2026, 0, 1, 12)
const dayMs = (day: number): number => START_MS + day * DAY_MS

type Spec = Partial<Omit<Bounce, 'reason'>> & { readonly hard?: boolean }

const bounce = (day: number, { hard = false, ...change }: Spec = {}): Bounce => ({
  id: `bounce-${day}`,
  atMs: dayMs(day),
  source: 'shop',
  reason: hard ? 'hard_bounce' : 'soft_bounces',
  cause: null,
  message: null,
  isOfWave: false,
  ...change,
})
const hard = (day: number, cause: Bounce['cause'], change: Spec = {}): Bounce =>
  bounce(day, { hard: true, cause, ...change })
const soft = (day: number, cause: Bounce['cause'] = null, change: Spec = {}): Bounce =>
  bounce(day, { cause, ...change })
const delivered = (day: number, source = 'shop'): Delivery => ({ atMs: dayMs(day), source })

/** `reason since rule expires` of each entry, in days, the rule from 1. */
const judged = (
  bounces: readonly Bounce[],
  deliveries: readonly Delivery[] = [],
  policy = DEFAULT_POLICY,
  fixed: readonly Fixed[] = [],
): string[] => {
  const { entries } = judge(policy, { bounces, deliveries, fixed, liftedMs: NEVER_LIFTED })
  return Object.entries(entries).flatMap(([reason, entry]) =>
    entry === null
      ? []
      : [
          [
            reason,
            (entry.sinceMs - START_MS) / DAY_MS,
            entry.rule === null ? '-' : entry.rule + 1,
            entry.expiresAtMs === null ? 'never' : (entry.expiresAtMs - START_MS) / DAY_MS,
            ...(entry.isProvisional ? ['provisional'] : []),
          ].join(' '),
        ],
  )
}

const days = (...all: readonly number[]) => all

describe('the default policy', () => {
  it.each<[string, readonly Bounce[], readonly Delivery[], readonly string[]]>([
    ['no mailbox, hard: at once, for ever', [hard(0, 'no_mailbox')], [], ['hard_bounce 0 5 never']],
    ['no domain, hard', [hard(0, 'no_domain')], [], ['hard_bounce 0 5 never']],
    ['no mailbox, soft: never', days(0, 3, 6, 9, 12, 15).map((n) => soft(n, 'no_mailbox')), [], []],
    [
      'no mailbox, and a delivery after it',
      [hard(0, 'no_mailbox')],
      [delivered(1)],
      ['hard_bounce 0 5 never'],
    ],
    [
      'in a wave: provisional',
      [hard(0, 'no_mailbox', { isOfWave: true })],
      [],
      ['hard_bounce 0 5 7 provisional'],
    ],
    ['in a wave, and a delivery', [hard(0, 'no_mailbox', { isOfWave: true })], [delivered(1)], []],
    [
      'in a wave, confirmed after it',
      [hard(0, 'no_mailbox', { isOfWave: true }), hard(3, 'no_mailbox')],
      [],
      ['hard_bounce 0 5 never'],
    ],
    [
      'in a wave, and another that nothing confirms',
      [0, 3].map((n) => hard(n, 'no_mailbox', { isOfWave: true })),
      [],
      ['hard_bounce 0 5 10 provisional'],
    ],
    [
      'in a wave, and another cause after its term: the first time',
      [hard(0, 'no_mailbox', { isOfWave: true }), hard(10, null)],
      [],
      ['hard_bounce 10 8 40'],
    ],
    ['disabled: 90 days', [hard(0, 'mailbox_disabled')], [], ['hard_bounce 0 6 90']],
    ['disabled, and a delivery by its source', [hard(0, 'mailbox_disabled')], [delivered(1)], []],
    [
      'disabled, and a delivery by another',
      [hard(0, 'mailbox_disabled')],
      [delivered(1, 'news')],
      ['hard_bounce 0 6 90'],
    ],
    [
      'disabled, and a delivery before it',
      [hard(2, 'mailbox_disabled')],
      [delivered(1)],
      ['hard_bounce 2 6 92'],
    ],
    [
      'disabled, and a delivery at its time, which came before',
      [hard(0, 'mailbox_disabled')],
      [delivered(0)],
      ['hard_bounce 0 6 90'],
    ],
    [
      'disabled, again at the time of a delivery: for ever',
      [hard(0, 'mailbox_disabled'), hard(9, 'mailbox_disabled')],
      [delivered(9)],
      ['hard_bounce 9 6 never'],
    ],
    [
      'disabled, twice in its term: from the newest',
      [hard(0, 'mailbox_disabled'), hard(10, 'mailbox_disabled')],
      [],
      ['hard_bounce 0 6 100'],
    ],
    [
      'disabled, again after its term: for ever',
      [hard(0, 'mailbox_disabled'), hard(90, 'mailbox_disabled')],
      [],
      ['hard_bounce 90 6 never'],
    ],
    [
      'disabled, again after a delivery: for ever',
      [hard(0, 'mailbox_disabled'), hard(9, 'mailbox_disabled')],
      [delivered(5)],
      ['hard_bounce 9 6 never'],
    ],
    [
      'full: three in a week at least',
      [soft(0, 'mailbox_full'), soft(4, 'mailbox_full'), soft(7, 'mailbox_full')],
      [],
      ['soft_bounces 7 7 67'],
    ],
    [
      'full: hard ones count with soft ones',
      [hard(0, 'mailbox_full'), soft(4, 'mailbox_full'), hard(7, 'mailbox_full')],
      [],
      ['hard_bounce 7 7 67'],
    ],
    [
      'full: three in less than a week',
      [soft(0, 'mailbox_full'), soft(3, 'mailbox_full'), soft(6, 'mailbox_full')],
      [],
      [],
    ],
    ['full, and a delivery between', [0, 4, 8].map((n) => soft(n, 'mailbox_full')), [delivered(5)], []],
    ['full, and a delivery after it', [0, 4, 8].map((n) => soft(n, 'mailbox_full')), [delivered(9)], []],
    [
      'full, and a delivery at the time of the first',
      [0, 4, 8].map((n) => soft(n, 'mailbox_full')),
      [delivered(0)],
      ['soft_bounces 8 7 68'],
    ],
    [
      'full, and a delivery at the time of the last',
      [0, 4, 8].map((n) => soft(n, 'mailbox_full')),
      [delivered(8)],
      [],
    ],
    [
      'full, three on two days',
      [soft(0, 'mailbox_full'), soft(8, 'mailbox_full'), soft(8.1, 'mailbox_full')],
      [],
      [],
    ],
    ['full, three of one message', [0, 4, 8].map((n) => soft(n, 'mailbox_full', { message: 'm' })), [], []],
    ['unknown, hard: 30 days', [hard(0, null)], [], ['hard_bounce 0 8 30']],
    ['unknown, hard, again: for ever', [hard(0, null), hard(31, null)], [], ['hard_bounce 31 8 never']],
    [
      'unreachable: five, hard or soft',
      [
        hard(0, 'expired'),
        soft(2, 'unreachable'),
        soft(4, 'unreachable'),
        hard(6, 'relay_denied'),
        soft(8, 'expired'),
      ],
      [],
      ['soft_bounces 8 9 38'],
    ],
    [
      'unreachable: an outage of a weekend',
      [0, 0.5, 1, 1.5, 2, 2.5].map((n) => soft(n, 'unreachable')),
      [],
      [],
    ],
    ['unknown, soft: five', days(0, 2, 4, 6, 8).map((n) => soft(n)), [], ['soft_bounces 8 10 38']],
    [
      'unknown, soft, of two sources',
      days(0, 2, 4, 6, 8).map((n) => soft(n, null, n === 4 ? { source: 'news' } : {})),
      [],
      [],
    ],
    ['unknown, soft, in more than 30 days', days(0, 10, 20, 30, 40).map((n) => soft(n)), [], []],
    ['what the ESP did not try', [hard(0, 'suppressed'), hard(1, 'unsubscribed')], [], []],
  ])('%s', (_, bounces, deliveries, expected) => {
    expect(judged(bounces, deliveries)).toEqual(expected)
  })

  it('has a rule for every cause, and no address pays for the sender', () => {
    for (const cause of CAUSES_OF_SENDER) {
      const many = Array.from({ length: 30 }, (_, n) => hard(n, cause))
      expect(judged(many), cause).toEqual([])
      expect(judged(many, [], POLICY_BEFORE_0_4), cause).toEqual([])
    }
  })

  it('keeps an entry that no rule made as it is, and joins what comes later', () => {
    const fixed: Fixed = { reason: 'hard_bounce', sinceMs: dayMs(0), asOfMs: dayMs(0), expiresAtMs: null, rule: null, isProvisional: false } // prettier-ignore
    expect(judged([], [delivered(5)], DEFAULT_POLICY, [fixed])).toEqual(['hard_bounce 0 - never'])
    expect(judged([hard(3, null)], [], DEFAULT_POLICY, [fixed])).toEqual(['hard_bounce 0 - never'])
  })
})

describe('a policy', () => {
  it.each([DEFAULT_POLICY, POLICY_BEFORE_0_4])('in force by itself is one that can be taken', (policy) => {
    expect(readPolicy(policy)).toEqual({ ok: true, policy })
  })

  const base = { bounce: 'hard', suppress: 'at_once' }
  it.each<[string, unknown, readonly string[]]>([
    ['no object', [], ['']],
    ['nothing', {}, ['rules']],
    ['an unknown setting', { rules: [{ ...base, days: 3 }] }, ['rules.0.days']],
    [
      'an unknown setting of a run',
      { rules: [{ suppress: { count: 3, span_days: 9, of: 2 } }] },
      ['rules.0.suppress', 'rules.0.suppress.of'],
    ],
    ['a cause that is none', { rules: [{ ...base, cause: ['gone'] }] }, ['rules.0.cause.0']],
    ['a rule that never matches', { rules: [base, { ...base, cause: ['no_mailbox'] }] }, ['rules.1']],
    [
      'the same, by all causes',
      {
        rules: [
          { ...base, cause: [...CAUSES.filter((one) => !CAUSES_OF_SENDER.includes(one)), null] },
          { suppress: 'no', cause: CAUSES_OF_SENDER },
          base,
        ],
      },
      [],
    ],
    ['a rule of one source below one of all', { rules: [base, { ...base, source: ['shop'] }] }, ['rules.1']],
    ['a rule of all below one of one source', { rules: [{ ...base, source: ['shop'] }, base] }, []],
    [
      'a cause of the sender',
      { rules: [{ ...base, cause: ['no_mailbox', 'reputation'] }] },
      ['rules.0.cause'],
    ],
    [
      'a term of nothing',
      { rules: [{ suppress: 'no', expires_days: 3, again_days: 4 }] },
      ['rules.0.expires_days', 'rules.0.again_days'],
    ],
    ['a second term after none', { rules: [{ ...base, again_days: 4 }] }, ['rules.0.again_days']],
    [
      'a complaint that expires',
      { rules: [{ type: 'email.spam_reported', suppress: 'at_once', expires_days: 30 }] },
      ['rules.0.expires_days'],
    ],
    [
      'an unsubscribe that does nothing, by cause',
      { rules: [{ type: 'email.unsubscribed', suppress: 'no', cause: [null] }] },
      ['rules.0.suppress', 'rules.0.cause'],
    ],
    ['a scope of a bounce', { rules: [{ ...base, scope: 'event' }] }, ['rules.0.scope']],
    [
      'a wave of another cause',
      { rules: [{ ...base, cause: ['no_domain'], provisional_on_spike_days: 7 }] },
      ['rules.0.provisional_on_spike_days'],
    ],
    [
      'a run older than its span, and longer than its days',
      { rules: [{ suppress: { count: 9, span_days: 7, min_age_days: 8 } }] },
      ['rules.0.suppress.min_age_days', 'rules.0.suppress.count'],
    ],
    [
      'several at once',
      { rules: [{ suppress: 'no', expires_days: 3 }, base] },
      ['rules.0.expires_days', 'rules.1'],
    ],
    [
      'numbers out of bounds',
      { rules: [{ ...base, expires_days: 0 }, { suppress: { count: 1, span_days: 400 } }] },
      ['rules.0.expires_days', 'rules.1.suppress.count', 'rules.1.suppress.span_days'],
    ],
    [
      'opens that lift',
      { rules: [base], recovery: { opened_or_clicked: true } },
      ['recovery.opened_or_clicked'],
    ],
  ])('%s', (_, document, paths) => {
    const read = readPolicy(document)
    expect(read.ok ? [] : read.problems.map(({ path }) => path)).toEqual(paths)
  })
})

describe('in any order', () => {
  const causes = fc.constantFrom(
    null,
    'no_mailbox',
    'mailbox_full',
    'mailbox_disabled',
    'unreachable',
    'expired' as const,
  )
  const bounces = fc.array(
    fc.record({
      hour: fc.integer({ min: 0, max: 150 * 24 }),
      isHard: fc.boolean(),
      cause: causes,
      source: fc.constantFrom('shop', 'news'),
      message: fc.constantFrom(null, 'm-1', 'm-2'),
      isOfWave: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  const deliveries = fc.array(
    fc.record({ hour: fc.integer({ min: 0, max: 150 * 24 }), source: fc.constantFrom('shop', 'news') }),
    { maxLength: 5 },
  )

  it('an entry is the last, and what does not matter is not asked for', () => {
    fc.assert(
      fc.property(bounces, deliveries, (specs, given) => {
        const all = specs
          .map(({ hour, isHard, cause, ...rest }, i) =>
            bounce(0, {
              ...rest,
              id: String(i).padStart(3, '0'),
              atMs: START_MS + hour * HOUR_MS,
              hard: isHard,
              cause,
            }),
          )
          .toSorted((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1))
        const sent = given.map(({ hour, source }) => ({ source, atMs: START_MS + hour * HOUR_MS }))
        for (const policy of [DEFAULT_POLICY, POLICY_BEFORE_0_4]) {
          const evidence = { bounces: all, fixed: [], liftedMs: NEVER_LIFTED }
          const whole = judge(policy, { ...evidence, deliveries: sent })
          const fromMs = judge(policy, { ...evidence, deliveries: [] }).deliveriesFromMs
          const asked = sent.filter(({ atMs }) => fromMs !== null && atMs >= fromMs)
          expect(judge(policy, { ...evidence, deliveries: asked.toReversed() }).entries).toEqual(
            whole.entries,
          )
        }
      }),
    )
  })
})

it('the document in docs/suppressions.md is the default', () => {
  const [, text = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/suppressions.md', 'utf8')) ?? []
  const read = readPolicy(JSON.parse(text))
  const isSaid = ({ type, cause, suppress }: (typeof DEFAULT_POLICY.rules)[number]): boolean =>
    type === 'email.bounced' && cause !== undefined && (suppress !== 'no' || !cause.includes('reputation'))
  expect(read).toEqual({
    ok: true,
    policy: { ...DEFAULT_POLICY, rules: DEFAULT_POLICY.rules.filter(isSaid) },
  })
})
