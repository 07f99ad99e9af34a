/** Usual volume of a source, its usual silences, and whether it is silent now. */
import { type Ring, add, advance, newRing, sumOf } from '../statistics/ring.ts'
import { type Rhythm, dueInHour, learnHour, newRhythm } from '../statistics/rhythm.ts'
import { type SilentRuns, endRun, interrupt, newSilentRuns, outageEvents, passMinute } from './silent-runs.ts'

export interface Volume {
  readonly rhythm: Rhythm
  /** Events that came, and events that were due, in bins of 5 minutes for a day. */
  readonly came: Ring
  readonly due: Ring
  /** The hour that is being counted. */
  hour: number
  hourCame: number
  /** Minutes of that hour that were seen. */
  hourMinutes: number
  /**
   * The present run of next to nothing: events that are missing in it, since when, and the level at which they were due. Events that
   * still came count several times against it; those that came and all that were due are told to people.
   */
  runDue: number
  runCame: number
  runExpected: number
  runSince: number
  runLevel: number
  readonly runs: SilentRuns
  readonly level: Level
  /** After an outage its backlog comes late, all at once and with copies: until when, and how many events more than are due. */
  recoveringUntil: number
  backlog: number
}

/** The level at which the source is most of the time. Campaigns lift the mean above it. */
export interface Level {
  /** Its logarithm. */
  usual: number
  /** The present block. */
  came: number
  due: number
  minutes: number
  /** Blocks of the present run of silence. They count once it has turned out not to be an outage. */
  readonly pending: number[]
}

const BIN_MINUTES = 5
const DAY_BINS = 288

/** An outage is likely from this part of it on. */
const LIKELY_OUTAGE = 0.6

/** How long a backlog may take, and how large it is at most, as a multiple of what was due. What is more is a surge. */
const RECOVERY_MINUTES = 120
const BACKLOG_MAX = 5

/** Each event that still comes takes so many events that were due from the run. */
const EVENT_ENDS = 8

/** Blocks of the level: long enough for this many events and minutes. */
const BLOCK_EVENTS = 12
const BLOCK_MINUTES = 60
const LEVEL_STEP = 0.03
/** The level of a run is at most this far above the usual one, as a logarithm. */
const LEVEL_MARGIN = 0.25
const PENDING_MAX = 48
/** A level says this much of the time after it. Later in a run the level is the usual one again. */
const LEVEL_MINUTES = 180
const LEVEL_RETURNS = 1 / 360

export const newVolume = (minute: number): Volume => ({
  rhythm: newRhythm(),
  came: newRing(BIN_MINUTES, DAY_BINS),
  due: newRing(BIN_MINUTES, DAY_BINS),
  hour: Math.floor(minute / 60),
  hourCame: 0,
  hourMinutes: 0,
  runDue: 0,
  runCame: 0,
  runExpected: 0,
  runSince: minute,
  runLevel: 1,
  runs: newSilentRuns(),
  level: { usual: 0, came: 0, due: 0, minutes: 0, pending: [] },
  recoveringUntil: 0,
  backlog: 0,
})

const isLikelyOutage = ({ runDue, runs }: Volume): boolean => runDue >= LIKELY_OUTAGE * outageEvents(runs)

/** The level of the last hours against what is usual for them, 1 if they say little. */
export function levelBefore(volume: Volume, minutes: number, skipMinutes: number): number {
  const prior = 3
  return (
    (sumOf(volume.came, minutes, skipMinutes) + prior) / (sumOf(volume.due, minutes, skipMinutes) + prior)
  )
}

/** Continues after minutes that were not seen: they are no silence, and a backlog may follow. */
export function resumeVolume(volume: Volume, minute: number): void {
  volume.runDue = 0
  volume.runCame = 0
  volume.runExpected = 0
  volume.runs.present = 0
  volume.runSince = minute
  volume.recoveringUntil = minute + RECOVERY_MINUTES
  volume.backlog = Number.MAX_SAFE_INTEGER
}

/** Learns one minute. */
export function stepVolume(volume: Volume, minute: number, events: number): void {
  const hour = Math.floor(minute / 60)
  if (hour !== volume.hour) endHour(volume, hour)
  const due = dueInHour(volume.rhythm, hour) / 60
  advance(volume.came, minute)
  advance(volume.due, minute)
  stepRun(volume, minute, events, due)
  stepBacklog(volume, minute, events - due)
  add(volume.came, events)
  add(volume.due, due)
  volume.hourCame += events
  volume.hourMinutes += 1
  stepLevel(volume, events, due)
}

function endHour(volume: Volume, hour: number): void {
  // A silent hour would teach the outage, and an hour that was seen in part would teach too little.
  if (volume.hourMinutes === 60 && !isLikelyOutage(volume))
    learnHour(volume.rhythm, volume.hour, volume.hourCame)
  volume.hour = hour
  volume.hourCame = 0
  volume.hourMinutes = 0
}

function stepRun(volume: Volume, minute: number, events: number, due: number): void {
  passMinute(volume.runs)
  if (events > 0) shortenRun(volume, minute, events)
  else {
    volume.runDue += due * volume.runLevel
    volume.runLevel += LEVEL_RETURNS * (levelMost(volume) - volume.runLevel)
  }
  volume.runCame += events
  volume.runExpected += due * volume.runLevel
  if (volume.runDue > 0) return
  volume.runCame = 0
  volume.runExpected = 0
  volume.runSince = minute + 1
  volume.runLevel = Math.min(levelMost(volume), levelBefore(volume, LEVEL_MINUTES, 0))
}

function stepBacklog(volume: Volume, minute: number, excess: number): void {
  if (minute >= volume.recoveringUntil || excess <= 0) return
  volume.backlog -= excess
  if (volume.backlog < 0) volume.recoveringUntil = minute
}

/** Campaigns are over by themselves: a run has no higher level than this. */
const levelMost = ({ level }: Volume): number => Math.min(1, Math.exp(level.usual + LEVEL_MARGIN))

function shortenRun(volume: Volume, minute: number, events: number): void {
  const { level, runs } = volume
  if (isLikelyOutage(volume)) {
    volume.recoveringUntil = minute + RECOVERY_MINUTES
    volume.backlog = BACKLOG_MAX * volume.runDue
  } else for (const one of level.pending) learnLevel(level, one)
  level.pending.length = 0
  interrupt(runs, volume.runDue)
  volume.runDue = Math.max(0, volume.runDue - EVENT_ENDS * events)
  if (volume.runDue === 0) endRun(runs)
}

/** Counts blocks of the level. One that is empty waits until events come again. */
function stepLevel({ level }: Volume, events: number, due: number): void {
  level.came += events
  level.due += due
  level.minutes += 1
  if (level.due < BLOCK_EVENTS || level.minutes < BLOCK_MINUTES) return
  const size = Math.log((level.came + 1) / (level.due + 1))
  if (level.came > 0) learnLevel(level, size)
  else if (level.pending.length < PENDING_MAX) level.pending.push(size)
  level.came = 0
  level.due = 0
  level.minutes = 0
}

function learnLevel(level: Level, size: number): void {
  level.usual += LEVEL_STEP * Math.max(-1, Math.min(1, size - level.usual))
}
