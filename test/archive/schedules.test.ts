/**
 * Random schedules of writers that die at any call or stop there for hours, of merging, sweeping and removing, and of restores of the
 * database. At the end each event is in one file, and the bucket has no other objects but those older than a restore.
 */
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runArchive } from '../../src/archive/run.ts'
import { REPLACED_STAYS_MS } from '../../src/store/archive-merges.ts'
import type { Store } from '../../src/store/store.ts'
import { toStore } from '../../src/store/stored-event.ts'
import {
  type AtCall,
  archiveDeps,
  archivedKeys,
  archivedRows,
  currentFiles,
  emptyArchive,
} from '../support/archive.ts'
import { HOUR_MS, NOON_MS, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { storeBatches } from '../support/segments.ts'
import { emptyStore, rowsOf } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

/** Calls of a run with a file, a merge, a sweep and a removal. Each is counted before and after. */
const CALLS_MAX = 60

type Action =
  | { readonly do: 'store'; readonly events: number }
  | { readonly do: 'die' | 'stop'; readonly at: number }
  | { readonly do: 'go on'; readonly which: number }
  | { readonly do: 'wait'; readonly hours: number }
  | { readonly do: 'run' | 'keep' | 'restore' }

const at = fc.integer({ min: 1, max: CALLS_MAX })

type Weighted = fc.WeightedArbitrary<Action>

const actions: readonly Weighted[] = [
  { weight: 4, arbitrary: fc.record({ do: fc.constant('store'), events: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('run') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('die', 'stop'), at }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('go on'), which: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait'), hours: fc.nat(14) }) },
]

/** The database goes back to an earlier time, and the bucket does not. */
const restoring: readonly Weighted[] = [
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('keep', 'restore') }) },
]

const schedules = (all: readonly Weighted[]) =>
  fc.array(fc.oneof(...all), { minLength: 4, maxLength: 24, size: 'max' })

/** A writer that stands still at a call. An invocation lives for minutes; half a day is more than enough. */
interface Stopped {
  readonly sinceMs: number
  readonly goOn: () => Promise<void>
}
const STOPPED_MAX_MS = 12 * HOUR_MS

/** A file of so many events is not merged: four fifths of six. */
const FULL = 4.8

class Died extends Error {}

const TABLES = ['segments', 'inverted_index', 'archive_files', 'archive_progress', 'history']

