/**
 * One run of the watch: the operation of the present minute, the minutes of the sources that are due, and what channels have to send.
 *
 * The position moves in the transaction that stores what a minute found. So a minute whose dependencies fail is repeated, and nothing is
 * lost or counted twice.
 */
import type { NoticeDelivery } from '../../channels/delivery/delivery.ts'
import { type Log, faultName } from '../../platform/log.ts'
import type { ArrivalPosition } from '../../store/arrival.ts'
import type { ReadMark } from '../../store/restored.ts'
import { type ContainmentDeps, containByPolicy } from '../containment/act.ts'
import type { VerifiedTables } from '../containment/verified-tables.ts'
import type { OperationFacts } from '../operations/facts.ts'
import { operateMinute } from '../operations/index.ts'
import type { MinuteReading } from '../reading/minute-reading.ts'
import type { OperationSurvey } from '../reading/operation-facts.ts'
import type { SourceChange } from '../watchers/api.ts'
import { type KnownSource, applyChanges } from './apply-changes.ts'
import { QUIET_HOURS_MAX } from './kinds.ts'
import type { IncidentRecords } from './records.ts'
import type { IncidentTables, WatchPosition } from './tables.ts'
import { HOUR_MS, MINUTE_MS } from '../../platform/time.ts'

/** After the end of a minute: the consumer commits, and gateways report, some seconds late. */
const SETTLE_MS = 10_000

/** Minutes of one run, and how long a run lasts before the rest is left to the next: the platform bounds one invocation. */
const RUN_MINUTES = 60
const RUN_MS = 15_000

/** After a pause longer than this, the watch skips to the current minute and logs that it did. */
const PAUSE_MAX_MINUTES = 6 * 60

/** All that a run works with. `deps.ts` makes it from the bindings of the object. */
export interface WatchDeps {
  readonly tables: IncidentTables
  readonly records: IncidentRecords
  readonly survey: OperationSurvey
  readonly verified: VerifiedTables
  readonly containment: ContainmentDeps
  readonly channels: NoticeDelivery
  readonly sources: () => Promise<readonly KnownSource[]>
  /** The position in the store before what arrived in this minute. */
  readonly positionAt: (minute: number) => Promise<ArrivalPosition>
  /** Where to go on if the store was restored to an earlier time; null if it was not. */
  readonly afterRestore: (mark: ReadMark | null, position: ArrivalPosition) => Promise<ArrivalPosition | null>
  readonly read: (from: ArrivalPosition, minute: number) => Promise<MinuteReading>
  /** Asks every object that has sources. The same minute again returns the same changes. */
  readonly watch: (
    minute: number,
    sources: readonly KnownSource[],
    reading: MinuteReading,
  ) => Promise<readonly SourceChange[]>
  /** All but the channels. */
  readonly facts: (minute: number) => Promise<OperationFacts>
  /** Tells the refusal log that the watch runs, for those who look from outside. */
  readonly signLife: () => Promise<void>
  readonly nowMs: () => number
  readonly log: Log
}

/**
 * Channels send also if a minute fails.
 *
 * @returns milliseconds until something is due again; 0 if more is due now
 * @throws what a dependency of a minute throws; the minute is repeated in the next run
 */
export async function runWatch(deps: WatchDeps): Promise<number> {
  await judgeOperation(deps)
  const [watched] = await Promise.allSettled([watchMinutes(deps)])
  const channelsMs = await deliver(deps)
  if (watched.status === 'rejected') throw watched.reason
  return Math.max(0, Math.min(watched.value, channelsMs ?? watched.value))
}

/** The latest minute that is over and settled. */
export const settledMinute = (nowMs: number): number => Math.floor((nowMs - SETTLE_MS) / MINUTE_MS) - 1

/** Incidents that were over before this time are never open again. */
const relevantSinceMs = (minute: number): number => minute * MINUTE_MS - 2 * QUIET_HOURS_MAX * HOUR_MS

/**
 * Judges the operation of the installation, once a minute. It is always about the present, and needs no other part to answer: if the
 * store is down and no minute of the sources can be watched, this is what tells people. It never throws.
 */
