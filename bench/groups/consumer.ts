/** Events a second from the queue into the store, while it is empty and after it was filled. */
import { bytesAnEvent } from '../cost/storage.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { ratioOf, spreadOf, textOf } from '../spread.ts'
import { fill, openStoring, store } from '../storing.ts'

interface Size {
  readonly name: string
  readonly events: number
  readonly messages: number
}

const SIZES: readonly Size[] = [
  { name: 'single events', events: 1, messages: 200 },
  { name: '100 events a message', events: 100, messages: 20 },
]

/** Filling stops at a million, or when the time is over: then it says how far it came. */
const EFFORT = {
  full: { rounds: 7, filled: 1_000_000, fillSeconds: 120, share: 1 },
  quick: { rounds: 1, filled: 2_000, fillSeconds: 10, share: 0.05 },
} as const

export const consumer: Group = { name: 'consumer', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, filled: wanted, fillSeconds, share } = EFFORT[effort]
  const world = await openStoring()
  try {
    const measure = async (): Promise<Map<string, number[]>> => {
      const rates = new Map<string, number[]>(SIZES.map(({ name }) => [name, []]))
      for (let round = 0; round < rounds; round++)
        for (const size of SIZES) {
          const { ms, events } = await store(world, size, Math.ceil(size.messages * share))
          rates.get(size.name)?.push((1_000 * events) / ms)
        }
      return rates
    }
    // The first rounds meet an empty store and cold code; they are not counted.
    let stored = 0
    for (const size of SIZES) stored += (await store(world, size, 10)).events
    const empty = await measure()
    stored += await fill(world, wanted - stored, fillSeconds)
    const bytes = await bytesAnEvent(world)
    const filled = await measure()
    const ratio = (name: string) => ratioOf(filled.get(name) ?? [], empty.get(name) ?? [])
    return {
      title: 'The consumer into the store',
      notes: [
        `The gateway's own messages, in batches of a hundred. The time is the consumer's with its database (local D1), without queue and gateway. Filled: after ${stored.toLocaleString('en-US')} events${stored < wanted ? `, as many as ${fillSeconds} seconds of filling wrote` : ''}. They take ${bytes.toFixed(0)} bytes of the database each.`,
        'One event of a hundred belongs to a new person; see bench/mail.ts.',
      ],
      columns: ['messages', 'events /s, empty', 'events /s, filled', 'filled over empty'],
      rows: SIZES.map(({ name }) => [
        name,
        spreadOf(empty.get(name) ?? []).median.toFixed(0),
        spreadOf(filled.get(name) ?? []).median.toFixed(0),
        textOf(ratio(name)),
      ]),
      readings: SIZES.map(({ name }) => ({ goal: 'consumer' as const, of: name, spread: ratio(name) })),
      data: {
        stored,
        bytesAnEvent: bytes,
        empty: Object.fromEntries(empty),
        filled: Object.fromEntries(filled),
      },
    }
  } finally {
    await world.runtime.close()
  }
}
