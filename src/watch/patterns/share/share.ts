/**
 * A share of outcomes in several windows, against what is usual for the source. A campaign multiplies hits and trials alike and
 * cancels; a bad list or forged events do not.
 */
import { type Budget, newBudget, passMinute, spend } from '../../statistics/budget.ts'
import { type Ring, add, advance, binAt, newRing, onsetMinute, sumOf } from '../../statistics/ring.ts'
import { surpriseOfShare } from '../../statistics/surprise.ts'
import {
  type Found,
  LEARNING_MINUTES,
  MINUTES_A_DAY,
  type PatternInput,
  measured,
  percent,
  sentence,
} from '../pattern.ts'

export interface ShareState {
  readonly hits: Ring
  readonly trials: Ring
  /** Usual share as a discounted Beta: hits and trials. It learns a day late, so that an attack does not teach. */
  usualHits: number
  usualTrials: number
  /** Correlation of two trials of a window: sums over blocks, discounted; and the block that is being counted. */
  readonly correlation: { over: number; pairs: number; hits: number; trials: number; bins: number }
  /** Trials a minute, smoothed over hours. */
  pace: number
  readonly budget: Budget
  /** The latest alarm: since when, and the latest minute of it. Bins of it teach nothing. */
  alarmFrom: number
  raisedAt: number
}

export interface ShareRule {
  readonly feature: string
  /** Name of the counted events, and of the trials among which they are counted: `bounces`, `outcomes`. */
  readonly hits: string
  readonly trials: string
  /** Prior that a source shares with others before it has shown its own: a share, and trials that it is worth. */
  readonly priorShare: number
  readonly priorTrials: number
  readonly windowsMinutes: readonly number[]
  /** Least rise, as a share, and as a multiple of the usual one; least excess of hits. */
  readonly riseShare: number
  readonly riseFactor: number
  readonly excessHits: number
  readonly surprise: number
  readonly priorCorrelation: number
  /** Hits follow their trials by hours, so half of each trial is spread over the hours after it. */
  readonly hitsAreLate: boolean
  /** Share of a day from which the finding is critical, because providers act on it. */
  readonly criticalShare: number
}

const BIN_MINUTES = 5
const BINS = 288
/** Part of the usual share that is left after a bin: half after two weeks. */
const USUAL_KEPT = 0.5 ** (1 / (14 * BINS))
const BLOCK_BINS = 36
const BLOCK_KEPT = 0.99
/** Most that a block may teach, in squared standard deviations. */
const BLOCK_MAX = 30
const PRIOR_BLOCKS = 10
const PACE = 1 / 360
/** A finding that follows an alarm sooner belongs to it: it takes nothing from the budget. */
const QUIET_MINUTES = 8 * 60
/** Fewer a day say nothing about a limit. */
const LIMIT_TRIALS = 1000
/** An alarm that goes on for longer is what is usual now. */
const TAINTED_MINUTES = 2 * 1440

export const newShare = (rule: ShareRule): ShareState => ({
  hits: newRing(BIN_MINUTES, BINS),
  trials: newRing(BIN_MINUTES, BINS),
  usualHits: rule.priorShare * rule.priorTrials,
  usualTrials: rule.priorTrials,
  correlation: { over: 0, pairs: 0, hits: 0, trials: 0, bins: 0 },
  pace: 0,
  budget: newBudget(),
  alarmFrom: 0,
  raisedAt: 0,
})

export function stepShare(
  state: ShareState,
  rule: ShareRule,
  { minute, profile }: PatternInput,
  hits: number,
  trials: number,
): Found {
  passMinute(state.budget)
  let leftHits = 0
  advance(state.hits, minute, (count) => (leftHits += count))
  const before = state.trials.newest
  let leftTrials = 0
  advance(state.trials, minute, (count) => (leftTrials += count))
  const leftAt = minute - BINS * BIN_MINUTES
  const isAttack =
    leftAt >= state.alarmFrom && leftAt <= Math.min(state.raisedAt, state.alarmFrom + TAINTED_MINUTES)
  if (state.trials.newest !== before && !isAttack) learnLate(state, rule, leftHits, leftTrials)
  add(state.hits, hits)
  state.pace += PACE * (trials - state.pace)
  add(state.trials, rule.hitsAreLate ? (trials + state.pace) / 2 : trials)
  if (minute - profile.beganMinute < LEARNING_MINUTES) return undefined
  const hitsOfDay = sumOf(state.hits, MINUTES_A_DAY)
  const found = largest(state, rule, hitsOfDay)
  if (found === undefined) return beyondLimit(state, rule, hitsOfDay)
  if (minute - state.raisedAt > QUIET_MINUTES) {
    spend(state.budget)
    state.alarmFrom = found.fromMinute
  }
  state.raisedAt = minute
  return found
}