async function judgeOperation(deps: WatchDeps): Promise<void> {
  const { tables, survey, channels, facts, nowMs, log } = deps
  const minute = settledMinute(nowMs())
  const before = tables.operation()
  if (before.minute === minute) return
  // A refusal log that does not answer is told of by the minute that needs it.
  await deps.signLife().catch(() => undefined)
  try {
    survey.noteWatch(tables.failing(), minute)
    const known = { ...(await facts(minute)), channels: channels.failing() }
    // A copy: it is stored with the minute, or not at all.
    const open = structuredClone(before.open)
    const ofOperation = operateMinute(open, minute, known)
    const changed = applyChanges(tables.since(relevantSinceMs(minute)), tables.nextNumber(), {
      minute,
      sources: null,
      ofSources: [],
      ofOperation,
    })
    tables.commitOperation({ minute, open }, changed)
  } catch (cause) {
    log({ event: 'operation_not_judged', fault: faultName(cause) })
  }
}

/** Watches the minutes that are due, one after the other. @returns milliseconds until the next one is due; 0 if more are */
async function watchMinutes(deps: WatchDeps): Promise<number> {
  const { tables, nowMs } = deps
  const untilMs = nowMs() + RUN_MS
  try {
    let position = await begin(deps)
    for (let done = 0; position.minute < settledMinute(nowMs()); done++) {
      if (done >= RUN_MINUTES || nowMs() >= untilMs) return 0
      position = await runMinute(position, deps)
      await containSources(deps)
    }
    if (tables.failing() !== null) tables.putFailing(null)
    return (position.minute + 2) * MINUTE_MS + SETTLE_MS - nowMs()
  } catch (cause) {
    // Stored, since the object forgets its memory between two minutes.
    tables.putFailing({ fault: faultName(cause), sinceMs: tables.failing()?.sinceMs ?? nowMs() })
    throw cause
  }
}

/** Where the watch is: at the present, if it is new, or stood still for hours, or its clock was set back. */
async function begin({ tables, positionAt, nowMs, log }: WatchDeps): Promise<WatchPosition> {
  const present = settledMinute(nowMs())
  const known = tables.position()
  const pause = present - (known?.minute ?? present)
  if (known !== undefined && pause <= PAUSE_MAX_MINUTES && pause >= -PAUSE_MAX_MINUTES) return known
  const skipped =
    known === undefined || pause < 0 ? null : { fromMinute: known.minute + 1, untilMinute: present }
  if (skipped !== null) log({ event: 'watch_minutes_skipped', count: present - skipped.fromMinute })
  const arrival = await positionAt(present)
  const position: WatchPosition = {
    minute: present - 1,
    arrival,
    mark: null,
    missed: known?.missed ?? 0,
    skipped: skipped ?? known?.skipped ?? null,
    // If nothing was ever stored before, there was nothing to miss.
    wholeSinceMinute: arrival.number === 0 ? 0 : present,
  }
  tables.commit(position, [])
  return position
}

async function runMinute(position: WatchPosition, deps: WatchDeps): Promise<WatchPosition> {
  const { tables, survey, verified, log } = deps
  const minute = position.minute + 1
  const back = await deps.afterRestore(position.mark, position.arrival)
  if (back !== null) log({ event: 'store_restored', reader: 'watch' })
  const [sources, reading] = await Promise.all([
    deps.sources(),
    deps.read(back ?? position.arrival, minute).then((read) => {
      survey.noteGuardFallbacks(minute, read.guardFallbacks)
      return read
    }),
  ])
  const ofSources = await deps.watch(minute, sources, reading)
  const changed = applyChanges(tables.since(relevantSinceMs(minute)), tables.nextNumber(), {
    minute,
    sources,
    ofSources,
    ofOperation: [],
  })
  const next = {
    ...position,
    minute,
    arrival: reading.next,
    // A mark that is older than a restore is not one of this store.
    mark: reading.mark ?? (back === null ? position.mark : null),
    missed: position.missed + reading.missed,
    wholeSinceMinute: reading.missed > 0 ? minute + 1 : position.wholeSinceMinute,
  }
  tables.commit(next, changed, () => verified.note(minute, reading.verified))
  return next
}

async function containSources({ containment, records, nowMs, log }: WatchDeps): Promise<void> {
  try {
    await containByPolicy(containment, records.open(), nowMs())
  } catch (cause) {
    log({ event: 'containment_failed', fault: faultName(cause) })
  }
}

async function deliver({ channels, log }: WatchDeps): Promise<number | null> {
  try {
    return await channels.deliver()
  } catch (cause) {
    log({ event: 'channels_failed', fault: faultName(cause) })
    return null
  }
}
