/** Runs a workload at the rate of a month and counts the billable operations. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Shot } from '../load.ts'
import { send } from '../../src/simulator/http.ts'
import type { Usage } from './bill.ts'
import { runtimeCpuMs } from '../cpu.ts'
import { type Counts, KINDS, sumOf } from './meter/counts.ts'
import type { Priced } from './prices.ts'
import type { Workload } from './workloads.ts'
import type { MeteredWorld } from './metered-world.ts'

export interface Pace {
  /** Undefined: one at a time, each finished before the next, for rates below one in two seconds. */
  readonly perSecond: number | undefined
  readonly deliveries: number
}

/** Deliveries before counting, since a new isolate and a new guard do some work once. */
const WARM_UP = 3

/** After this time a single delivery has passed the queue and the store. */
const ALONE_MS = 500

/** Cloudflare's figure for an average Worker, used if the system does not report the processor time. */
const AVERAGE_CPU_MS = 2.2

export async function play(
  world: MeteredWorld,
  { eventsADelivery, forgedShare }: Workload,
  make: (count: number) => Promise<Shot[]>,
  { perSecond, deliveries }: Pace,
): Promise<Usage> {
  for (const shot of await make(WARM_UP)) await deliver(shot)
  await world.taken()
  const shots = await make(deliveries)
  const startCpuMs = await runtimeCpuMs()
  const answers = perSecond === undefined ? await oneByOne(shots) : await atPace(shots, perSecond)
  const counts = await world.taken()
  const endCpuMs = await runtimeCpuMs()

  const genuine = answers.filter((status) => status === 200).length
  const expected = Math.round(deliveries * (1 - forgedShare))
  if (Math.abs(genuine - expected) > deliveries * 0.1 + 3)
    throw new Error(`${genuine} of ${deliveries} deliveries were taken instead of about ${expected}`)
  const cpuMs =
    startCpuMs === undefined || endCpuMs === undefined ? AVERAGE_CPU_MS * deliveries : endCpuMs - startCpuMs
  return { deliveries, events: genuine * eventsADelivery, operations: operationsOf(counts, cpuMs) }
}

async function deliver(shot: Shot): Promise<number> {
  return (await send(shot.url, shot)).status
}

async function oneByOne(shots: readonly Shot[]): Promise<number[]> {
  const answers: number[] = []
  for (const shot of shots) {
    answers.push(await deliver(shot))
    await sleep(ALONE_MS)
  }
  return answers
}

/** Sends each delivery at its scheduled time, without waiting for earlier answers. */
async function atPace(shots: readonly Shot[], perSecond: number): Promise<number[]> {
  const startMs = performance.now()
  const underway: Promise<number>[] = []
  for (const [i, shot] of shots.entries()) {
    const waitMs = startMs + (i * 1_000) / perSecond - performance.now()
    if (waitMs > 1) await sleep(waitMs)
    underway.push(deliver(shot))
  }
  return Promise.all(underway)
}

export const operationsOf = (counts: Counts, cpuMs: number): Record<Priced, number> => ({
  ...(Object.fromEntries(KINDS.map((kind) => [kind, sumOf(counts[kind])])) as Record<
    (typeof KINDS)[number],
    number
  >),
  cpu_ms: cpuMs,
})
