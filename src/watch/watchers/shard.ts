/**
 * Memory of an object that watches sources. It is lost nearly every minute, since an object that waits is put to sleep, and nothing is
 * called before. Then it is made again: each source from its stored state, and the minutes since from those that were recorded. That
 * gives the same, since a memory follows from the minutes it has seen. Silent minutes are not recorded: if the clock jumps
 * while the object sleeps, the silent minutes before the jump, nine at most, are lost.
 */
import { type Change, type OpenIncident, idOf } from '../grouping.ts'
import type { MinuteSignals } from '../signals/signals.ts'
import { SourceMemory, memoryOf } from '../source-memory.ts'
import type { SourceChange, WatchedSource } from './api.ts'
import {
  type MinuteRow,
  SILENT_MINUTES_MAX,
  type SeenSource,
  type SourceKey,
  changesIn,
  compact,
  keyOf,
  nameOf,
  silentBetween,
} from './minute-row.ts'
import { hourOf } from './past.ts'
import type { Store } from './store.ts'
import { TURNS, turnOf } from './watcher-of.ts'

const HOUR_MINUTES = 60

/** A minute that is less late is dropped. If it is later, the clock was set back. */
const BACK_MINUTES = 60

interface Remembered {
  readonly memory: SourceMemory
  /** Number of the recorded minute after which it was stored; all of them, if it begins now. */
  readonly number: number
  /** The latest minute that was seen when it was stored. Undefined if it is to be stored at once. */
  storedMinute: number | undefined
}

export class Shard {
  readonly #store: Store
  readonly #onFault: (cause: unknown) => void
  readonly #sources = new Map<SourceKey, Remembered>()
  /** The latest minute that was recorded, and its number. */
  #last: MinuteRow | undefined
  #number = 0
  /** The latest minute that was seen. */
  #minute = -1

  /** @param onFault is told why a source begins to be learned anew */
  constructor(store: Store, onFault: (cause: unknown) => void) {
    this.#store = store
    this.#onFault = onFault
    const unreadable = new Map<SourceKey, readonly OpenIncident[]>()
    this.#number = store.newest
    let oldest = this.#number
    for (const { source, number, state } of store.states()) {
      const memory = memoryOf(state, () => store.detectors(source))
      if (memory instanceof SourceMemory) {
        this.#sources.set(source, { memory, number, storedMinute: memory.minute })
        oldest = Math.min(oldest, number)
      } else unreadable.set(source, memory)
    }
    for (const { number, row } of store.minutesFrom(oldest)) this.#replay(number, row)
    for (const [source, open] of unreadable) this.#beginAnew(source, this.#minute + 1, open)
  }

