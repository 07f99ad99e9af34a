/**
 * Memory of an object that watches sources. It is lost nearly every minute, since an object that waits is put to sleep. Then it is made
 * again: each bucket from its last checkpoint, and the minutes since from those that were recorded. That gives the same, since a memory
 * follows from the minutes it has seen.
 */
import type { Change } from '../grouping.ts'
import type { MinuteSignals } from '../signals/signals.ts'
import { SourceMemory } from '../source-memory.ts'
import type { SourceChange, WatchedSource } from './api.ts'
import { Bucket, type Unlearned } from './bucket.ts'
import { learnAnew, openAfter } from './learn.ts'
import {
  type MinuteRow,
  SILENT_MINUTES_MAX,
  type SourceKey,
  compact,
  keyOf,
  nameOf,
  silentBetween,
} from './minute-row.ts'
import { Past, hourOf } from './past.ts'
import { RECENT_ROWS, type Tables } from './tables.ts'
import { BUCKETS, bucketOf } from './watcher-of.ts'

/** A minute that is less late is dropped. If it is later, the clock was set back. */
const BACK_MINUTES = 60

/** Sources that are learned anew in a minute. Each takes some tenths of a second. */
const LEARN_A_MINUTE = 8

export class Shard {
  readonly past: Past
  readonly #tables: Tables
  readonly #buckets = new Map<number, Bucket>()
  readonly #onFault: (cause: unknown) => void
  /** Number of the latest minute that was recorded, and the row. */
  #stamp = 0
  #recorded: MinuteRow | undefined
  /** The latest minute that was seen. */
  #minute = -1

  /** @param onFault is told why a source has to be learned anew */
  constructor(tables: Tables, onFault: (cause: unknown) => void) {
    this.#tables = tables
    this.#onFault = onFault
    this.past = new Past(tables)
    for (const row of tables.states.all()) this.#buckets.set(row.id, new Bucket(row.id, tables, row))
    this.#replay()
  }

