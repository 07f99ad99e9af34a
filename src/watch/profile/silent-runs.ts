/**
 * How long a source is silent by itself, in events that were due. A source whose volume sinks has longer runs of silence than one that
 * is steady, so each source shows its own. Roots of the runs have an exponential tail (a Weibull tail of shape 1/2): it lies between that
 * of a Poisson source and that of one whose level swings.
 */
export interface SilentRuns {
  /** Minutes seen, runs longer than `RUN_EVENTS` among them, and by how much their roots were larger; all fade. */
  minutes: number
  count: number
  excess: number
  /** The longest run; it fades. */
  longest: number
  /** The longest that the present run has been. */
  present: number
}

/** Shorter runs are not counted. */
const RUN_EVENTS = 2

/** Part that is left a minute later: half after two weeks. */
const KEPT = 0.5 ** (1 / (14 * 1440))

/** A source begins as if it had seen a week with this many runs, this mean excess of their roots, and one run of this length. */
const PRIOR_MINUTES = 10_080
const PRIOR_RUNS = 6
const PRIOR_EXCESS = 0.7
const PRIOR_LONGEST = 22

/** Alert only for silences that occur by chance at most once in this time. */
const ONCE_IN_WEEKS = 10

/** A source that pauses by a timetable has runs of one length, and none of this multiple of it. */
const LONGEST_FACTOR = 2

/** Never alert when fewer events than this are missing. */
const LEAST_EVENTS = 10

export const newSilentRuns = (): SilentRuns => ({
  minutes: 0,
  count: 0,
  excess: 0,
  longest: PRIOR_LONGEST,
  present: 0,
})

/** The silence that is worth a page, in events that were due: by itself the source has a longer one about once in ten weeks. */
export function outageEvents({ minutes, count, excess, longest }: SilentRuns): number {
  const mean = (excess + PRIOR_RUNS * PRIOR_EXCESS) / (count + PRIOR_RUNS)
  const aMinute = (count + PRIOR_RUNS) / (minutes + PRIOR_MINUTES)
  const runs = Math.max(1, aMinute * ONCE_IN_WEEKS * 10_080)
  const byTail = (Math.sqrt(RUN_EVENTS) + mean * Math.log(runs)) ** 2
  return Math.max(LEAST_EVENTS, Math.min(byTail, LONGEST_FACTOR * longest))
}

export function passMinute(runs: SilentRuns): void {
  runs.minutes = runs.minutes * KEPT + 1
  runs.count *= KEPT
  runs.excess *= KEPT
  runs.longest *= KEPT
}

/** An event came after so many that were due. An outage teaches no more than what was worth a page. */
export function interrupt(runs: SilentRuns, due: number): void {
  if (due > runs.present) runs.present = Math.min(due, Math.max(runs.present, outageEvents(runs)))
}

/** Enough came: the run is over. */
export function endRun(runs: SilentRuns): void {
  if (runs.present > RUN_EVENTS) {
    runs.count += 1
    runs.excess += Math.sqrt(runs.present) - Math.sqrt(RUN_EVENTS)
    runs.longest = Math.max(runs.longest, runs.present)
  }
  runs.present = 0
}
