/** Usage of the watch: by the event that it reads, and by the minute and the number of sources. */
import type { WatchedMinute } from '../entries/watch.ts'
import { GENERIC_SOURCE, genericShot, sendgridShots } from '../deliveries.ts'
import { fire } from '../load.ts'
import { openWatch } from '../watch/worker.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import type { Usage } from './bill.ts'
import { runtimeCpuMs } from '../cpu.ts'
import type { MeteredWorld } from './metered-world.ts'
import { added } from './meter/counts.ts'
import { operationsOf } from './play.ts'
import type { Priced } from './prices.ts'

export interface Read {
  readonly name: string
  /** Of reading the events, without what a minute costs that has none. */
  readonly usage: Usage
}

export interface Minute {
  readonly sources: number
  /** Of one minute, without reading the store. */
  readonly operations: Readonly<Record<Priced, number>>
}

const BATCH = 100
const BYTES = 1_024

const EFFORT = {
  full: {
    singles: 1_000,
    batched: 20_000,
    sources: [1, 100, 10_000],
    learned: 7 * 1_440,
    awake: 120,
    asleep: 3,
  },
  quick: { singles: 20, batched: 200, sources: [1, 32], learned: 60, awake: 5, asleep: 1 },
} as const

/** In the last hour, so that its end is in the mean. */
const HOUR = 60

/** @param quick whether the numbers may mean nothing */
export async function readingCosts(world: MeteredWorld, quick: boolean): Promise<readonly Read[]> {
  const { singles, batched } = EFFORT[quick ? 'quick' : 'full']
  const account = await senderNamed('sendgrid')?.open()
  if (account === undefined) throw new Error('there is no simulated SendGrid')
  await world.put('singles-watched', GENERIC_SOURCE)
  await world.put('batches-watched', { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
  const shots = {
    singles: Array.from({ length: singles }, () => genericShot(world.gateway, 'singles-watched', BYTES)),
    batched: await sendgridShots(world.gateway, 'batches-watched', account, BATCH, batched / BATCH),
  }
  // The first minute begins the watch, the second finds nothing.
  await world.watchedMinute()
  const idle = operationsOf(await world.watchedMinute(), 0)
  const read = async (name: string, of: typeof shots.singles, events: number): Promise<Read> => {
    await fire(of, 4)
    await world.taken()
    const operations = operationsOf(await world.watchedMinute(), 0)
    return { name, usage: { deliveries: of.length, events, operations: ofReading(operations, idle) } }
  }
  return [
    await read('single events', shots.singles, singles),
    await read(`deliveries of ${BATCH} events`, shots.batched, batched),
  ]
}

/** Rows of the store, and the time it takes. What objects store and call is counted by the minute. */
const ofReading = (all: Record<Priced, number>, idle: Record<Priced, number>): Record<Priced, number> => ({
  ...operationsOf(added([]), 0),
  d1_rows_read: all.d1_rows_read - idle.d1_rows_read,
  object_ms: Math.max(0, all.object_ms - idle.object_ms),
})

/** All sources have an event in each minute: with silent ones it is less. */
export async function minuteCosts(quick: boolean): Promise<readonly Minute[]> {
  const { sources: counts, learned, awake, asleep } = EFFORT[quick ? 'quick' : 'full']
  const minutes: Minute[] = []
  for (const sources of counts) {
    const watch = await openWatch(sources, learned)
    try {
      const warm: WatchedMinute[] = []
      for (let i = 0; i < awake; i++) warm.push(await watch.minute(false))
      const hour = warm.slice(-HOUR)
      const startCpuMs = (await runtimeCpuMs()) ?? 0
      const woken: WatchedMinute[] = []
      for (let i = 0; i < asleep; i++) woken.push(await watch.minute(true))
      const cpuMs = (((await runtimeCpuMs()) ?? 0) - startCpuMs) / asleep
      const all = operationsOf(added(hour.map(({ counts }) => counts)), 0)
      const read = operationsOf(added(woken.map(({ counts }) => counts)), 0)
      minutes.push({
        sources,
        operations: {
          ...all,
          // The alarm, and two calls of the registry.
          object_calls: all.object_calls / hour.length + 3,
          object_rows_written: all.object_rows_written / hour.length,
          object_rows_read: read.object_rows_read / asleep,
          // Deployed, each object has a thread, and that of the incidents waits for the others.
          object_ms: 2 * cpuMs,
        },
      })
    } finally {
      await watch.close()
    }
  }
  return minutes
}
