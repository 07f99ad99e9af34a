/** The past of each source for charts: the minutes of the last days, a row an hour, and the hours of the last months, a row a day. */
import { parseStored } from '../../platform/json.ts'
import type { Forgotten } from '../../platform/forgotten.ts'
import { MINUTE_MS } from '../../platform/time.ts'
import { type ShownSignals, shownOf, sumOfShown } from '../signals/signals.ts'
import type { SignalPoint } from './api.ts'
import { type MinuteRow, type SourceKey, withoutNone } from './minute-row.ts'

/** The minutes of a row, of each of its points, and how many rows are kept. A row has a place in a ring, which is written again. */
interface Span {
  readonly minutes: number
  readonly pointMinutes: number
  readonly kept: number
}

const HOUR: Span = { minutes: 60, pointMinutes: 1, kept: 96 }
const DAY: Span = { minutes: 1440, pointMinutes: 60, kept: 100 }

const NOTHING_SHOWN = shownOf({})

/** A minute or an hour in which something happened, or scored above 0. */
type Point = readonly [minute: number, signals: Partial<ShownSignals>, score: number]

export const hourOf = (minute: number): number => Math.floor(minute / HOUR.minutes)

export class Past {
  readonly #sql: SqlStorage
  readonly #onDamaged: () => void

  /**
   * @param sql of an object that has made the table
   * @param onDamaged is told of a row that cannot be read, which is skipped
   */
  constructor(sql: SqlStorage, onDamaged: () => void) {
    this.#sql = sql
    this.#onDamaged = onDamaged
  }

  /**
   * Stores the minutes of an hour that is over, after earlier ones that it already has, and once a day the hours of the day before.
   *
   * @param turn spreads the days over hours
   */
  endHour(source: SourceKey, hour: number, rows: Iterable<MinuteRow>, turn: number): void {
    const points = pointsOf(source, hour, rows)
    const first = hour * HOUR.minutes
    if (points.length > 0)
      this.#put(source, HOUR, first, joined(this.#points(source, HOUR, first, first + HOUR.minutes), points))
    if (hour % 24 < turn) return
    const today = Math.floor(hour / 24) * DAY.minutes
    const [yesterday, minutes] = [today - DAY.minutes, this.#points(source, HOUR, today - DAY.minutes, today)]
    if (minutes.length > 0 && this.#points(source, DAY, yesterday, today).length === 0)
      this.#put(source, DAY, yesterday, hourly(minutes))
  }

  /**
   * Points of a source, oldest first. Minutes and hours in which nothing happened are absent.
   *
   * @param recent the latest minutes, of which the hour is not over
   * @param learnedMinute until when a detector learned, and its scores say nothing
   */
  history(
    source: SourceKey,
    sinceMinute: number,
    untilMinute: number,
    by: 'minute' | 'hour',
    recent: readonly MinuteRow[],
    learnedMinute: number,
  ): SignalPoint[] {
    const last = recent.at(-1)?.minute ?? untilMinute
    const present = pointsOf(source, hourOf(last), recent)
    const minutes = joined(this.#points(source, HOUR, sinceMinute, last), present)
    const { pointMinutes } = by === 'minute' ? HOUR : DAY
    const points =
      by === 'minute' ? minutes : joined(this.#points(source, DAY, sinceMinute, last), hourly(minutes))
    return points
      .filter(([minute]) => minute + pointMinutes > sinceMinute && minute < untilMinute)
      .map(([minute, signals, score]) => ({
        minute,
        minutes: pointMinutes,
        signals: { ...NOTHING_SHOWN, ...signals },
        score: minute + pointMinutes <= learnedMinute ? null : score,
      }))
  }

  /** Removes rows that ended before a minute. @param plan only counts them */
  forget(beforeMinute: number, plan: boolean): Forgotten {
    const { count } = this.#sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM past WHERE minute + span <= ?', beforeMinute)
      .one()
    if (!plan && count > 0) this.#sql.exec('DELETE FROM past WHERE minute + span <= ?', beforeMinute)
    const { first } = this.#sql.exec<{ first: number | null }>('SELECT min(minute) AS first FROM past').one()
    return { count, isMore: false, oldestMs: first === null ? null : first * MINUTE_MS }
  }

  #put(source: SourceKey, { minutes, kept }: Span, minute: number, points: readonly Point[]): void {
    const query = 'INSERT OR REPLACE INTO past (source, span, place, minute, points) VALUES (?, ?, ?, ?, ?)'
    this.#sql.exec(
      query,
      source,
      minutes,
      Math.floor(minute / minutes) % kept,
      minute,
      JSON.stringify(points),
    )
  }

  /** Of all rows that have a part of the time. */
  #points(source: SourceKey, { minutes, kept }: Span, sinceMinute: number, untilMinute: number): Point[] {
    const since = Math.max(sinceMinute - minutes + 1, untilMinute - kept * minutes)
    const query =
      'SELECT points FROM past WHERE source = ? AND span = ? AND minute >= ? AND minute < ? ORDER BY minute'
    return this.#sql
      .exec<{ points: string }>(query, source, minutes, since, untilMinute)
      .toArray()
      .flatMap(({ points: text }) => {
        const points = parseStored(text)
        if (Array.isArray(points)) return points as Point[]
        this.#onDamaged()
        return []
      })
  }
}

function pointsOf(source: SourceKey, hour: number, rows: Iterable<MinuteRow>): Point[] {
  const points: Point[] = []
  for (const { minute, sources } of rows) {
    const { signals, score = 0 } = sources[source] ?? {}
    if (hourOf(minute) === hour && (signals !== undefined || score > 0))
      points.push([minute, withoutNone(shownOf(signals ?? {})), score])
  }
  return points
}

/** The newer ones know better what is in both. */
const joined = (older: readonly Point[], newer: readonly Point[]): Point[] => {
  const [first = Number.POSITIVE_INFINITY] = newer[0] ?? []
  return [...older.filter(([minute]) => minute < first), ...newer]
}

const hourly = (minutes: readonly Point[]): Point[] =>
  [...Map.groupBy(minutes, ([minute]) => hourOf(minute))].map(([hour, own]) => [
    hour * 60,
    withoutNone(sumOfShown(own.map(([, signals]) => signals))),
    Math.max(...own.map(([, , score]) => score)),
  ])
