import { describe, expect, it } from 'vitest'
import {
  DEFAULT_SETTINGS,
  type Hold,
  type RetentionSettings,
  isShortened,
  longestEventDays,
  readRetention,
} from '../../../src/registry/retention/document.ts'
import { SETTING_NAMES, settingRow } from '../../../src/registry/retention/kinds.ts'

const NOW_MS = Date.parse('2026-06-02T10:00:00Z')
const BEFORE: readonly Hold[] = [
  { source: 'shop', person: null, reason: 'dispute 4711', sinceMs: 1_000 },
  { source: null, person: 'ada@example.com', reason: 'a request', sinceMs: 2_000 },
]

const VALID = {
  events: 180,
  events_by_type: { 'email.opened': 30, 'email.bounced': null },
  archive: 365,
  audit: 400,
  backups: 14,
  holds: [{ source: 'shop', reason: 'dispute 4711' }],
}

const read = (document: unknown, before: readonly Hold[] = []) => readRetention(document, before, NOW_MS)

/** Paths and problems of a document that is refused. */
function problemsOf(document: unknown) {
  const result = read(document)
  return result.ok ? [] : result.problems.map(({ path, problem }) => `${path}: ${problem}`)
}

describe('a retention document', () => {
  it('is read with the defaults of what it does not name', () => {
    expect(read(VALID)).toEqual({
      ok: true,
      settings: {
        ...DEFAULT_SETTINGS,
        events: 180,
        events_by_type: { 'email.opened': 30, 'email.bounced': null },
        archive: 365,
        audit: 400,
        backups: 14,
      },
      holds: [{ source: 'shop', person: null, reason: 'dispute 4711', sinceMs: NOW_MS }],
    })
    expect(read({})).toEqual({ ok: true, settings: DEFAULT_SETTINGS, holds: [] })
  })

  it.each<[string, object, string]>([
    ['events of less than a day', { events: 0 }, 'events: Must be at least 1.'],
    ['a negative number', { quarantine: -3 }, 'quarantine: Must be at least 1.'],
    ['half a day', { events: 0.5 }, 'events: Must be a whole number.'],
    ['a text', { events: '30' }, 'events: Must be a number.'],
    ['more than ten years', { archive: 3_651 }, 'archive: Must be at most 3650.'],
    [
      'attempts for longer than a destination keeps them',
      { attempts: 8 },
      'attempts: Must be at most 7. A destination keeps its attempts for seven days at most.',
    ],
    [
      'signals for longer than the watch keeps them',
      { signals: 101 },
      'signals: Must be at most 100. The watch keeps signals for a hundred days at most.',
    ],
    [
      'backups for longer than a month',
      { backups: 31 },
      'backups: Must be at most 30. A backup still holds what was erased after it was made, and an erasure must be complete within a month.',
    ],
    [
      'backups without end',
      { backups: null },
      'backups: Must be from 1 to 30. A backup still holds what was erased after it was made, and an erasure must be complete within a month.',
    ],
    [
      'an audit log that hides a break-in',
      { audit: 29 },
      'audit: Must be at least 30. Whoever breaks in must not be able to remove their traces sooner.',
    ],
    [
      'incidents that backups hold for longer',
      { incidents: 13 },
      'incidents: Must be at least the days of backups, which hold the incidents too. Shorten backups first.',
    ],
    [
      'a type of less than a day',
      { events_by_type: { 'email.opened': 0 } },
      'events_by_type.email.opened: Must be at least 1.',
    ],
    ['an unknown kind', { event: 3 }, 'event: Unknown setting. Did you mean events?'],
    ['a hold of nothing', { holds: [{ reason: 'x' }] }, 'holds.0: Must name either a source or a person.'],
    [
      'a hold of both',
      { holds: [{ source: 'shop', person: 'ada@example.com', reason: 'x' }] },
      'holds.0: Must name either a source or a person.',
    ],
    ['a hold without a reason', { holds: [{ source: 'shop' }] }, 'holds.0.reason: Must be set.'],
    [
      'a hold twice',
      {
        holds: [
          { person: 'Ada@example.com', reason: 'x' },
          { person: 'ada@EXAMPLE.com', reason: 'y' },
        ],
      },
      'holds.1: Is there twice.',
    ],
    [
      'a person who is no address',
      { holds: [{ person: 'Ada', reason: 'x' }] },
      'holds.0.person: Must be an email address.',
    ],
    [
      'an address of which the audit log would keep a part',
      { holds: [{ person: 'eve,ada@example.com', reason: 'x' }] },
      'holds.0.person: Must be an email address.',
    ],
    [
      'a time that is none',
      { holds: [{ source: 'shop', reason: 'x', since: 'yesterday' }] },
      'holds.0.since: Must be an RFC 3339 time with a time zone.',
    ],
  ])('with %s is refused', (_what, change, problem) => {
    expect(problemsOf({ ...VALID, ...change })).toEqual([problem])
  })

  it('that is no object, or of an unknown type of events, is refused', () => {
    expect(problemsOf(null)).toHaveLength(1)
    expect(problemsOf([])).toHaveLength(1)
    expect(problemsOf({ events_by_type: { 'email.teleported': 3 } })).toHaveLength(1)
  })

  it('names all its problems at once, and no value', () => {
    const problems = problemsOf({ events: 0, backups: 99, holds: [{ person: 'secret-person', reason: '' }] })
    expect(problems).toHaveLength(4)
    expect(problems.join()).not.toContain('secret-person')
  })

  it('takes each bound of each setting', () => {
    for (const name of SETTING_NAMES) {
      const { minDays, maxDays } = settingRow(name)
      const others = name === 'incidents' ? { backups: 1 } : {}
      for (const days of [minDays, maxDays])
        expect([name, read({ ...others, [name]: days }).ok]).toEqual([name, true])
      expect(read({ ...others, [name]: minDays - 1 }).ok).toBe(false)
      expect(read({ ...others, [name]: maxDays + 1 }).ok).toBe(false)
    }
  })
})

