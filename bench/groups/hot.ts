/** Events a second into a store that stands at its bound: as many old events are removed as new ones are stored. */
import { setTimeout as sleep } from 'node:timers/promises'
import { bytesAnEvent } from '../cost/storage.ts'
import type { RemovalRun } from '../entries/consumer.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { ratioOf, spreadOf, textOf } from '../spread.ts'
import { type StoringWorld, askConsumer, fill, openStoring, store } from '../storing.ts'

const EFFORT = {
  full: { rounds: 9, held: 1_000_000, fillSeconds: 180, messages: 40 },
  quick: { rounds: 1, held: 2_000, fillSeconds: 10, messages: 5 },
} as const

/** In a delivery. */
const EVENTS = 100

export const hot: Group = { name: 'hot', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, held: wanted, fillSeconds, messages } = EFFORT[effort]
  const [empty, full] = [await openStoring(), await openStoring()]
  try {
    const held = await fill(full, wanted, fillSeconds)
    const bytes = await bytesAnEvent(full)
    // An event of the same second as a removed one would count as late.
    await sleep(1_100)
    // Cold code is not counted.
    for (const world of [empty, full]) await round(world, messages, world === full)
    const rates: Record<'empty' | 'stored' | 'removed' | 'both', number[]> = {
      empty: [],
      stored: [],
      removed: [],
      both: [],
    }
    for (let i = 0; i < rounds; i++) {
      const into = await round(empty, messages, false)
      const { stored, removed } = await round(full, messages, true)
      rates.empty.push(1_000 / into.stored)
      rates.stored.push(1_000 / stored)
      rates.removed.push(1_000 / removed)
      rates.both.push(1_000 / (stored + removed))
    }
    const overEmpty = ratioOf(rates.both, rates.empty)
    const line = (what: string, of: readonly number[]) => [
      what,
      spreadOf(of).median.toFixed(0),
      textOf(ratioOf(of, rates.empty)),
    ]
    return {
      title: 'A store that removes what is old',
      notes: [
        `Deliveries of ${EVENTS} events into two stores, in turns: one is nearly empty, the other holds ${held.toLocaleString('en-US')} events (${((held * bytes) / 1e6).toFixed(0)} MB) and removes as many of the oldest as it stores. Both times are added, since a database has one thread. Deployed, the bound is 8 GB: that many events take hours to store here, so the bound is lower. What is removed counts as archived; reading it for the archive is not in these times.`,
      ],
      columns: ['', 'events /s', 'over the empty store'],
      rows: [
        line('stored, the store is nearly empty', rates.empty),
        line('stored, the store is at its bound', rates.stored),
        line('removed', rates.removed),
        line('stored and removed', rates.both),
      ],
      readings: [{ goal: 'hot', spread: overEmpty }],
      data: { held, bytesAnEvent: bytes, ...rates },
    }
  } finally {
    await empty.runtime.close()
    await full.runtime.close()
  }
}

/** Milliseconds an event. */
async function round(world: StoringWorld, messages: number, removes: boolean) {
  const { ms, events } = await store(world, { events: EVENTS }, messages)
  if (!removes) return { stored: ms / events, removed: 0 }
  const gone = (await askConsumer(world, `/?remove=${events}`)) as RemovalRun
  return { stored: ms / events, removed: gone.ms / gone.events }
}
