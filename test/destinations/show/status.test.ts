import { describe, expect, it } from 'vitest'
import { CLOSED } from '../../../src/destinations/pace/breaker.ts'
import { HEALTHY } from '../../../src/destinations/pace/health.ts'
import { WAITING_MAX } from '../../../src/destinations/retries.ts'
import { type DestinationState, newState } from '../../../src/destinations/memory/state.ts'
import { type StatusInput, statusOf } from '../../../src/destinations/show/status.ts'
import type { Reading } from '../../../src/readers/positions.ts'
import type { ArrivalPosition } from '../../../src/store/arrival.ts'
import { toInstant } from '../../../src/platform/time.ts'

const NOW_MS = Date.UTC(2026, 10, 27, 6)
const DAY = 86_400_000
const SINCE_MS = NOW_MS - 60_000
const SINCE = toInstant(SINCE_MS)

const at = (number: number): ArrivalPosition => ({ segment: number, done: 0, number })
const reading = (number: number, rest: Partial<Reading> = {}): Reading => ({ position: at(number), until: null, missed: 0, ...rest }) // prettier-ignore

interface Given extends Partial<Pick<StatusInput, 'isPaused' | 'main' | 'oldestMs' | 'fullSources'>> {
  readonly state?: Partial<DestinationState>
  readonly counts?: {
    readonly waiting?: number
    readonly dead?: number
    readonly blockedSinceMs?: number | null
  }
  readonly replaying?: Reading
}

/** At 100 of 100 events, with nothing that fails. */
const shown = ({ state = {}, counts = {}, replaying, ...rest }: Given = {}) =>
  statusOf({
    isPaused: false,
    memory: {
      state: { ...newState(1), ...state },
      positions: { find: () => replaying },
      waiting: { counts: () => ({ waiting: 0, dead: 0, blockedSinceMs: null, ...counts }) },
    } as unknown as StatusInput['memory'],
    main: reading(100),
    fullSources: new Set(),
    end: at(100),
    oldestMs: null,
    nowMs: NOW_MS,
    ...rest,
  })

const open = { slots: [], open: { sinceMs: SINCE_MS, probeAtMs: NOW_MS, failedProbes: 1 } }
const disabled = { ...HEALTHY, disabled: { reason: 'gone', atMs: SINCE_MS } } as const

describe('the state of a destination', () => {
  it.each<[Given, string, string | null, string | null]>([
    [{}, 'active', null, null],
    [{ isPaused: true }, 'paused', 'paused', null],
    [{ state: { breaker: open } }, 'circuit_open', 'failing', SINCE],
    [{ state: { breaker: { ...open, open: { ...open.open, failedProbes: 0 } } } }, 'active', null, null],
    [{ state: { health: disabled } }, 'disabled', 'gone', SINCE],
    [{ isPaused: true, state: { breaker: open } }, 'paused', 'paused', null],
    [{ isPaused: true, state: { breaker: open, health: disabled } }, 'disabled', 'gone', SINCE],
  ])('%o is %s', (given, state, reason, since) => {
    expect(shown(given)).toMatchObject({ state, reason, since })
  })

  it.each<[string, Given, object]>([
    ['a backlog', { main: reading(40) }, { backlog: 60 }],
    ['no backlog before the first run', { main: undefined }, { backlog: 0, missed: 0 }],
    ['none of a store that was restored to an earlier time', { main: reading(500) }, { backlog: 0 }],
    ['what was missed, unread and waiting', { main: reading(100, { missed: 7 }), state: { missed: 5 } }, { missed: 12 }],
    ['what the filter no longer lets pass', { state: { filtered: 4 } }, { filtered: 4 }],
    ['what waits and what has died', { counts: { waiting: 3, dead: 2, blockedSinceMs: SINCE_MS } }, { waiting: 3, given_up: 2, blocked_since: SINCE }],
  ])('counts %s', (_name, given, expected) => {
    expect(shown(given)).toMatchObject(expected)
  }) // prettier-ignore

  it('counts attempts of the last 24 hours', () => {
    const hours = [NOW_MS - DAY, NOW_MS - DAY + 1].map((atMs) => ({ atMs, delivered: 2, failed: 1 }))
    expect(shown({ state: { hours } }).hours).toEqual([
      { at: toInstant(NOW_MS - DAY + 1), delivered: 2, failed: 1 },
    ])
  })

  it('shows how far a replay has come', () => {
    const replay = { sinceMs: SINCE_MS, untilMs: NOW_MS, events: 30, filter: null }
    const given = { state: { replay }, replaying: reading(65, { until: at(90) }) }
    expect(shown(given).replay).toEqual({
      events: 30,
      left: 25,
      since: SINCE,
      until: toInstant(NOW_MS),
      running: true,
    })
  })
})

describe('the warning', () => {
  const failing = (isWarned: boolean): Given => ({
    state: { breaker: CLOSED, health: { ...HEALTHY, failingSinceMs: SINCE_MS, isWarned } },
  })

  it.each<[string, Given, string | null]>([
    ['nothing', {}, null],
    ['a failure of less than a day', failing(false), null],
    ['a failure of a day', failing(true), 'No delivery has succeeded for a day.'],
    ['a backlog of less than a day', { oldestMs: NOW_MS - DAY + 1 }, null],
    ['a backlog of a day, before anything is missed', { oldestMs: NOW_MS - DAY }, 'Events wait for more than a day.'],
    ['as many failed deliveries as may wait', { counts: { waiting: WAITING_MAX } }, 'failed deliveries wait'],
    ['one less', { counts: { waiting: WAITING_MAX - 1 } }, null],
    ['a source of which as much waits as may', { fullSources: new Set(['shop']) }, 'failed deliveries wait of shop'],
    ['one that is disabled already', { state: { health: { ...disabled, failingSinceMs: NOW_MS - 9 * DAY, isWarned: true } } }, null],
  ])('of %s', (_name, given, text) => {
    expect(shown(given).warning).toEqual(text === null ? null : expect.stringContaining(text))
  }) // prettier-ignore
})