  /** Sees the minutes that the checkpoints have not. What they bring was said before. */
  #replay(): void {
    const newest = this.#tables.recent.newest()?.stamp ?? 0
    const oldest = Math.min(newest, ...[...this.#buckets.values()].map(({ stamp }) => stamp))
    for (const { stamp, value } of this.#tables.recent.since(oldest)) {
      const row = rowOf(value)
      if (row === undefined) continue
      const silent = this.#recorded === undefined ? [] : [...silentBetween(this.#recorded.minute, row.minute)]
      for (const [key, memory, bucket] of this.#memories())
        if (bucket.stamp < stamp)
          this.#guarded(key, bucket, () => {
            for (const minute of silent) memory.see(minute, undefined)
            return memory.see(row.minute, row.signals[key], row.isStoreDown)
          })
      for (const bucket of this.#buckets.values())
        for (const [key, entry] of bucket.entries)
          if (!(entry instanceof SourceMemory) && bucket.stamp < stamp)
            bucket.entries.set(key, { open: openAfter(entry.open, [row], nameOf(key)) })
      this.#recorded = row
      this.#stamp = stamp
      this.#minute = row.minute
    }
  }

  /** As `SourceWatcherApi.watch`. */
  watch(
    minute: number,
    sources: readonly WatchedSource[],
    signals: Readonly<Record<string, Partial<MinuteSignals>>>,
    isStoreDown = false,
  ): readonly SourceChange[] {
    if (this.#recorded?.minute === minute) return this.#recorded.changes
    if (minute <= this.#minute && minute > this.#minute - BACK_MINUTES) return []
    const changes = this.#keepOnly(sources, minute)
    const silent = this.#minute < 0 ? [] : [...silentBetween(this.#minute, minute)]
    const ofMinute: Record<SourceKey, Partial<MinuteSignals>> = {}
    for (const source of sources) {
      const own = Object.hasOwn(signals, source.name) ? compact(signals[source.name]) : undefined
      if (own !== undefined) ofMinute[keyOf(source)] = own
    }
    const scores: Record<SourceKey, number> = {}
    for (const [key, memory, bucket] of this.#memories()) {
      const own = this.#guarded(key, bucket, () => {
        const seen = silent.flatMap((at) => [
          ...memory.see(at, undefined),
          ...(memory.score(at)?.changes ?? []),
        ])
        seen.push(...memory.see(minute, ofMinute[key], isStoreDown))
        const scored = memory.score(minute)
        if (scored !== undefined && scored.score > 0) scores[key] = scored.score
        return [...seen, ...(scored?.changes ?? [])]
      })
      for (const change of own) changes.push({ source: nameOf(key), change })
    }
    this.#minute = minute
    const row: MinuteRow & { readonly changes: SourceChange[] } = {
      minute,
      signals: ofMinute,
      scores,
      changes,
      ...(isStoreDown ? { isStoreDown } : {}),
    }
    changes.push(...this.#learnSome(row))
    this.#record(row)
    return changes
  }

  /** Teaches a source, which then continues from there. */
  teach(source: WatchedSource, memory: SourceMemory): void {
    const bucket = this.#bucket(bucketOf(source.name))
    memory.endTeaching()
    for (const key of bucket.entries.keys()) if (nameOf(key) === source.name) bucket.entries.delete(key)
    bucket.entries.set(keyOf(source), memory)
    bucket.store(this.#stamp)
  }

  /** The source of this name as it is now. */
  find(name: string): { readonly key: SourceKey; readonly memory: SourceMemory | undefined } | undefined {
    for (const [key, entry] of this.#buckets.get(bucketOf(name))?.entries ?? [])
      if (nameOf(key) === name) return { key, memory: entry instanceof SourceMemory ? entry : undefined }
    return undefined
  }

  /** Recorded minutes, oldest first. */
  recent(): MinuteRow[] {
    const from = Math.max(0, this.#stamp - RECENT_ROWS + 1)
    return [...this.#tables.recent.since(from)].flatMap(({ value }) => rowOf(value) ?? [])
  }

  *#memories(): Generator<readonly [SourceKey, SourceMemory, Bucket]> {
    for (const bucket of this.#buckets.values())
      for (const [key, entry] of bucket.entries) if (entry instanceof SourceMemory) yield [key, entry, bucket]
  }

  #bucket(number: number): Bucket {
    const bucket = this.#buckets.get(number) ?? new Bucket(number, this.#tables)
    this.#buckets.set(number, bucket)
    return bucket
  }

  /** A memory that cannot go on is damaged: the source is learned anew. */
  #guarded(key: SourceKey, bucket: Bucket, step: () => Change[]): Change[] {
    try {
      return step()
    } catch (cause) {
      this.#onFault(cause)
      const entry = bucket.entries.get(key)
      const open = entry instanceof SourceMemory ? entry.openIncidents : []
      bucket.entries.set(key, { open })
      return []
    }
  }

  /** Drops sources that are gone, and ends what is open there; begins with those that are new. */
  #keepOnly(sources: readonly WatchedSource[], minute: number): SourceChange[] {
    const keys = new Map(sources.map((source) => [keyOf(source), source]))
    const changes: SourceChange[] = []
    for (const bucket of this.#buckets.values())
      for (const [key, entry] of bucket.entries) {
        if (keys.has(key)) continue
        bucket.entries.delete(key)
        bucket.isChanged = true
        for (const incident of openOf(entry))
          changes.push({ source: nameOf(key), change: { change: 'ended', incident, untilMinute: minute } })
      }
    for (const [key, { name }] of keys) {
      const bucket = this.#bucket(bucketOf(name))
      if (bucket.entries.has(key)) continue
      bucket.entries.set(
        key,
        bucket.isDamaged
          ? { open: openAfter([], this.recent(), name) }
          : SourceMemory.begin(minute, bucket.number),
      )
      bucket.isChanged = true
    }
    return changes
  }

  #learnSome(row: MinuteRow): SourceChange[] {
    const unlearned = [...this.#buckets.values()].flatMap((bucket) =>
      [...bucket.entries].flatMap(([key, entry]) =>
        entry instanceof SourceMemory ? [] : [{ bucket, key, open: entry.open }],
      ),
    )
    if (unlearned.length === 0) return []
    const recent = [...this.recent(), row]
    return unlearned.slice(0, LEARN_A_MINUTE).flatMap(({ bucket, key, open }) => {
      const { memory, changes } = this.#learned(bucket, key, recent, row.minute, open)
      bucket.entries.set(key, memory)
      bucket.isChanged = true
      return changes.map((change) => ({ source: nameOf(key), change }))
    })
  }

  #learned(
    bucket: Bucket,
    key: SourceKey,
    recent: readonly MinuteRow[],
    minute: number,
    open: Unlearned['open'],
  ): ReturnType<typeof learnAnew> {
    try {
      return learnAnew(this.past, bucket.number, key, recent, minute, open)
    } catch (cause) {
      this.#onFault(cause)
      const changes = open.map((incident) => ({ change: 'ended' as const, incident, untilMinute: minute }))
      return { memory: SourceMemory.begin(minute, bucket.number), changes }
    }
  }

  /** Writes what is needed to be here again: one row if something happened, and a checkpoint of the bucket whose turn it is. */
  #record(row: MinuteRow): void {
    const last = this.#recorded
    const endsHour = last !== undefined && hourOf(last.minute) !== hourOf(row.minute)
    const isSilent =
      last !== undefined &&
      !endsHour &&
      !row.isStoreDown &&
      row.minute > last.minute &&
      row.minute - last.minute < SILENT_MINUTES_MAX &&
      row.changes.length === 0 &&
      Object.keys(row.signals).length === 0 &&
      Object.keys(row.scores).length === 0
    if (!isSilent) {
      if (endsHour) this.past.endHour(hourOf(last.minute), this.recent(), this.#keysByBucket())
      this.#stamp += 1
      this.#tables.recent.put(this.#stamp % RECENT_ROWS, this.#stamp, JSON.stringify(row))
      this.#recorded = row
    }
    const turn = isSilent ? undefined : this.#buckets.get(this.#stamp % BUCKETS)
    for (const bucket of this.#buckets.values())
      if (bucket.isChanged || (bucket === turn && bucket.entries.size > 0)) bucket.store(this.#stamp)
  }

  #keysByBucket(): Map<number, SourceKey[]> {
    const filled = [...this.#buckets.values()].filter(({ entries }) => entries.size > 0)
    return new Map(filled.map(({ number, entries }) => [number, [...entries.keys()]]))
  }
}

const openOf = (entry: SourceMemory | Unlearned): Unlearned['open'] =>
  entry instanceof SourceMemory ? entry.openIncidents : entry.open

function rowOf(text: string): MinuteRow | undefined {
  try {
    return JSON.parse(text) as MinuteRow
  } catch {
    return undefined
  }
}