const usualOf = (state: ShareState): number => state.usualHits / state.usualTrials

function correlationOf({ correlation }: ShareState, rule: ShareRule): number {
  const over = correlation.over + rule.priorCorrelation * PRIOR_BLOCKS
  return Math.max(over / (correlation.pairs + PRIOR_BLOCKS), rule.priorCorrelation / 10)
}

/** Learns bins that are a day old. */
function learnLate(state: ShareState, rule: ShareRule, hits: number, trials: number): void {
  const usual = usualOf(state)
  const { correlation } = state
  correlation.hits += hits
  correlation.trials += trials
  correlation.bins += 1
  if (correlation.bins >= BLOCK_BINS) {
    if (correlation.trials > 1) {
      const variance = correlation.trials * usual * (1 - usual)
      const off = correlation.hits - correlation.trials * usual
      const square = Math.min((off * off) / variance, BLOCK_MAX)
      // A block of n trials has E[square] = 1 + (n − 1) correlation. Large blocks would outweigh all others.
      const weight = 1 / (1 + (correlation.trials - 1) * correlationOf(state, rule))
      correlation.over = Math.max(0, correlation.over * BLOCK_KEPT + weight * (square - 1))
      correlation.pairs = correlation.pairs * BLOCK_KEPT + weight * (correlation.trials - 1)
    }
    correlation.hits = 0
    correlation.trials = 0
    correlation.bins = 0
  }
  state.usualHits = state.usualHits * USUAL_KEPT + Math.min(hits, 3 * trials * usual + 2)
  state.usualTrials = state.usualTrials * USUAL_KEPT + trials
  if (state.usualTrials >= rule.priorTrials) return
  state.usualHits += (rule.priorTrials - state.usualTrials) * rule.priorShare
  state.usualTrials = rule.priorTrials
}

/** A day beyond the limit of providers is worth an info, also where it is usual. */
function beyondLimit(state: ShareState, rule: ShareRule, hits: number): Found {
  // Fewer are below the limit, however many trials there were.
  if (hits < LIMIT_TRIALS * rule.criticalShare) return undefined
  const trials = Math.max(hits, sumOf(state.trials, MINUTES_A_DAY))
  if (trials < LIMIT_TRIALS || hits < trials * rule.criticalShare) return undefined
  const share = hits / trials
  const limit = percent(rule.criticalShare)
  return {
    severity: 'info',
    fromMinute: (state.hits.newest - BINS + 1) * BIN_MINUTES,
    ...measured(rule.feature, share, usualOf(state)),
    evidence: sentence`${rule.hits} are ${percent(share)} of ${rule.trials} in a day (${hits} of ${Math.round(trials)}); providers act at ${limit}`,
  }
}

/** The most surprising window that passes the rule. */
function largest(state: ShareState, rule: ShareRule, hitsOfDay: number): Found {
  if (hitsOfDay < rule.excessHits) return undefined
  const usual = usualOf(state)
  const correlation = correlationOf(state, rule)
  const needed = rule.surprise + state.budget.raised / 2
  let best = { surprise: 0, minutes: 0, hits: 0, trials: 0 }
  for (const minutes of rule.windowsMinutes) {
    const hits = minutes === MINUTES_A_DAY ? hitsOfDay : sumOf(state.hits, minutes)
    if (hits < rule.excessHits) continue
    const trials = Math.max(hits, sumOf(state.trials, minutes))
    if (hits - trials * usual < rule.excessHits) continue
    if (hits / trials < Math.max(usual + rule.riseShare, usual * rule.riseFactor)) continue
    const surprise = surpriseOfShare(hits, trials, usual, correlation)
    // A day has more short windows than long ones, so each of them must be rarer.
    if (surprise < needed + Math.log(MINUTES_A_DAY / minutes)) continue
    if (surprise > best.surprise) best = { surprise, minutes, hits, trials }
  }
  if (best.minutes === 0) return undefined
  const { minutes, hits, trials } = best
  const share = hits / trials
  const ofDay = hitsOfDay / Math.max(sumOf(state.trials, MINUTES_A_DAY), 1)
  return {
    severity: ofDay >= rule.criticalShare ? 'critical' : 'warning',
    fromMinute: onsetMinute(
      state.hits,
      minutes,
      (age) => binAt(state.hits, age) - ((usual + share) / 2) * binAt(state.trials, age) - 0.01,
    ),
    ...measured(rule.feature, share, usual),
    evidence: sentence`${rule.hits} are ${percent(share)} of ${rule.trials}, usually ${percent(usual)} (${hits} of ${Math.round(trials)} in ${minutes} min)`,
  }
}
