/** Learns a source anew from what is kept of its past, so that an upgrade does not forget its rhythm. */
import { type Change, type OpenIncident, type OpenIncidents } from '../grouping.ts'
import type { MinuteSignals } from '../signals/signals.ts'
import { isMoreSevere } from '../severity.ts'
import { SourceMemory } from '../source-memory.ts'
import { type MinuteRow, type SourceKey, silentBetween } from './minute-row.ts'
import { type Past, hourOf } from './past.ts'
import { spread } from './sums.ts'
import { PAST_HOURS } from './tables.ts'

/** The rhythm of a week is known after two of them. */
const DAYS = 21

interface KeptMinute {
  readonly minute: number
  readonly signals: Partial<MinuteSignals> | undefined
  readonly isStoreDown?: boolean | undefined
}

/** All recorded minutes that are kept of a source, oldest first: hours spread over their minutes, then minutes. */
function* keptMinutes(
  past: Past,
  bucket: number,
  key: SourceKey,
  recent: readonly MinuteRow[],
  minute: number,
): Generator<KeptMinute> {
  const day = Math.floor(minute / 1440)
  const hours = [...past.hours(bucket, hourOf(minute) - PAST_HOURS, hourOf(minute))]
  const firstHour = hours[0]?.[0] ?? hourOf(minute)
  for (const row of past.days(bucket, day - DAYS, day)) {
    const own = new Map((row.sources[key] ?? []).map(([hour, signals]) => [hour, signals]))
    for (const hour of row.hours)
      if (hour < firstHour)
        for (const [i, signals] of spread(own.get(hour) ?? {}).entries())
          yield { minute: hour * 60 + i, signals }
  }
  for (const [, row] of hours) {
    const own = new Map((row.sources[key] ?? []).map(([at, signals]) => [at, signals ?? undefined]))
    for (const at of row.recorded) yield { minute: at, signals: own.get(at) }
  }
  const after = (hours.at(-1)?.[0] ?? 0) * 60 + 60
  for (const row of recent)
    if (row.minute >= after && row.minute <= minute)
      yield { minute: row.minute, signals: row.signals[key], isStoreDown: row.isStoreDown }
}

export interface Learned {
  readonly memory: SourceMemory
  /** Against what was open before. */
  readonly changes: readonly Change[]
}

/**
 * Learns a source up to a minute, which is among the recent ones.
 *
 * @param open what was said to be open
 */
export function learnAnew(
  past: Past,
  bucket: number,
  key: SourceKey,
  recent: readonly MinuteRow[],
  minute: number,
  open: readonly OpenIncident[],
): Learned {
  let memory: SourceMemory | undefined
  let last = -1
  const found = new Map<string, Change>()
  const see = (at: number, signals: Partial<MinuteSignals> | undefined, isStoreDown = false): void => {
    for (const change of memory?.see(at, signals, isStoreDown) ?? [])
      if (change.change !== 'ended') found.set(idOf(change.finding), change)
    for (const change of memory?.score(at)?.changes ?? [])
      if (change.change !== 'ended') found.set(idOf(change.finding), change)
  }
  for (const kept of keptMinutes(past, bucket, key, recent, minute)) {
    if (kept.minute <= last) continue
    if (memory === undefined && kept.signals === undefined) continue
    memory ??= SourceMemory.begin(kept.minute, bucket)
    if (last >= 0) for (const silent of silentBetween(last, kept.minute)) see(silent, undefined)
    see(kept.minute, kept.signals, kept.isStoreDown)
    last = kept.minute
  }
  memory ??= SourceMemory.begin(minute, bucket)
  return { memory, changes: differences(memory, open, found) }
}

const idOf = ({ kind, subject }: { readonly kind: string; readonly subject?: string }): string =>
  subject === undefined ? kind : `${kind} ${subject}`

/** Incidents that are open at a source after minutes whose changes were recorded. */
export function openAfter(
  open: readonly OpenIncident[],
  rows: readonly MinuteRow[],
  source: string,
): readonly OpenIncident[] {
  const now = new Map(open.map((one) => [idOf(one), one]))
  for (const { minute, changes } of rows)
    for (const { source: about, change } of changes) {
      if (about !== source) continue
      if (change.change === 'ended') now.delete(idOf(change.incident))
      else {
        const { kind, subject, severity, fromMinute } = change.finding
        const { raisedAt } = change
        const incident = { kind, raisedAt, fromMinute, lastMinute: minute, severity }
        now.set(idOf(change.finding), subject === undefined ? incident : { ...incident, subject })
      }
    }
  return [...now.values()]
}

/** Changes to the incidents that were open before. These keep the time at which they were raised, so that nothing is raised twice. */
function differences(
  { stored }: SourceMemory,
  before: readonly OpenIncident[],
  found: ReadonlyMap<string, Change>,
): Change[] {
  const changes: Change[] = []
  const known = new Map(before.map((one) => [idOf(one), one]))
  const adopt = (open: OpenIncidents): void => {
    for (const [id, now] of Object.entries(open)) {
      const was = known.get(id)
      known.delete(id)
      const change = found.get(id)
      if (was !== undefined) open[id] = { ...now, raisedAt: was.raisedAt, fromMinute: was.fromMinute }
      if (change === undefined || change.change === 'ended') continue
      if (was === undefined) changes.push({ ...change, change: 'raised', raisedAt: now.raisedAt })
      else if (isMoreSevere(now.severity, was.severity))
        changes.push({ ...change, change: 'risen', raisedAt: was.raisedAt })
    }
  }
  adopt(stored.watch.open)
  adopt(stored.unusual.open)
  for (const incident of known.values())
    changes.push({ change: 'ended', incident, untilMinute: incident.lastMinute + 1 })
  return changes
}
