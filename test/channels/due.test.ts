/** Histories of notices: minutes, what happens in them, and what the channel gets. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type SentNotice, afterTry } from '../../src/channels/attempts.ts'
import { type ChannelIncident, type DueChannel, dueNotices } from '../../src/channels/due.ts'
import type { ChannelKind } from '../../src/channels/index.ts'
import type { Outcome } from '../../src/channels/judge.ts'
import { NOW_MS, notice } from './notices.ts'

const MINUTE = 60_000
const after = (minutes: number): number => NOW_MS + minutes * MINUTE

const DELIVERED: Outcome = { result: 'delivered', reference: null }
const BROKEN: Outcome = { result: 'broken', error: 'x', status: 404 }
const RETRY: Outcome = { result: 'retry', error: 'x', status: 503, retryAfterSeconds: null, retriesMax: null }

type Config = Partial<DueChannel['config']>

const channel = (config: Config = {}, change: Partial<DueChannel> = {}): DueChannel => ({
  name: 'team',
  kind: 'slack',
  config: { minimum_severity: 'warning', grouping_seconds: 0, reminder_seconds: 0, paused: false, ...config },
  changedMs: 0,
  isBroken: false,
  ...change,
})

function incident(change: Partial<ChannelIncident> = {}): ChannelIncident {
  const { state: _state, sequence: _sequence, replyTo: _replyTo, ...facts } = notice({ severity: 'error' })
  return {
    ...facts,
    openedMs: NOW_MS,
    isAcknowledged: false,
    resolvedMs: null,
    aboutChannel: null,
    news: 0,
    continuedAs: null,
    hasPolicyActed: false,
    ...change,
  }
}

interface Minute {
  readonly at: number
  readonly incidents: readonly ChannelIncident[]
  readonly outcome?: Outcome
  readonly channel?: DueChannel
}

const TRY = { nowMs: NOW_MS, random: 0.5, giveUpAfterSeconds: 7_200 }

/** The notices of a history, as they are sent. */
function sentIn(history: readonly Minute[], to: DueChannel) {
  const sent = new Map<number, SentNotice>()
  return history.flatMap(({ at, incidents, outcome = DELIVERED, channel = to }) => {
    const due = dueNotices(channel, incidents, sent, after(at))
    for (const one of due)
      sent.set(one.incident, afterTry(sent.get(one.incident), one, outcome, { ...TRY, nowMs: after(at) }))
    return due.map((one) => ({ at, one, outcome }))
  })
}

/** `at 0: firing 17/0`: the minute, the state, the incident and the sequence of each notice. */
const play = (history: readonly Minute[], to: DueChannel = channel()): string[] =>
  sentIn(history, to).map(({ at, one }) => `at ${at}: ${one.state} ${one.incident}/${one.sequence}`)

/** The same incidents in each of these minutes. */
const during = (minutes: readonly number[], ...incidents: readonly ChannelIncident[]): Minute[] =>
  minutes.map((at) => ({ at, incidents }))

const open = incident()
const over = incident({ resolvedMs: after(5) })
const taken = incident({ isAcknowledged: true })

