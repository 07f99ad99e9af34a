/**
 * Events in the store, by the time at which they were stored. Whole segments go when each type of event is too old. In others, events
 * of types that are too old are blanked. How far each task is stands in the database itself: a restore takes both back.
 */
import { COUNTED_MAX } from '../../api/retention.ts'
import { EVENT_TYPES, type EventType } from '../../event/mail-event.ts'
import { halfSha256Hex } from '../../platform/sha256.ts'
import { DAY_MS } from '../../platform/time.ts'
import { type RetentionSettings, daysOfType } from '../../registry/retention/document.ts'
import { ARCHIVED_THROUGH } from '../../store/archive-files.ts'
import { archivedThrough } from '../../store/archive-retention.ts'
import { lastSegmentBefore, oldestArrival, storedAtMs } from '../../store/arrival.ts'
import { filterFingerprint, personFingerprint } from '../../store/fingerprint.ts'
import { blankEvents, dropOriginals, removeSegments } from '../../store/removal.ts'
import { countedEvents, eventsIn, progressOf, putProgress } from '../../store/retained-span.ts'
import type { RequestContext } from '../request-context.ts'
import type { Held, Kind, Limits, Part } from './kind.ts'

/**
 * Segments that a step looks at. A source that sends an event every second makes 43,000 a day, since a batch waits for two seconds, and
 * a night must look at more than come in a day.
 */
const STEP_SEGMENTS = 4_000

/** Types that are kept for the same number of days. */
interface Task {
  /** Name of its progress. */
  readonly name: string
  readonly days: number
  readonly types: readonly EventType[]
  /** Whether no type is kept for longer, so that whole segments go. */
  readonly isWhole: boolean
}

/** Longest first: what goes whole need not be blanked before. A type that is kept without end has no task. */
export function tasksOf(settings: RetentionSettings): readonly Task[] {
  const byDays = Map.groupBy(EVENT_TYPES, (type) => daysOfType(settings, type))
  return [...byDays]
    .flatMap(([days, types]) => (days === null ? [] : [{ days, types }]))
    .toSorted((a, b) => b.days - a.days)
    .map((one, i) => {
      const isWhole = i === 0 && !byDays.has(null)
      return { ...one, isWhole, name: isWhole ? 'remove' : `blank ${one.types.join(' ')}` }
    })
}

const part: Part = {
  setting: 'events',
  async look(context, limits) {
    const { store } = context
    let count = 0
    for (const task of tasksOf(limits.settings)) {
      const { after, upTo } = await spanOf(context, limits, task)
      if (upTo <= after) continue
      count += task.isWhole
        ? await eventsIn(store, after, upTo)
        : await countedEvents(store, task.types, await storedAfter(context, after), beforeMs(limits, task))
    }
    const oldestMs = await storedAtMs(store, await oldestArrival(store))
    return { count: Math.min(count, COUNTED_MAX), isMore: count > COUNTED_MAX, oldestMs }
  },
  async *forget(context, limits) {
    const { store } = context
    const keep = fingerprintsOf(limits.held)
    for (const task of tasksOf(limits.settings)) {
      const { name, types, isWhole } = task
      let { after, upTo, only } = await spanOf(context, limits, task)
      for (let more = after < upTo; more;) {
        const step = { after, upTo, keep, segments: STEP_SEGMENTS, only }
        const done = isWhole
          ? await removeSegments(store, step, limits.atMs)
          : await blankEvents(store, { ...step, types }, limits.atMs)
        ;({ at: after, more } = done)
        // Whole segments that stay are looked at again in the next night: few are left, and time may free them.
        const segment = more ? after : isWhole ? 0 : upTo
        await putProgress(store, { task: name, version: limits.version, segment })
        yield done.events
      }
    }
    yield* forgetOriginals(context, limits)
  },
}

/** Of sources that are gone, and of those that are none, such as Cloudflare's Email Service. */
const ORIGINAL_DAYS = 30

/**
 * Originals go by the days of their source, once they are older than these. They are no events, so nothing is counted.
 */
async function* forgetOriginals({ store, registry }: RequestContext, { atMs, held, version }: Limits) {
  const daysOf = (await registry.sources.list()).map(
    ({ name, config }) => [name, config.originalDays] as const,
  )
  const byDays = Map.groupBy(daysOf, ([, days]) => days)
  const unusual = daysOf.filter(([, days]) => days !== ORIGINAL_DAYS).map(([name]) => name)
  // The name has all settings: after a change of one, every original is looked at again.
  const all = await halfSha256Hex(JSON.stringify(daysOf))
  for (const days of new Set([...byDays.keys(), ORIGINAL_DAYS])) {
    const others = days === ORIGINAL_DAYS
    const sources = others ? unusual : (byDays.get(days) ?? []).map(([name]) => name)
    const task = `originals ${days} ${all}`
    const oldMs = atMs - days * DAY_MS
    const upTo = await lastSegmentBefore(store, oldMs)
    const only = storedBefore(oldMs)
    let after = await progressOf(store, task, version)
    for (let more = after < upTo; more;) {
      const step = { after, upTo, keep: fingerprintsOf(held), segments: STEP_SEGMENTS, only, sources, others }
      ;({ at: after, more } = await dropOriginals(store, step))
      await putProgress(store, { task, version, segment: more ? after : upTo })
      yield 0
    }
  }
}

export const events: Kind = { kind: 'events', holds: 'by source or person', parts: [part] }

const beforeMs = ({ atMs }: Limits, { days }: Task): number => atMs - days * DAY_MS

/** SQL. A restored database may have newer segments of the numbers that were old. */
const storedBefore = (ms: number): string => `stored_at < ${ms}`

/** Where there is an archive, nothing goes that it does not have yet. */
async function spanOf({ store, archive }: RequestContext, limits: Limits, task: Task) {
  const oldMs = beforeMs(limits, task)
  const old = await lastSegmentBefore(store, oldMs)
  const after = await progressOf(store, task.name, limits.version)
  if (archive === undefined) return { after, upTo: old, only: storedBefore(oldMs) }
  const upTo = Math.min(old, await archivedThrough(store))
  return { after, upTo, only: `${storedBefore(oldMs)} AND segment <= (${ARCHIVED_THROUGH})` }
}

const storedAfter = async ({ store }: RequestContext, segment: number): Promise<number> =>
  (await storedAtMs(store, { segment: segment + 1, done: 0, number: 0 })) ?? 0

/** Segments that list one of these stay as they are. */
const fingerprintsOf = ({ sources, people }: Held): string[] => [
  ...sources.map((source) => filterFingerprint(source, undefined)),
  ...people.map(personFingerprint),
]
