/** The minutes of the last days by hour, and the hours before them by day: for charts, and to learn from after an upgrade. */
import { type MinuteSignals, NOTHING } from '../signals/signals.ts'
import type { SignalPoint } from './api.ts'
import { type MinuteRow, type SourceKey, compact } from './minute-row.ts'
import { sumOfSignals } from './sums.ts'
import { PAST_DAYS, PAST_HOURS, type Tables, dayPlace, hourPlace } from './tables.ts'

/** A minute in which something happened, or scored above 0. */
type StoredMinute = readonly [minute: number, signals: Partial<MinuteSignals> | null, score: number]

/** Minutes of a bucket in an hour. */
export interface HourRow {
  /** Recorded minutes. Up to nine between two of them were silent. */
  readonly recorded: readonly number[]
  readonly sources: Readonly<Record<SourceKey, readonly StoredMinute[]>>
}

/** Hours of a bucket in a day. */
export interface DayRow {
  /** Hours from the Unix epoch that were seen. */
  readonly hours: readonly number[]
  readonly sources: Readonly<
    Record<SourceKey, readonly [hour: number, signals: Partial<MinuteSignals>, score: number][]>
  >
}

const HOUR_MINUTES = 60
const DAY_HOURS = 24

export const hourOf = (minute: number): number => Math.floor(minute / HOUR_MINUTES)

export class Past {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  /** Stores the minutes of an hour that is over, and once a day the hours of the day before. */
  endHour(
    hour: number,
    rows: readonly MinuteRow[],
    keysByBucket: ReadonlyMap<number, Iterable<SourceKey>>,
  ): void {
    const ofHour = rows.filter(({ minute }) => hourOf(minute) === hour)
    for (const [bucket, keys] of keysByBucket) {
      this.#putHour(bucket, hour, hourRowOf(ofHour, keys))
      // Buckets take turns.
      if (hour % DAY_HOURS >= bucket % DAY_HOURS) this.#endDay(bucket, Math.floor(hour / DAY_HOURS) - 1)
    }
  }

  #putHour(bucket: number, hour: number, row: HourRow): void {
    this.#tables.past.put(hourPlace(bucket, hour), hour, JSON.stringify(row))
  }

  /** Adds a source to an hour that may be stored already. */
  addToHour(bucket: number, hour: number, row: HourRow): void {
    const stored = [...this.hours(bucket, hour, hour + 1)][0]?.[1]
    const recorded = new Set([...(stored?.recorded ?? []), ...row.recorded])
    this.#putHour(bucket, hour, {
      recorded: [...recorded].toSorted((a, b) => a - b),
      sources: { ...stored?.sources, ...row.sources },
    })
  }

  addToDay(bucket: number, day: number, row: DayRow): void {
    const stored = [...this.days(bucket, day, day + 1)][0]
    const hours = new Set([...(stored?.hours ?? []), ...row.hours])
    this.#putDay(bucket, day, {
      hours: [...hours].toSorted((a, b) => a - b),
      sources: { ...stored?.sources, ...row.sources },
    })
  }

  /** Oldest first. */
  *hours(bucket: number, sinceHour: number, untilHour: number): Generator<readonly [number, HourRow]> {
    for (let hour = Math.max(sinceHour, untilHour - PAST_HOURS); hour < untilHour; hour += 1) {
      const found = this.#tables.past.find(hourPlace(bucket, hour), hour)
      const row = found && (parsed(found.value) as HourRow | undefined)
      if (row !== undefined) yield [hour, row]
    }
  }

  /** Oldest first. */
  *days(bucket: number, sinceDay: number, untilDay: number): Generator<DayRow> {
    for (let day = Math.max(sinceDay, untilDay - PAST_DAYS); day < untilDay; day += 1) {
      const found = this.#tables.hours.find(dayPlace(bucket, day), day)
      const row = found && (parsed(found.value) as DayRow | undefined)
      if (row !== undefined) yield row
    }
  }

  #endDay(bucket: number, day: number): void {
    if (this.#tables.hours.has(dayPlace(bucket, day), day)) return
    const row = dayRowOf([...this.hours(bucket, day * DAY_HOURS, (day + 1) * DAY_HOURS)])
    if (row.hours.length > 0) this.#putDay(bucket, day, row)
  }

  #putDay(bucket: number, day: number, row: DayRow): void {
    this.#tables.hours.put(dayPlace(bucket, day), day, JSON.stringify(row))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function hourRowOf(rows: readonly MinuteRow[], keys: Iterable<SourceKey>): HourRow {
  const sources: Record<SourceKey, readonly StoredMinute[]> = {}
  for (const key of keys) {
    const minutes = rows.flatMap(({ minute, signals, scores }): StoredMinute[] => {
      const [own, score] = [signals[key], scores[key] ?? 0]
      return own === undefined && score === 0 ? [] : [[minute, own ?? null, score]]
    })
    if (minutes.length > 0) sources[key] = minutes
  }
  return { recorded: rows.map(({ minute }) => minute), sources }
}

export function dayRowOf(rows: readonly (readonly [number, HourRow])[]): DayRow {
  const sources: Record<SourceKey, [number, Partial<MinuteSignals>, number][]> = {}
  for (const [hour, row] of rows)
    for (const [key, minutes] of Object.entries(row.sources)) {
      const signals = compact(sumOfSignals(minutes.map(([, own]) => own ?? {}))) ?? {}
      const own = (sources[key] ??= [])
      own.push([hour, signals, Math.max(...minutes.map(([, , score]) => score))])
    }
  return { hours: rows.map(([hour]) => hour), sources }
}

/** Points of one source, oldest first. Minutes and hours in which nothing happened are absent. */
export function minutePoints(
  key: SourceKey,
  hours: Iterable<HourRow>,
  scoreOf: (minute: number, score: number) => number | null,
): SignalPoint[] {
  return [...hours].flatMap(({ sources }) =>
    (sources[key] ?? []).map(([minute, signals, score]) => ({
      minute,
      minutes: 1,
      signals: { ...NOTHING, ...signals },
      score: scoreOf(minute, score),
    })),
  )
}

export function hourPoints(
  key: SourceKey,
  days: Iterable<DayRow>,
  scoreOf: (minute: number, score: number) => number | null,
): SignalPoint[] {
  return [...days].flatMap(({ sources }) =>
    (sources[key] ?? []).map(([hour, signals, score]) => ({
      minute: hour * HOUR_MINUTES,
      minutes: HOUR_MINUTES,
      signals: { ...NOTHING, ...signals },
      score: scoreOf(hour * HOUR_MINUTES + HOUR_MINUTES - 1, score),
    })),
  )
}