describe('an incident', () => {
  it.each<[string, Minute[], Config, string[]]>([
    ['fires once', during([0, 1, 2, 600], open), {}, ['at 0: firing 17/0']],
    [
      'is resolved once',
      [...during([0], open), ...during([5, 6, 7], over)],
      {},
      ['at 0: firing 17/0', 'at 5: resolved 17/1'],
    ],
    ['that was over before anybody was told is not sent', during([5, 6], over), {}, []],
    [
      'is not sent while the channel is paused',
      during([0, 1, 600], open),
      { paused: true, reminder_seconds: 60 },
      [],
    ],
    [
      'that is open when the channel is resumed is sent then',
      [
        { at: 0, incidents: [open], channel: channel({ paused: true }) },
        { at: 7, incidents: [open] },
      ],
      {},
      ['at 7: firing 17/0'],
    ],
    [
      'that was over when the channel is resumed is not sent',
      [
        { at: 0, incidents: [open], channel: channel({ paused: true }) },
        { at: 7, incidents: [over] },
      ],
      {},
      [],
    ],
    [
      'is sent again after a time',
      during([0, 59, 60, 61, 119, 120], open),
      { reminder_seconds: 3_600 },
      ['at 0: firing 17/0', 'at 60: reminder 17/1', 'at 120: reminder 17/2'],
    ],
    [
      'that somebody takes care of is not sent again',
      [...during([0], open), ...during([60, 120], taken)],
      { reminder_seconds: 3_600 },
      ['at 0: firing 17/0'],
    ],
    ['that somebody takes care of already is not sent', during([0, 1], taken), {}, []],
    [
      'that becomes more severe is sent again at once',
      [...during([0], open), ...during([1, 2], incident({ severity: 'critical', news: 1 }))],
      {},
      ['at 0: firing 17/0', 'at 1: worse 17/1'],
    ],
    [
      'with news after quiet hours and an acknowledgment is sent',
      [...during([0], taken), ...during([1, 2], incident({ news: 1 }))],
      {},
      ['at 1: firing 17/0'],
    ],
    [
      'whose news somebody takes care of is not',
      [...during([0], open), ...during([1, 2], incident({ news: 1, isAcknowledged: true }))],
      {},
      ['at 0: firing 17/0'],
    ],
    [
      'of several sources is sent for one of them',
      during([0], incident({ source: null, sources: ['other', 'shop-sendgrid'] })),
      { sources: ['shop-sendgrid'] },
      ['at 0: firing 17/0'],
    ],
    [
      'that becomes less severe is not',
      [...during([0], open), ...during([1, 2], incident({ severity: 'warning' }))],
      {},
      ['at 0: firing 17/0'],
    ],
    [
      'that opens again fires again',
      [...during([0], open), ...during([5], over), ...during([9, 10], open)],
      {},
      ['at 0: firing 17/0', 'at 5: resolved 17/1', 'at 9: firing 17/2'],
    ],
    ['below the minimum is not sent', during([0], open), { minimum_severity: 'critical' }, []],
    [
      'below the minimum is sent if a policy acted',
      during([0], incident({ hasPolicyActed: true })),
      { minimum_severity: 'critical' },
      ['at 0: firing 17/0'],
    ],
    ['at the minimum is sent', during([0], open), { minimum_severity: 'error' }, ['at 0: firing 17/0']],
    [
      'that rises to the minimum is sent',
      [...during([0], open), ...during([1], incident({ severity: 'critical' }))],
      { minimum_severity: 'critical' },
      ['at 1: firing 17/0'],
    ],
    [
      'that falls below the minimum is resolved all the same',
      [...during([0], open), ...during([5], incident({ severity: 'info', resolvedMs: after(5) }))],
      {},
      ['at 0: firing 17/0', 'at 5: resolved 17/1'],
    ],
    ['of another source is not sent', during([0], open), { sources: ['other'] }, []],
    ['of the source is sent', during([0], open), { sources: ['shop-sendgrid'] }, ['at 0: firing 17/0']],
    [
      'of no source is not sent to a source',
      during([0], incident({ source: null, sources: [] })),
      { sources: ['other'] },
      [],
    ],
    [
      'of no source is sent to all',
      during([0], incident({ source: null, sources: [] })),
      {},
      ['at 0: firing 17/0'],
    ],
  ])('%s', (_what, history, config, expected) => {
    expect(play(history, channel(config))).toEqual(expected)
  })
})

describe('several incidents', () => {
  const second = incident({ incident: 18, severity: 'critical', openedMs: after(1) })

  it('are sent together, the most severe first', () => {
    const history = [...during([0], open), ...during([1, 2, 3], open, second)]
    expect(play(history, channel({ grouping_seconds: 120 }))).toEqual([
      'at 2: firing 18/0',
      'at 2: firing 17/0',
    ])
  })

  it('that are over while they wait are not sent', () => {
    const history = [...during([0], open), ...during([1, 2, 3], incident({ resolvedMs: after(1) }))]
    expect(play(history, channel({ grouping_seconds: 120 }))).toEqual([])
  })
})

