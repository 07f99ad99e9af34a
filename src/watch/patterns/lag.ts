/** Events arrive ever later: the ESP is slow, or somebody holds deliveries back. */
import { durationWords } from './duration-words.ts'
import { LEARNING_MINUTES, type Pattern, measured } from './pattern.ts'

interface State {
  /** Logarithm of the usual lag in seconds, and minutes that taught it. */
  usual: number
  taught: number
  /** The present run of slow minutes: since when, the latest, how many, their lags, and the lag of the latest ones. */
  run: {
    readonly since: number
    last: number
    count: number
    logs: number
    latest: number
    normal: number
  } | null
}

/** Slow is this many times the usual, and so many seconds. */
const SLOW_FACTOR = 2.5
const SLOW_SECONDS = 30
/** The mean of a run that is worth a page. */
const MEAN_FACTOR = 3.5
/** A lag of seconds is no news, whatever is usual. */
const NEWS_SECONDS = 120
/** How long a run lasts before it is said: an ESP is sometimes slow for less than half an hour. */
const LASTING_MINUTES = 28
/** Least minutes of a run that were slow. */
const MINUTES = 3
/** A run that is this slow is said before it has lasted. */
const FAR_FACTOR = 16
const FAR_SECONDS = 300
/** A run ends after more than this many minutes that were not slow, beyond a quarter of its own. */
const NORMAL_MINUTES = 2
const RUN_GAP_MINUTES = 240
/** The latest lag is a mean of some minutes. */
const LATEST = 0.5
const YOUNG = 50
const LEARNING = 1 / 500
const TEACH_MAX = 0.5

export const lag: Pattern<State> = {
  kind: 'lag',
  quietHours: 6,
  cause: 'volume',
  espSources: 2,
  advisedActions: [],
  policyActions: [],
  advice: [
    'Look at the status page of the ESP.',
    'If it reports nothing, compare the time of the requests with that of their events: somebody may hold deliveries back.',
  ],
  initial: () => ({ usual: 0, taught: 0, run: null }),
  step(state, { minute, signals, profile }) {
    const isBacklog = minute < profile.volume.recoveringUntil
    if (
      state.run !== null &&
      (minute - state.run.last > RUN_GAP_MINUTES || minute < state.run.last || isBacklog)
    )
      state.run = null
    if (signals.lagSeconds !== null && !isBacklog) note(state, minute, signals.lagSeconds)
    const { run } = state
    if (run === null || run.count < MINUTES || minute - profile.beganMinute < LEARNING_MINUTES)
      return undefined
    const seconds = Math.exp(run.logs / run.count)
    const latest = Math.exp(run.latest)
    const usual = Math.max(Math.exp(state.usual), 1)
    const isFar = seconds >= FAR_FACTOR * usual && seconds >= FAR_SECONDS
    const isLasting =
      run.last - run.since >= LASTING_MINUTES && seconds >= MEAN_FACTOR * usual && latest >= NEWS_SECONDS
    if (!isLasting && !isFar) return undefined
    return {
      severity: 'warning',
      fromMinute: run.since,
      ...measured('lag_seconds', Math.round(latest), Math.round(usual)),
      evidence: `events arrive ${durationWords(latest)} late, usually ${durationWords(usual)}`,
    }
  },
}

function note(state: State, minute: number, seconds: number): void {
  const size = Math.log(Math.max(seconds, 1))
  const off = size - state.usual
  if (state.taught < YOUNG) {
    state.taught += 1
    state.usual += off / state.taught
    return
  }
  const isSlow = off > Math.log(SLOW_FACTOR) && seconds > SLOW_SECONDS
  if (isSlow) {
    state.run ??= { since: minute, last: minute, count: 0, logs: 0, latest: size, normal: 0 }
    state.run.last = minute
    state.run.count += 1
    state.run.logs += size
    state.run.latest += LATEST * (size - state.run.latest)
  } else if (state.run !== null) {
    state.run.normal += 1
    if (state.run.normal > NORMAL_MINUTES + state.run.count / 4) state.run = null
  }
  state.usual += LEARNING * Math.max(-TEACH_MAX, Math.min(TEACH_MAX, off))
}
