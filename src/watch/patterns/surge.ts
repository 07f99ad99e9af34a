/** Far more than ever at such an hour. A window must beat what is due at the present level, and the largest campaign of the last weeks. */
import { levelBefore } from '../profile/volume.ts'
import { type Budget, newBudget, passMinute, spend } from '../statistics/budget.ts'
import { binAt, onsetMinute, sumOf } from '../statistics/ring.ts'
import { surpriseOfMany } from '../statistics/surprise.ts'
import {
  type Found,
  LEARNING_MINUTES,
  MINUTES_A_DAY,
  type Pattern,
  type PatternInput,
  measured,
  sentence,
} from './pattern.ts'

interface State {
  readonly budget: Budget
  /** By window: the largest ratio of each of the last days, and those of the last hours, which do not count yet. */
  readonly records: { readonly days: number[]; pending: [slot: number, ratio: number][] }[]
  day: number
  raisedAt: number
}

const WINDOWS_MINUTES = [20, 60, 120] as const
const DAYS = 28
/** Hours until a ratio counts as a campaign of the source's own. Otherwise a surge that grows would be its own excuse. */
const LEARN_LATE_HOURS = 3
const SLOT_MINUTES = 60
/** Most that a window may teach, as a multiple of the record: an attack is no campaign. */
const TEACH_MAX = 1.7
/** From when on it is known what is due. */
const KNOWN_MINUTES = 2 * MINUTES_A_DAY

/** A younger source has not shown its campaigns: an info at most. */
const CAMPAIGNS_KNOWN_MINUTES = 14 * MINUTES_A_DAY

/** A surge that follows another one sooner is the same one: it takes nothing from the budget. */
const QUIET_HOURS = 8

const RATIO = 2.5
const OVER_RECORD = 1.65
const EXCESS_EVENTS = 15
const SURPRISE = 3
/** A count varies by itself: variance = mean + mean² / spread. */
const SPREAD = 3
/** Keeps ratios of small counts small. */
const PRIOR_EVENTS = 3

export const surge: Pattern<State> = {
  kind: 'surge',
  quietHours: QUIET_HOURS,
  cause: 'volume',
  espSources: 2,
  events: 'all',
  advisedActions: [],
  policyActions: [],
  advice: [
    'If it is a campaign of yours, nothing is wrong.',
    'Otherwise look which types and networks grew: forged events, or mail that somebody sends in your name.',
  ],
  initial: () => ({
    budget: newBudget(),
    records: WINDOWS_MINUTES.map(() => ({ days: [], pending: [] })),
    day: 0,
    raisedAt: 0,
  }),
  step(state, seen) {
    const { minute, profile } = seen
    passMinute(state.budget)
    const isYoung = minute - profile.beganMinute < CAMPAIGNS_KNOWN_MINUTES
    if (minute < profile.volume.recoveringUntil) return undefined
    let found: Found
    for (const [i, windowMinutes] of WINDOWS_MINUTES.entries()) {
      const ratio = ratioOf(seen, windowMinutes)
      const record = recordOf(state, i)
      const age = minute - profile.beganMinute
      if (age > KNOWN_MINUTES) note(state, i, minute, isYoung ? ratio : Math.min(ratio, record * TEACH_MAX))
      if (age >= LEARNING_MINUTES) found ??= finding(state, seen, windowMinutes, ratio, record)
    }
    if (found !== undefined && isYoung) return { ...found, severity: 'info' }
    if (found !== undefined) {
      if (minute - state.raisedAt > QUIET_HOURS * 60) spend(state.budget)
      state.raisedAt = minute
    }
    return found
  },
}

/** Expected events in a window, at the level of the hours before it if that is higher than usual. */
function dueIn({ profile: { volume } }: PatternInput, windowMinutes: number): number {
  return sumOf(volume.due, windowMinutes) * Math.max(1, levelBefore(volume, 360, windowMinutes))
}

function ratioOf(seen: PatternInput, windowMinutes: number): number {
  const came = sumOf(seen.profile.volume.came, windowMinutes)
  return (came + PRIOR_EVENTS) / (dueIn(seen, windowMinutes) + PRIOR_EVENTS)
}

function recordOf(state: State, window: number): number {
  let record = 1
  for (const ofDay of state.records[window]?.days ?? []) record = Math.max(record, ofDay)
  return record
}

function note(state: State, window: number, minute: number, ratio: number): void {
  const record = state.records[window]
  if (record === undefined) return
  const slot = Math.floor(minute / SLOT_MINUTES)
  const last = record.pending.at(-1)
  if (last?.[0] === slot) last[1] = Math.max(last[1], ratio)
  else {
    record.pending.push([slot, ratio])
    const due = record.pending.filter(([at]) => at <= slot - LEARN_LATE_HOURS || at > slot)
    record.pending = record.pending.filter(([at]) => at > slot - LEARN_LATE_HOURS && at <= slot)
    const today = Math.floor(minute / MINUTES_A_DAY) % DAYS
    if (today !== state.day % DAYS || record.days.length === 0) {
      record.days[today] = 1
      for (let i = 0; i < DAYS; i += 1) record.days[i] ??= 1
    }
    for (const [, late] of due) record.days[today] = Math.max(record.days[today] ?? 1, late)
    if (window === WINDOWS_MINUTES.length - 1) state.day = Math.floor(minute / MINUTES_A_DAY)
  }
}

function finding(
  state: State,
  seen: PatternInput,
  windowMinutes: number,
  ratio: number,
  record: number,
): Found {
  if (ratio < RATIO || ratio < record * OVER_RECORD * Math.exp(state.budget.raised / 8)) return undefined
  const { volume } = seen.profile
  const came = sumOf(volume.came, windowMinutes)
  const due = dueIn(seen, windowMinutes)
  const expected = due * record
  if (came - OVER_RECORD * expected < EXCESS_EVENTS) return undefined
  if (surpriseOfMany(came, due, SPREAD) < SURPRISE) return undefined
  return {
    severity: 'warning',
    fromMinute: onsetMinute(
      volume.came,
      windowMinutes,
      (age) => binAt(volume.came, age) - 2 * binAt(volume.due, age),
    ),
    ...measured('volume', came, Math.round(due)),
    evidence: sentence`${came} events in ${windowMinutes} min, usually ${Math.round(due)} at this hour, at most ${record.toFixed(1)} times that in four weeks`,
  }
}