/** 03:12 in UTC is 04:12 in Berlin. */
describe('in quiet hours', () => {
  const quiet_hours = { from: '22:00', to: '06:00', time_zone: 'Europe/Berlin', except: 'critical' } as const
  const minutesToSix = 108

  it.each<[string, Minute[], ChannelKind, string[]]>([
    [
      'an incident waits',
      during([0, minutesToSix - 1, minutesToSix], open),
      'slack',
      ['at 108: firing 17/0'],
    ],
    [
      'a critical one does not',
      during([0], incident({ severity: 'critical' })),
      'slack',
      ['at 0: firing 17/0'],
    ],
    ['one that is over by then is not sent', [...during([0], open), ...during([108], over)], 'slack', []],
    [
      'the end of a critical one does not wait',
      [
        ...during([0], incident({ severity: 'critical' })),
        ...during([5], incident({ severity: 'critical', resolvedMs: after(5) })),
      ],
      'slack',
      ['at 0: firing 17/0', 'at 5: resolved 17/1'],
    ],
  ])('%s', (_what, history, kind, expected) => {
    expect(play(history, channel({ quiet_hours }, { kind }))).toEqual(expected)
  })

  it.each<[string, Partial<ChannelIncident>, Config, Partial<DueChannel>, string[]]>([
    ['is told after them', {}, {}, {}, ['at 108: resolved 17/0']],
    ['is told of a severity below the minimum', { severity: 'info' }, {}, {}, ['at 108: resolved 17/0']],
    ['that began before them', { openedMs: after(-500) }, {}, {}, ['at 108: resolved 17/0']],
    ['that ended after them', { resolvedMs: after(108) }, {}, {}, ['at 108: resolved 17/0']],
    [
      'is opened and closed at a pager',
      {},
      {},
      { kind: 'pagerduty' },
      ['at 108: firing 17/0', 'at 109: resolved 17/1'],
    ],
    ['is not told if no policy acted', { hasPolicyActed: false }, {}, {}, []],
    ['is not told if somebody took care of it', { isAcknowledged: true }, {}, {}, []],
    ['is not told if it would not have been held', { severity: 'critical' }, {}, {}, []],
    ['is not told to other sources', {}, { sources: ['other'] }, {}, []],
    ['is not told while the channel is paused', {}, { paused: true }, {}, []],
    ['is not told to a channel that was changed since', {}, {}, { changedMs: after(6) }, []],
    ['is not told without quiet hours', {}, { quiet_hours: undefined }, {}, []],
  ])('what a policy did and is over %s', (_what, change, config, to, expected) => {
    const one = incident({ hasPolicyActed: true, resolvedMs: after(5), ...change })
    const history = during([5, 107, 108, 109, 600], one)
    expect(play(history, channel({ quiet_hours, ...config }, to))).toEqual(expected)
  })

  it('what a policy did is told until it arrives', () => {
    const one = incident({ hasPolicyActed: true, resolvedMs: after(5) })
    const history = [{ at: 108, incidents: [one], outcome: RETRY }, ...during([109, 110], one)]
    expect(play(history, channel({ quiet_hours }))).toEqual([
      'at 108: resolved 17/0',
      'at 109: resolved 17/0',
    ])
  })

  it.each<[ChannelKind, string[]]>([
    ['slack', ['at -400: firing 17/0', 'at 108: resolved 17/1']],
    ['pagerduty', ['at -400: firing 17/0', 'at 5: resolved 17/1']],
  ])('what was sent before them is resolved: %s', (kind, expected) => {
    const early = incident({ openedMs: after(-400) })
    const history = [...during([-400], early), ...during([5, 108], incident({ resolvedMs: after(5) }))]
    expect(play(history, channel({ quiet_hours }, { kind }))).toEqual(expected)
  })
})

