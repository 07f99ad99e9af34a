/** What a source usually sends, how long it is silent by itself, and whether it is silent now. */
import { type Ring, add, advance, newRing, sumOf } from '../statistics/ring.ts'
import { type Rhythm, dueInHour, learnHour, newRhythm } from '../statistics/rhythm.ts'

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
  /** The present run of next to nothing: events that were due in it, since when, and the level before it. */
  runDue: number
  runSince: number
  runLevel: number
  /** The longest run of the last weeks that ended by itself, in events that were due; it fades. */
  longestRun: number
  readonly level: Level
  /** After an outage its backlog comes late, all at once and with copies. */
  recoveringUntil: number
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

const OUTAGE_EVENTS = 13

/** An outage is likely from this part of it on. */
const LIKELY_OUTAGE = 0.6

/** What a new source starts with, and what is left of the longest run a minute later: half in two weeks. */
const NEW_RUN_EVENTS = 22
const LONGEST_RUN_KEPT = 0.5 ** (1 / (14 * 1440))

/** How long a backlog may take. */
const RECOVERY_MINUTES = 120

/** Each event that still comes takes so many events that were due from the run. */
const EVENT_ENDS = 8

/** Blocks of the level: long enough for this many events and minutes. */
const BLOCK_EVENTS = 12
const BLOCK_MINUTES = 60
const LEVEL_STEP = 0.03
/** The level of a run is at most this far above the usual one, as a logarithm. */
const LEVEL_MARGIN = 0.25
const PENDING_MAX = 48

export const newVolume = (minute: number): Volume => ({
  rhythm: newRhythm(),
  came: newRing(BIN_MINUTES, DAY_BINS),
  due: newRing(BIN_MINUTES, DAY_BINS),
  hour: Math.floor(minute / 60),
  hourCame: 0,
  hourMinutes: 0,
  runDue: 0,
  runSince: minute,
  runLevel: 1,
  longestRun: NEW_RUN_EVENTS,
  level: { usual: 0, came: 0, due: 0, minutes: 0, pending: [] },
  recoveringUntil: 0,
})

/**
 * The silence that is worth a page, in events that were due. A Poisson source has runs of ten; one whose volume sinks by itself
 * has longer ones, and shows them within weeks.
 */
export const outageEvents = ({ longestRun }: Volume): number => Math.max(OUTAGE_EVENTS, 1.3 * longestRun)

const isLikelyOutage = (volume: Volume): boolean => volume.runDue >= LIKELY_OUTAGE * outageEvents(volume)

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
  volume.runSince = minute
  volume.recoveringUntil = minute + RECOVERY_MINUTES
}

/** Learns one minute. */
export function stepVolume(volume: Volume, minute: number, events: number): void {
  const hour = Math.floor(minute / 60)
  if (hour !== volume.hour) endHour(volume, hour)
  const due = dueInHour(volume.rhythm, hour) / 60
  advance(volume.came, minute)
  advance(volume.due, minute)
  stepRun(volume, minute, events, due)
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
  volume.longestRun *= LONGEST_RUN_KEPT
  if (events > 0) endRun(volume, minute, events)
  else volume.runDue += due * volume.runLevel
  if (volume.runDue > 0) return
  volume.runSince = minute + 1
  volume.runLevel = Math.min(1, levelBefore(volume, 360, 0), Math.exp(volume.level.usual + LEVEL_MARGIN))
}

function endRun(volume: Volume, minute: number, events: number): void {
  const { level } = volume
  if (isLikelyOutage(volume)) volume.recoveringUntil = minute + RECOVERY_MINUTES
  else for (const one of level.pending) learnLevel(level, one)
  level.pending.length = 0
  // An outage teaches no more than what was worth a page.
  volume.longestRun = Math.max(volume.longestRun, Math.min(volume.runDue, outageEvents(volume)))
  volume.runDue = Math.max(0, volume.runDue - EVENT_ENDS * events)
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
