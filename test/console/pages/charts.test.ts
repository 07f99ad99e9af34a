/** Charts: axes, sums, the week before, marks, and the span that an address asks for. */
import { describe, expect, it } from 'vitest'
import { incidentMarks, momentMark, spanMark } from '../../../src/console/pages/charts/marks.ts'
import {
  type Series,
  type Timeline,
  changeWords,
  completeIn,
  finding,
  roundTop,
  timelineTo,
} from '../../../src/console/pages/charts/series.ts'
import { spanIn, timelineOf } from '../../../src/console/pages/charts/span.ts'
import { fieldTime, momentMs, readerIn } from '../../../src/console/pages/range.ts'
import { incident } from '../../support/incidents.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const NOW_MS = Date.UTC(2026, 10, 29, 14, 30)

const series = (change: Partial<Series>): Series => ({
  id: 'one',
  title: 'One',
  form: 'bars',
  least: 2,
  text: (value) => value.toLocaleString('en'),
  values: [],
  ...change,
})
/** Four hours, of which the last is not over. */
const HOURS = timelineTo(NOW_MS, HOUR_MS, 4, NOW_MS)

describe('an axis', () => {
  it.each([
    [[0, null], 2],
    [[3], 4],
    [[5], 6],
    [[7], 8],
    [[9], 10],
    [[10], 10],
    [[11], 20],
    [[1_204], 2_000],
  ])('of %j ends at %d', (values, top) => {
    expect(roundTop(series({ values }))).toBe(top)
  })

  it('has room for the week before, and ends at what is possible', () => {
    expect(roundTop(series({ values: [1], before: [null, 35] }))).toBe(40)
    const share = (value: number) => roundTop(series({ values: [value], least: 0.02, most: 1 }))
    expect([0.001, 0.05, 0.3, 0.95, 1].map(share)).toEqual(
      [0.02, 0.06, 0.4, 1, 1].map((top) => expect.closeTo(top, 9)),
    )
  })
})

describe('a sum', () => {
  it('has the bin that is not over, and compares without it, as the week before does', () => {
    expect(completeIn(HOURS)).toBe(3)
    const counted = series({ values: [10, 20, 30, 500], before: [20, 30, 30, 900] })
    expect(finding(counted, HOURS)).toBe('560, 25 % less than a week before')
  })

  it.each([
    ['not known', { values: [null, null, null, null] }],
    ['5 so far', { values: [null, null, 0, 5] }],
    ['5 so far', { form: 'line', values: [null, null, null, 5] }],
    ['0', { values: [0, 0, 0, 0] }],
    ['3', { values: [null, 1, 2, null], before: [null, null, null, null] }],
    ['highest 7', { form: 'line', values: [1, 7, null, 9] }],
    ['highest 7, a week before 3', { form: 'line', values: [1, 7, null, 9], before: [3, null, 2, 8] }],
  ] as const)('says %s', (words, change) => {
    expect(finding(series(change), HOURS)).toBe(words)
  })

  it.each([
    [5, 5, 'as a week before'],
    [5, 0, 'none a week before'],
    [0, 5, '100 % less than a week before'],
    [118, 100, '18 % more than a week before'],
    [1_000, 1_001, 'as a week before'],
    [1_234, 100, '12.3 times the week before'],
  ])('%d, and %d before, is %s', (now, before, words) => {
    expect(changeWords(now, before)).toBe(words)
  })
})

describe('a mark', () => {
  const what = { kind: 'change', href: '/', text: 'x' } as const
  it.each([
    ['before the first bin', -9, -5, undefined],
    ['from before on', -9, -3, { from: 0, to: 1 }],
    ['within', -2.5, -1.5, { from: 1, to: 3 }],
    ['until now', -1, null, { from: 3, to: 4 }],
    ['shorter than a bin', -1.9, -1.8, { from: 2, to: 3 }],
    ['after the last bin', 1, 2, undefined],
  ])('%s', (_what, since, ended, expected) => {
    const at = (hours: number) => Date.UTC(2026, 10, 29, 15) + hours * HOUR_MS
    const mark = spanMark(HOURS, at(since), ended === null ? null : at(ended), what)
    expect(mark).toEqual(expected && { ...what, ...expected })
  })

  it('of a moment is thin, and inside', () => {
    const at = (hours: number) => momentMark(HOURS, Date.UTC(2026, 10, 29, 15) + hours * HOUR_MS, what)
    expect([-5, -3.5, 0, 1].map(at)).toEqual([
      undefined,
      { ...what, from: 0.5, to: 0.54 },
      { ...what, from: 3.96, to: 4 },
      undefined,
    ])
  })

  it('of an incident leads to it', () => {
    expect(incidentMarks(HOURS, [incident({ number: 3, headline: 'many', sinceMs: NOW_MS })])).toMatchObject([
      { href: '/incidents/3', text: 'Incident 3: many', from: 3, to: 4 },
    ])
  })
})