  /** Lets sources see a minute that they have not seen when they were stored. What it brings was said before. */
  #replay(number: number, row: MinuteRow): void {
    const silent = this.#last === undefined ? [] : [...silentBetween(this.#last.minute, row.minute)]
    for (const [key, { memory, number: seen }] of this.#sources)
      if (seen < number)
        this.#guarded(key, row.minute, () => {
          for (const minute of silent) memory.see(minute, undefined)
          return memory.see(row.minute, row.sources[key]?.signals, row.isStoreDown)
        })
    this.#last = row
    this.#minute = row.minute
  }

  /** As `SourceWatcherApi.watch`. */
  watch(
    minute: number,
    sources: readonly WatchedSource[],
    signals: Readonly<Record<string, Partial<MinuteSignals>>>,
    isStoreDown = false,
  ): SourceChange[] {
    if (this.#last?.minute === minute) return changesIn(this.#last)
    if (minute <= this.#minute && minute > this.#minute - BACK_MINUTES) return []
    const silent = this.#minute < 0 ? [] : [...silentBetween(this.#minute, minute)]
    const seen = this.#dropOthers(new Set(sources.map(keyOf)), minute)
    for (const source of sources) {
      const own = Object.hasOwn(signals, source.name) ? compact(signals[source.name]) : undefined
      const one = this.#see(keyOf(source), minute, silent, own, isStoreDown)
      if (one !== undefined) seen[keyOf(source)] = one
    }
    this.#minute = minute
    const row: MinuteRow = { minute, isStoreDown, sources: seen }
    this.#record(row)
    return changesIn(row)
  }

  /** The source of this name as it is now. */
  find(name: string): { readonly key: SourceKey; readonly memory: SourceMemory } | undefined {
    for (const [key, { memory }] of this.#sources) if (nameOf(key) === name) return { key, memory }
    return undefined
  }

  #begin(key: SourceKey, minute: number, open: readonly OpenIncident[] = []): SourceMemory {
    const memory = SourceMemory.begin(minute, turnOf(nameOf(key)), open)
    this.#sources.set(key, { memory, number: Number.POSITIVE_INFINITY, storedMinute: undefined })
    return memory
  }

  /** @param open incidents as far as they are known: the recorded minutes may know of more */
  #beginAnew(key: SourceKey, minute: number, open: readonly OpenIncident[] = []): void {
    this.#begin(key, minute, openAfter(open, key, this.recent()))
  }

  /** @returns undefined if nothing happened */
  #see(
    key: SourceKey,
    minute: number,
    silent: readonly number[],
    signals: Partial<MinuteSignals> | undefined,
    isStoreDown: boolean,
  ): SeenSource | undefined {
    const memory = this.#sources.get(key)?.memory ?? this.#begin(key, minute)
    let score = 0
    const changes = this.#guarded(key, minute, () => {
      const before = silent.flatMap((at) => [
        ...memory.see(at, undefined),
        ...(memory.score(at)?.changes ?? []),
      ])
      const now = memory.see(minute, signals, isStoreDown)
      const scored = memory.score(minute)
      score = scored?.score ?? 0
      return [...before, ...now, ...(scored?.changes ?? [])]
    })
    if (signals === undefined && score === 0 && changes.length === 0) return undefined
    return {
      ...(signals === undefined ? {} : { signals }),
      ...(score === 0 ? {} : { score }),
      ...(changes.length === 0 ? {} : { changes }),
    }
  }

  /** A memory that cannot go on is damaged: the source is learned anew. */
  #guarded(key: SourceKey, minute: number, step: () => Change[]): Change[] {
    try {
      return step()
    } catch (cause) {
      this.#onFault(cause)
      this.#beginAnew(key, minute + 1, this.#sources.get(key)?.memory.openIncidents)
      return []
    }
  }

  /** Drops sources that are gone, and ends what is open there. */
  #dropOthers(keys: ReadonlySet<SourceKey>, minute: number): Record<SourceKey, SeenSource> {
    const seen: Record<SourceKey, SeenSource> = {}
    for (const [key, { memory }] of this.#sources) {
      if (keys.has(key)) continue
      this.#sources.delete(key)
      this.#store.forget(key)
      const changes = memory.openIncidents.map((incident): Change => {
        return { change: 'ended', incident, untilMinute: minute }
      })
      if (changes.length > 0) seen[key] = { changes }
    }
    return seen
  }

  /** Writes what is needed to be here again: a row if something happened, and the states whose turn it is. */
  #record(row: MinuteRow): void {
    const { minute } = row
    const last = this.#last
    const endsHour = last !== undefined && hourOf(last.minute) !== hourOf(minute)
    const isSilent =
      last !== undefined &&
      !endsHour &&
      !row.isStoreDown &&
      minute > last.minute &&
      minute - last.minute < SILENT_MINUTES_MAX &&
      Object.keys(row.sources).length === 0
    if (!isSilent) {
      if (endsHour) this.#endHour(hourOf(last.minute))
      this.#number += 1
      this.#store.putMinute({ number: this.#number, row })
      this.#last = row
    }
    for (const [key, one] of this.#sources) {
      const isDue =
        one.storedMinute === undefined || (!isSilent && turnAt(key, minute) !== turnAt(key, one.storedMinute))
      if (!isDue) continue
      this.#store.putState(key, this.#number, one.memory)
      one.storedMinute = minute
    }
  }

  #endHour(hour: number): void {
    const rows = this.recent()
    for (const key of this.#sources.keys()) this.#store.past.endHour(key, hour, rows, turnOf(nameOf(key)))
  }

  /** Recorded minutes of the last hour and more, oldest first. */
  recent(): MinuteRow[] {
    return this.#store.minutesFrom(this.#number - HOUR_MINUTES + 1).map(({ row }) => row)
  }
}

/** Incidents of a source that last after recorded minutes. What these say twice counts once. */
function openAfter(
  open: readonly OpenIncident[],
  key: SourceKey,
  rows: readonly MinuteRow[],
): OpenIncident[] {
  const now = new Map(open.map((one) => [idOf(one), one]))
  for (const { minute, sources } of rows)
    for (const change of sources[key]?.changes ?? []) {
      if (change.change === 'ended') now.delete(idOf(change.incident))
      else {
        const id = idOf(change.finding)
        const known = now.get(id)
        const lastMinute = Math.max(minute, known?.lastMinute ?? 0)
        const isSeen = change.change === 'seen' && known !== undefined
        const { kind, subject, severity, fromMinute } = isSeen ? known : change.finding
        const about = subject === undefined ? { kind } : { kind, subject }
        now.set(id, { ...about, raisedAt: change.raisedAt, fromMinute, lastMinute, severity })
      }
    }
  return [...now.values()]
}

/** Number of the turn in which a minute falls. Turns last `TURNS` minutes, and sources change to the next one at different minutes. */
const turnAt = (key: SourceKey, minute: number): number =>
  Math.floor((minute + turnOf(nameOf(key)) + 1) / TURNS)
