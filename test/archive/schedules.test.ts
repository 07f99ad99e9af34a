/**
 * Random schedules of writers that die at any call or stop there for hours, of merging, sweeping and removing. At the end each event is in
 * one file, and the bucket has no other objects.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runArchive } from '../../src/archive/run.ts'
import { toStore } from '../../src/store/stored-event.ts'
import { archiveDeps, archivedKeys, archivedRows, currentFiles, emptyArchive } from '../support/archive.ts'
import { HOUR_MS, NOON_MS, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { storeBatches } from '../support/segments.ts'
import { emptyStore, rowsOf } from '../support/store.ts'
import { thorough } from '../support/thorough.ts'

/** Calls of a run with a file, a merge, a sweep and a removal. Each is counted before and after. */
const CALLS_MAX = 60

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('store' as const), events: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('run' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('die' as const), at: fc.integer({ min: 1, max: CALLS_MAX }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('stop' as const), at: fc.integer({ min: 1, max: CALLS_MAX }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('go on' as const), which: fc.nat(9) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 0, max: 14 }) }),
  },
)
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

/** A writer that stands still at a call. An invocation lives for minutes; half a day is more than enough. */
interface Stopped {
  readonly sinceMs: number
  readonly goOn: () => Promise<void>
}
const STOPPED_MAX_MS = 12 * HOUR_MS

/** A file of so many events is not merged: four fifths of six. */
const FULL = 4.8

class Died extends Error {}

async function play(actions: readonly Action[]): Promise<void> {
  const store = await emptyStore()
  await emptyArchive()
  let nowMs = NOON_MS
  let stored = 0
  const stopped: Stopped[] = []
  const changes = { nowMs: () => nowMs, hotDays: () => 1 }
  const goOn = async (which: number) => await stopped.splice(which, 1)[0]?.goOn()

  for (const one of actions) {
    if (one.do === 'store') {
      const events = await Promise.all(
        Array.from({ length: one.events }, async () => {
          const event = await mailEvent({
            type: 'email.opened',
            atMs: nowMs - 1,
            nr: stored++,
            recipient: null,
          })
          return toStore(event, deliveryFacts(), undefined, store)
        }),
      )
      // Several segments for each batch.
      await storeBatches(
        events.map((event) => [event]),
        nowMs,
      )
    }
    if (one.do === 'run') await runArchive(archiveDeps(store, changes))
    if (one.do === 'die') {
      let calls = 0
      const deps = archiveDeps(store, changes, () => {
        // Dead for good: nothing is called any more.
        if (++calls >= one.at) throw new Died()
      })
      await runArchive(deps).catch(() => undefined)
    }
    if (one.do === 'stop') stopped.push(await stopAt(one.at, nowMs))
    if (one.do === 'go on' && stopped.length > 0) await goOn(one.which % stopped.length)
    if (one.do === 'wait') {
      nowMs += one.hours * HOUR_MS
      while ((stopped[0]?.sinceMs ?? nowMs) < nowMs - STOPPED_MAX_MS) await goOn(0)
    }
  }
  while (stopped.length > 0) await goOn(0)

  // Everything is over, merged, and swept twice.
  for (const hours of [0, 26, 26, 26]) {
    nowMs += hours * HOUR_MS
    while ((await runArchive(archiveDeps(store, changes))) !== null);
  }
  const ids = (await archivedRows(store)).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBe(stored)
  expect(await archivedKeys()).toEqual((await currentFiles(store)).map(({ key }) => key).sort())
  expect(await rowsOf(`SELECT * FROM archive_files WHERE state <> 'written'`)).toEqual([])
  const files = await currentFiles(store)
  const neighbors = files.slice(1).map((file, i) => [files[i], file] as const)
  const unmerged = neighbors.filter(
    ([one, next]) =>
      one?.dt === next.dt && one.events < FULL && next.events < FULL && one.events + next.events <= 6,
  )
  expect(unmerged).toEqual([])

  /** Starts a run that waits at a call until it is told to go on. */
  async function stopAt(at: number, sinceMs: number): Promise<Stopped> {
    const reached = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    let calls = 0
    const deps = archiveDeps(store, changes, async () => {
      if (++calls !== at) return
      reached.resolve()
      await gate.promise
    })
    const ended = runArchive(deps).then(
      () => undefined,
      () => undefined,
    )
    await Promise.race([reached.promise, ended])
    return {
      sinceMs,
      async goOn() {
        gate.resolve()
        await ended
      },
    }
  }
}

it('each event is in one file, and the bucket has only current files, whatever dies or stops', async () => {
  await fc.assert(fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 24 }), play), {
    numRuns: thorough(200, 10),
  })
})