describe('a moment of the address', () => {
  it.each<[string, string, string, string | undefined]>([
    ['in UTC', 'UTC', '2026-06-02T14:00', '2026-06-02T14:00:00.000Z'],
    ['in summer', 'Europe/Berlin', '2026-06-02T14:00', '2026-06-02T12:00:00.000Z'],
    ['in winter, with seconds', 'Europe/Berlin', '2026-12-01T00:30:15', '2026-11-30T23:30:15.000Z'],
    ['behind UTC', 'America/New_York', '2026-06-02T22:00', '2026-06-03T02:00:00.000Z'],
    ['by half an hour', 'Asia/Kolkata', '2026-06-02T05:00', '2026-06-01T23:30:00.000Z'],
    ['that the clocks leave out', 'Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
    ['that comes twice: the first', 'Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
    ['with a zone of its own', 'Europe/Berlin', '2026-06-02T14:00:00Z', '2026-06-02T14:00:00.000Z'],
    ['before now', 'Europe/Berlin', 'now-1h', new Date(NOW_MS - 3_600_000).toISOString()],
    ['that began the day', 'Europe/Berlin', 'now/d', '2026-11-28T23:00:00.000Z'],
    ['that began yesterday', 'America/New_York', 'now-1d/d', '2026-11-28T05:00:00.000Z'],
    ['that began the week, on Monday', 'Europe/Berlin', 'now/w', '2026-11-22T23:00:00.000Z'],
    ['that began the hour', 'Asia/Kathmandu', 'now/h', '2026-11-29T14:15:00.000Z'],
    ['of a unit that nobody rounds to', 'UTC', 'now/m', undefined],
    ['that is none', 'UTC', '2026-13-02T14:00', undefined],
  ])('%s', (_, zone, text, expected) => {
    const ms = momentMs(text, { nowMs: NOW_MS, zone })
    expect(ms && new Date(ms).toISOString()).toBe(expected)
    const isWall = text.length === 16 && expected !== undefined && text !== '2026-03-29T02:30'
    if (isWall) expect(fieldTime(ms ?? 0, zone)).toBe(text)
  })

  it.each([
    ['zone=Asia/Kolkata', 'Asia/Kolkata'],
    ['zone=nowhere', 'Europe/Berlin'],
    ['', 'Europe/Berlin'],
  ])('is of the zone beside it, or of the reader: %s', (query, zone) => {
    const reader = { nowMs: NOW_MS, preferences: { zone: 'Europe/Berlin' } }
    expect(readerIn(new URLSearchParams(query), reader).zone).toBe(zone)
  })
})

describe('a span', () => {
  const drawn = (query: string): readonly [Timeline, string] => {
    const span = spanIn(new URLSearchParams(query), { nowMs: NOW_MS, zone: 'UTC' }, 'now-24h')
    return [timelineOf(span, NOW_MS - 4 * DAY_MS, NOW_MS), span.from]
  }
  it.each([
    ['', 60, 24, 'now-24h'],
    ['from=now-15m&to=now', 1, 15, 'now-15m'],
    ['from=now-1h&to=now', 1, 60, 'now-1h'],
    ['from=now-6h&to=now', 5, 72, 'now-6h'],
    ['from=now-7d&to=now', 60, 168, 'now-7d'],
    ['from=now-30d&to=now', 360, 120, 'now-30d'],
    ['from=2026-11-29T10:00Z&to=2026-11-29T11:00Z', 60, 24, 'now-24h'],
    ['from=2026-11-29T10:00:00Z&to=2026-11-29T11:00:00Z', 1, 60, '2026-11-29T10:00:00Z'],
    ['from=2026-11-29T10:00&to=2026-11-29T12:30', 1, 150, '2026-11-29T10:00'],
    // Minutes are not kept for so long.
    ['from=2026-11-01T10:00:00Z&to=2026-11-01T12:00:00Z', 60, 2, '2026-11-01T10:00:00Z'],
    ['from=2020-01-01T00:00:00Z&to=now', 1_440, 100, '2020-01-01T00:00:00Z'],
    ['from=now&to=now-1h', 60, 24, 'now-24h'],
    ['from=<b>&to=now', 60, 24, 'now-24h'],
    ['from=2027-01-01T00:00:00Z&to=2027-02-01T00:00:00Z', 60, 24, 'now-24h'],
  ])('%s has bars of %d minutes', (query, minutes, count, from) => {
    expect(drawn(query)).toMatchObject([{ stepMs: minutes * MINUTE_MS, count }, from])
  })
})
