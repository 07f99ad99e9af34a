/** The object that watches some of the sources. This file has its calls; `shard.ts` does the work. */
import { DurableObject } from 'cloudflare:workers'
import { type Log, consoleLog, faultName } from '../../platform/log.ts'
import type { MinuteSignals } from '../signals/signals.ts'
import { SourceMemory } from '../source-memory.ts'
import { LEARNING_ROWS } from '../unusual/unusual.ts'
import { ROW_MINUTES } from '../unusual/rows.ts'
import type { SignalPoint, SourceChange, SourceWatcherApi, WatchedSource } from './api.ts'
import { type MinuteRow, compact, keyOf } from './minute-row.ts'
import { dayRowOf, hourOf, hourPoints, hourRowOf, minutePoints } from './past.ts'
import { Shard } from './shard.ts'
import { PAST_DAYS, PAST_HOURS, Tables } from './tables.ts'
import { bucketOf } from './watcher-of.ts'

export class SourceWatcher extends DurableObject implements SourceWatcherApi {
  readonly #tables: Tables
  #shard: Shard | undefined

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env as never)
    this.#tables = new Tables(ctx.storage)
  }

  async watch(
    minute: number,
    sources: readonly WatchedSource[],
    signals: Readonly<Record<string, Partial<MinuteSignals>>>,
    isStoreDown = false,
  ): Promise<SourceChange[]> {
    if (!Number.isSafeInteger(minute) || minute < 0) return []
    return this.#changing((shard) => [...shard.watch(minute, sources, signals, isStoreDown)])
  }

  async history(
    source: string,
    sinceMinute: number,
    untilMinute: number,
    by: 'minute' | 'hour',
  ): Promise<SignalPoint[]> {
    const found = this.#loaded().find(source)
    if (found === undefined) return []
    const { key, memory } = found
    const learnedAt = (memory?.beganMinute ?? 0) + LEARNING_ROWS * ROW_MINUTES
    const scoreOf = (minute: number, score: number): number | null => (minute < learnedAt ? null : score)
    const bucket = bucketOf(source)
    const recent = this.#loaded().recent()
    const end = hourOf(recent.at(-1)?.minute ?? 0)
    const hours = [...this.#hours(bucket, key, Math.max(hourOf(sinceMinute), end - PAST_HOURS), recent)]
    const points =
      by === 'minute'
        ? minutePoints(
            key,
            hours.map(([, row]) => row),
            scoreOf,
          )
        : this.#hourPoints(bucket, key, hourOf(sinceMinute), hours, scoreOf)
    return points.filter(({ minute, minutes }) => minute + minutes > sinceMinute && minute < untilMinute)
  }

  async teach(
    source: WatchedSource,
    firstMinute: number,
    minutes: readonly (Partial<MinuteSignals> | null)[],
  ): Promise<void> {
    const bucket = bucketOf(source.name)
    const key = keyOf(source)
    const memory = SourceMemory.begin(firstMinute, bucket)
    const rows = minutes.map((raw, i): MinuteRow => {
      const minute = firstMinute + i
      const signals = compact(raw ?? undefined)
      memory.see(minute, signals)
      const score = memory.score(minute)?.score ?? 0
      return {
        minute,
        signals: signals === undefined ? {} : { [key]: signals },
        scores: score > 0 ? { [key]: score } : {},
        changes: [],
      }
    })
    this.#changing((shard) => {
      shard.teach(source, memory)
      const hours = [...Map.groupBy(rows, ({ minute }) => hourOf(minute))].map(
        ([hour, own]) => [hour, hourRowOf(own, [key])] as const,
      )
      for (const [hour, row] of hours.slice(-PAST_HOURS)) shard.past.addToHour(bucket, hour, row)
      for (const [day, own] of Map.groupBy(hours, ([hour]) => Math.floor(hour / 24)))
        shard.past.addToDay(bucket, day, dayRowOf(own))
    })
  }

  protected log: Log = consoleLog

  #loaded(): Shard {
    return (this.#shard ??= new Shard(this.#tables, (cause) =>
      this.log({ event: 'source_learned_anew', fault: faultName(cause) }),
    ))
  }

  /** If something fails, nothing is stored, and memory is made again from what is stored. */
  #changing<T>(change: (shard: Shard) => T): T {
    try {
      return this.ctx.storage.transactionSync(() => change(this.#loaded()))
    } catch (cause) {
      this.#shard = undefined
      throw cause
    }
  }

  /** Hours of which the minutes are kept, oldest first: those that are over, and the recent ones. */
  *#hours(bucket: number, key: string, sinceHour: number, recent: readonly MinuteRow[]) {
    const end = hourOf(recent.at(-1)?.minute ?? 0)
    // A source that was taught has a past before any minute was recorded.
    yield* this.#loaded().past.hours(bucket, sinceHour, recent.length === 0 ? sinceHour + PAST_HOURS : end)
    if (recent.length > 0)
      yield [
        end,
        hourRowOf(
          recent.filter(({ minute }) => hourOf(minute) === end),
          [key],
        ),
      ] as const
  }

  #hourPoints(
    bucket: number,
    key: string,
    sinceHour: number,
    hours: readonly (readonly [number, ReturnType<typeof hourRowOf>])[],
    scoreOf: (minute: number, score: number) => number | null,
  ): SignalPoint[] {
    const untilDay = Math.floor((hours.at(-1)?.[0] ?? sinceHour + 24 * PAST_DAYS) / 24) + 1
    const days = this.#loaded().past.days(bucket, Math.floor(sinceHour / 24), untilDay)
    const newer = hourPoints(key, [dayRowOf(hours)], scoreOf)
    const firstMinute = newer[0]?.minute ?? Number.POSITIVE_INFINITY
    return [...hourPoints(key, days, scoreOf).filter(({ minute }) => minute < firstMinute), ...newer]
  }
}