/** @returns what brings the tables back as they are now; the bucket stays */
async function keptTables(): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    TABLES.map(async (table) => [table, await rowsOf(`SELECT * FROM ${table}`)] as const),
  )
  return async () => {
    const inserts = kept.flatMap(([table, rows]) =>
      rows.map((row) => {
        const names = Object.keys(row)
        const sql = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`
        return env.STORE.prepare(sql).bind(...Object.values(row))
      }),
    )
    await env.STORE.batch([...TABLES.map((table) => env.STORE.prepare(`DELETE FROM ${table}`)), ...inserts])
  }
}

class World {
  readonly store: Store
  nowMs = NOON_MS
  #made = 0
  /** Ids of the events that the database has ever stored, as far as it knows. */
  stored: string[] = []
  isRestored = false
  #kept: { readonly restore: () => Promise<void>; readonly stored: readonly string[] } | undefined
  readonly #stopped: Stopped[] = []

  constructor(store: Store) {
    this.store = store
  }

  deps(atCall?: AtCall) {
    return archiveDeps(this.store, { nowMs: () => this.nowMs, hotDays: () => 1 }, atCall)
  }

  /** Several segments at once. */
  async storeEvents(count: number): Promise<void> {
    const events = await Promise.all(
      Array.from({ length: count }, async () => {
        const event = {
          type: 'email.opened',
          atMs: this.nowMs - 1,
          nr: this.#made++,
          recipient: null,
        } as const
        return toStore(await mailEvent(event), deliveryFacts(), undefined, this.store)
      }),
    )
    await storeBatches(
      events.map((event) => [event]),
      this.nowMs,
    )
    this.stored.push(...events.map(({ id }) => id))
  }

  async run(): Promise<void> {
    while ((await runArchive(this.deps())) !== null);
  }

  /** Dead for good: nothing is called any more. */
  async dieAt(at: number): Promise<void> {
    let calls = 0
    const deps = this.deps(() => {
      if (++calls >= at) throw new Died()
    })
    await runArchive(deps).catch(() => undefined)
  }

  /** Starts a run that waits at a call until it is told to go on. */
  async stopAt(at: number): Promise<void> {
    const reached = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    let calls = 0
    const deps = this.deps(async () => {
      if (++calls !== at) return
      reached.resolve()
      await gate.promise
    })
    const ended = runArchive(deps).then(
      () => undefined,
      () => undefined,
    )
    await Promise.race([reached.promise, ended])
    this.#stopped.push({ sinceMs: this.nowMs, goOn: () => (gate.resolve(), ended) })
  }

  async goOn(which: number): Promise<void> {
    const [one] = this.#stopped.splice(which % Math.max(1, this.#stopped.length), 1)
    await one?.goOn()
  }

  async goOnAll(sinceMs = Infinity): Promise<void> {
    while ((this.#stopped[0]?.sinceMs ?? sinceMs) < sinceMs) await this.goOn(0)
  }

  async wait(hours: number): Promise<void> {
    this.nowMs += hours * HOUR_MS
    await this.goOnAll(this.nowMs - STOPPED_MAX_MS)
  }

  async keep(): Promise<void> {
    this.#kept = { restore: await keptTables(), stored: [...this.stored] }
  }

  async restore(): Promise<void> {
    if (this.#kept === undefined) return
    await this.#kept.restore()
    this.stored = [...this.#kept.stored]
    this.isRestored = true
  }
}

function perform(world: World, one: Action): Promise<void> {
  if (one.do === 'store') return world.storeEvents(one.events)
  if (one.do === 'run') return world.run()
  if (one.do === 'die') return world.dieAt(one.at)
  if (one.do === 'stop') return world.stopAt(one.at)
  if (one.do === 'go on') return world.goOn(one.which)
  if (one.do === 'wait') return world.wait(one.hours)
  return one.do === 'keep' ? world.keep() : world.restore()
}

async function play(schedule: readonly Action[]): Promise<void> {
  const world = new World(await emptyStore())
  await emptyArchive()
  for (const one of schedule) await perform(world, one)
  await world.goOnAll()
  // Everything is over, merged, and swept.
  for (const hours of [0, 26, 26, REPLACED_STAYS_MS / HOUR_MS]) {
    await world.wait(hours)
    await world.run()
  }
  const { store, stored, isRestored } = world
  const ids = (await archivedRows(store)).map(({ id }) => String(id))
  expect(ids.toSorted()).toEqual(stored.toSorted())
  expect(await rowsOf(`SELECT * FROM archive_files WHERE state <> 'written'`)).toEqual([])
  const files = await currentFiles(store)
  const keys = files.map(({ key }) => key)
  // Objects older than a restore stay.
  if (isRestored) {
    expect(await archivedKeys()).toEqual(expect.arrayContaining(keys))
    return
  }
  expect(await archivedKeys()).toEqual(keys.toSorted())
  const neighbors = files.slice(1).map((file, i) => [files[i], file] as const)
  const unmerged = neighbors.filter(
    ([one, next]) =>
      one?.dt === next.dt && one.events < FULL && next.events < FULL && one.events + next.events <= 6,
  )
  expect(unmerged).toEqual([])
}

/** The same numbers of segments, for other events. */
const NUMBERS_COME_AGAIN: readonly Action[] = [
  { do: 'keep' },
  { do: 'store', events: 6 },
  { do: 'wait', hours: 1 },
  { do: 'run' },
  { do: 'restore' },
  { do: 'store', events: 6 },
  { do: 'wait', hours: 1 },
]
/** A writer stops before it puts its file, which is merged and deleted before it goes on. */
const SLOW_WRITER: readonly Action[] = [
  { do: 'wait', hours: 11 },
  { do: 'store', events: 1 },
  { do: 'wait', hours: 1 },
  { do: 'stop', at: 9 },
  { do: 'run' },
  { do: 'store', events: 1 },
  { do: 'wait', hours: 11 },
  { do: 'run' },
]

/** A file is merged into another one, and the restored database still counts on it. */
const MERGED_BEFORE_A_RESTORE: readonly Action[] = [
  { do: 'store', events: 1 },
  { do: 'wait', hours: 1 },
  { do: 'run' },
  { do: 'keep' },
  { do: 'store', events: 1 },
  { do: 'wait', hours: 14 },
  { do: 'run' },
  { do: 'restore' },
]
/** As above, by a writer that stops before it deletes and goes on after the restore. */
const SLOW_SWEEPER: readonly Action[] = [
  { do: 'store', events: 1 },
  { do: 'wait', hours: 9 },
  { do: 'die', at: 14 },
  { do: 'keep' },
  { do: 'store', events: 1 },
  { do: 'wait', hours: 6 },
  { do: 'die', at: 20 },
  { do: 'stop', at: 34 },
  { do: 'restore' },
  { do: 'store', events: 1 },
  { do: 'run' },
]
/** A writer stops before it removes old segments from the store, which then has others of these numbers, in no file yet. */
const SLOW_REMOVAL: readonly Action[] = [
  { do: 'keep' },
  { do: 'store', events: 6 },
  { do: 'wait', hours: 1 },
  { do: 'run' },
  { do: 'wait', hours: 14 },
  { do: 'wait', hours: 14 },
  { do: 'stop', at: 18 },
  { do: 'restore' },
  { do: 'store', events: 3 },
  { do: 'go on', which: 0 },
]

it.each([
  ['whatever dies or stops', schedules(actions), [SLOW_WRITER]],
  [
    'also if the database is restored to an earlier time',
    schedules([...actions, ...restoring]),
    [NUMBERS_COME_AGAIN, MERGED_BEFORE_A_RESTORE, SLOW_SWEEPER, SLOW_REMOVAL],
  ],
])(
  'each event is in one file, and the bucket has only current files, %s',
  async (_, schedule, examples) => {
    const property = fc.asyncProperty(schedule, play)
    await fc.assert(property, { numRuns: thorough(60, 6), examples: examples.map((one) => [one]) })
  },
  240_000,
)