describe('an incident that goes on in another one', () => {
  const all = incident({ incident: 9, source: null, sources: ['other', 'shop-sendgrid'] })
  const goesOn = incident({ resolvedMs: after(1), continuedAs: 9 })
  const fires = during([0], open)
  const night = { from: '04:12', to: '04:20', time_zone: 'Europe/Berlin', except: 'critical' } as const

  it.each<[string, Minute[], Config, ChannelKind, string[]]>([
    [
      'is not over in a chat',
      [
        ...fires,
        ...during([1, 2], goesOn, all),
        ...during([9, 10], goesOn, { ...all, resolvedMs: after(9) }),
      ],
      {},
      'slack',
      ['at 0: firing 17/0', 'at 1: firing 9/0', 'at 9: resolved 9/1'],
    ],
    [
      'ends at a pager once the other one is there',
      [...fires, { at: 1, incidents: [goesOn, all], outcome: RETRY }, ...during([2, 3], goesOn, all)],
      {},
      'pagerduty',
      ['at 0: firing 17/0', 'at 1: firing 9/0', 'at 2: firing 9/0', 'at 3: resolved 17/1'],
    ],
    [
      'is over with the other one, of which nobody heard',
      [
        ...during([-1], incident({ openedMs: after(-1) })),
        ...during([0, 1, 2], goesOn, all),
        ...during([9], goesOn, { ...all, resolvedMs: after(5) }),
      ],
      { quiet_hours: night },
      'slack',
      ['at -1: firing 17/0', 'at 9: resolved 17/1'],
    ],
    [
      'goes on in a third one',
      [
        ...fires,
        ...during([1], goesOn, all),
        ...during([2, 3], goesOn, { ...all, resolvedMs: after(2), continuedAs: 5 }, { ...all, incident: 5 }),
      ],
      {},
      'slack',
      ['at 0: firing 17/0', 'at 1: firing 9/0', 'at 2: firing 5/0'],
    ],
  ])('%s', (_what, history, config, kind, expected) => {
    expect(play(history, channel(config, { kind }))).toEqual(expected)
  })

  it('is named in the other one, and only sources of the channel are', () => {
    const sent = new Map([[17, afterTry(undefined, { ...notice(), sequence: 0 }, DELIVERED, TRY)]])
    const to = channel({ sources: ['shop-sendgrid'] })
    const [told] = dueNotices(to, [goesOn, all], sent, after(1))
    expect(told?.sources).toEqual(['shop-sendgrid'])
    expect(told?.evidence.slice(0, 2)).toEqual([
      'Sources: shop-sendgrid and 1 more',
      'Incident 17 goes on as this one',
    ])
  })
})

describe('at a channel that keeps state', () => {
  const alerts = (history: readonly Minute[]) =>
    sentIn(history, channel({ reminder_seconds: 3_600 }, { kind: 'pagerduty' })).map(
      ({ one }) => [one.state, one.alert, one.earlierAlerts] as const,
    )
  const news = (many: number): ChannelIncident => incident({ news: many })

  it('news are another alert, which takes the place of the earlier one', () => {
    const history = [
      ...during([0], open),
      ...during([1, 61], news(1)),
      ...during([62], news(3)),
      ...during([63], over),
    ]
    expect(alerts(history)).toEqual([
      ['firing', 0, []],
      ['worse', 1, [0]],
      ['reminder', 1, []],
      ['worse', 3, [1, 2]],
      ['resolved', 3, []],
    ])
  })

  it('what may still be open is closed later', () => {
    const history = [
      ...during([0], open),
      { at: 1, incidents: [news(1)], outcome: RETRY },
      { at: 2, incidents: [news(2)], outcome: RETRY },
      ...during([5], { ...over, news: 2 }),
    ]
    expect(alerts(history)).toEqual([
      ['firing', 0, []],
      ['worse', 1, [0]],
      ['worse', 2, [0, 1]],
      ['resolved', 2, [0, 1]],
    ])
  })
})

describe('a notice that fails', () => {
  it('is tried again as the same notice, in its time', () => {
    const failing = during([0, 0.05, 0.1, 0.2], open).map((one) => ({ ...one, outcome: RETRY }))
    expect(play([...failing, ...during([1, 2], open)])).toEqual([
      'at 0: firing 17/0',
      'at 0.1: firing 17/0',
      'at 1: firing 17/0',
    ])
  })

  it.each<[ChannelKind, string[]]>([
    ['slack', ['at 0: firing 17/0']],
    // A try without an answer may have opened an alert.
    ['pagerduty', ['at 0: firing 17/0', 'at 5: resolved 17/1']],
  ])('is not tried again when the incident is over: %s', (kind, expected) => {
    const history = [{ at: 0, incidents: [open], outcome: RETRY }, ...during([5, 6], over)]
    expect(play(history, channel({}, { kind }))).toEqual(expected)
  })

  it('waits for its time although the incident becomes more severe', () => {
    const severe = incident({ severity: 'critical', news: 1 })
    const slow: Outcome = { ...RETRY, retryAfterSeconds: 3_600 }
    const history = [{ at: 0, incidents: [open], outcome: slow }, ...during([1, 59, 60, 61], severe)]
    expect(play(history)).toEqual(['at 0: firing 17/0', 'at 60: firing 17/0'])
  })

  it.each<[ChannelKind, string[]]>([
    // People know that it is open.
    ['slack', ['at 0: firing 17/0', 'at 5: resolved 17/1']],
    // The end may have arrived, and closed the alert.
    ['pagerduty', ['at 0: firing 17/0', 'at 5: resolved 17/1', 'at 6: firing 17/2']],
  ])('about the end of an incident that opens again: %s', (kind, expected) => {
    const end = { at: 5, incidents: [over], outcome: RETRY }
    const history = [...during([0], open), end, ...during([6, 7], open)]
    expect(play(history, channel({}, { kind }))).toEqual(expected)
  })

  it('for good is sent again after somebody has changed the channel', () => {
    const history = [
      { at: 0, incidents: [open], outcome: BROKEN },
      { at: 1, incidents: [open], channel: channel({}, { isBroken: true }) },
      { at: 9, incidents: [open], channel: channel({}, { changedMs: after(8) }) },
      { at: 10, incidents: [open], channel: channel({}, { changedMs: after(8) }) },
    ]
    expect(play(history)).toEqual(['at 0: firing 17/0', 'at 9: firing 17/0'])
  })

  it('for good is sent anew in the time of a reminder', () => {
    const history = [{ at: 0, incidents: [open], outcome: BROKEN }, ...during([30, 60], open)]
    expect(play(history, channel({ reminder_seconds: 3_600 }))).toEqual([
      'at 0: firing 17/0',
      'at 60: firing 17/1',
    ])
  })
})