describe('holds', () => {
  it('stay if the document says nothing of them', () => {
    expect(read({}, BEFORE)).toMatchObject({ ok: true, holds: BEFORE })
  })

  it('end if the document has an empty list', () => {
    expect(read({ holds: [] }, BEFORE)).toMatchObject({ ok: true, holds: [] })
  })

  it('that are repeated keep their beginning, unless the document names another', () => {
    const holds = [
      { source: 'shop', reason: 'another reason' },
      { person: ' Ada@Example.com'.trim(), reason: 'a request', since: '2026-01-01T00:00:00Z' },
    ]
    expect(read({ holds }, BEFORE)).toMatchObject({
      holds: [
        { source: 'shop', reason: 'another reason', sinceMs: 1_000 },
        { person: 'ada@example.com', sinceMs: Date.parse('2026-01-01T00:00:00Z') },
      ],
    })
  })
})

describe('a document keeps less than before', () => {
  const before = { settings: { ...DEFAULT_SETTINGS, events_by_type: { 'email.opened': 30 } }, holds: BEFORE }
  it.each<[string, object, boolean]>([
    ['if nothing changes', {}, false],
    ['with fewer days', { archive: 100 }, true],
    ['with more days', { archive: 1_000 }, false],
    ['without end', { archive: null }, false],
    ['with an end where there was none', { audit: 3_650 }, true],
    ['with fewer days of one type', { events_by_type: { 'email.opened': 29 } }, true],
    ['with more days of one type', { events_by_type: { 'email.opened': 31 } }, false],
    ['with fewer days of all types but one', { events: 399 }, true],
    [
      'with fewer days of a type that had none of its own',
      { events_by_type: { 'email.opened': 30, 'email.sent': 1 } },
      true,
    ],
  ])('%s: %j gives %s', (_what, change, shortened) => {
    const settings = { ...before.settings, ...change }
    expect(isShortened(before, { settings, holds: BEFORE })).toBe(shortened)
  })

  it('if a hold ends, and not if one begins', () => {
    const { settings } = before
    expect(isShortened(before, { settings, holds: BEFORE.slice(1) })).toBe(true)
    expect(isShortened({ settings, holds: [] }, before)).toBe(false)
  })
})

it.each<[RetentionSettings['events'], RetentionSettings['events_by_type'], number | null]>([
  [400, {}, 400],
  [30, { 'email.bounced': 90, 'email.opened': 7 }, 90],
  [30, { 'email.bounced': null }, null],
  [null, {}, null],
])('keeps the last event of %s days and %j for %s', (events, events_by_type, expected) => {
  expect(longestEventDays({ ...DEFAULT_SETTINGS, events, events_by_type })).toBe(expected)
})