it('Alertmanager gets an open incident every minute, also one that somebody takes care of', () => {
  const to = channel({ reminder_seconds: 3_600 }, { kind: 'alertmanager' })
  const history = [...during([0, 0.5, 1], open), ...during([2], taken), ...during([5, 6], over)]
  expect(play(history, to)).toEqual([
    'at 0: firing 17/0',
    'at 1: reminder 17/1',
    'at 2: reminder 17/2',
    'at 5: resolved 17/3',
  ])
})

describe('an incident about a channel', () => {
  const about = incident({ source: null, sources: [], aboutChannel: 'team' })

  it('is not sent by that channel', () => expect(play(during([0], about))).toEqual([]))

  it('is sent by another one, whatever that is for', () => {
    const other = channel({ minimum_severity: 'critical', sources: ['other'] }, { name: 'pager' })
    expect(play(during([0], about), other)).toEqual(['at 0: firing 17/0'])
  })
})

describe('whatever happens', () => {
  const step = fc.record({
    news: fc.nat(1),
    minutes: fc.integer({ min: 0, max: 90 }),
    severity: fc.constantFrom('info', 'warning', 'error', 'critical'),
    isOver: fc.boolean(),
    isAcknowledged: fc.boolean(),
    outcome: fc.constantFrom(DELIVERED, RETRY, BROKEN),
  })

  it('a chat hears of an end only after a beginning, and of each once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(0, 3_600), (steps, reminder_seconds) => {
        let at = 0
        let all = 0
        const history = steps.map(({ minutes, severity, isOver, isAcknowledged, outcome, news }): Minute => {
          at += minutes
          all += news
          return {
            at,
            incidents: [
              incident({ severity, isAcknowledged, news: all, resolvedMs: isOver ? after(at) : null }),
            ],
            outcome,
          }
        })
        const delivered = sentIn(history, channel({ reminder_seconds })).flatMap(({ one, outcome }) =>
          outcome.result === 'delivered' ? [one.state] : [],
        )
        const ends = delivered.filter((state) => state !== 'reminder').join(' ')
        expect(`${ends} `).toMatch(/^(?:firing (?:worse )*resolved )*(?:firing (?:worse )*)?$|^ $/)
      }),
    )
  })

  it('a pager never keeps an alert open whose incident is over, once it can be reached', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let at = 0
        const history = steps.map(({ minutes, isOver, outcome }): Minute => {
          at += minutes
          return { at, incidents: [incident({ resolvedMs: isOver ? after(at) : null })], outcome }
        })
        const to = channel({}, { kind: 'pagerduty', changedMs: after(at + 1) })
        const end = [
          { at: at + 500, incidents: [incident({ resolvedMs: after(at) })] },
          { at: at + 501, incidents: [incident({ resolvedMs: after(at) })] },
        ]
        // Each try may have arrived, whatever the answer was.
        const tried = play(
          [...history.map((one) => ({ ...one, channel: channel({}, { kind: 'pagerduty' }) })), ...end],
          to,
        )
        const last = tried.at(-1)
        expect(last === undefined || last.includes('resolved')).toBe(true)
      }),
    )
  })
})
