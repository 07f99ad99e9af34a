/** Events a second from the queue into the store, while it is empty and after it was filled. */
import { setTimeout as sleep } from 'node:timers/promises'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { Account } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { sendgridShots } from '../deliveries.ts'
import type { ConsumerRun } from '../entries/consumer.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { fire } from '../load.ts'
import { ratioOf, spreadOf, textOf } from '../spread.ts'
import { ENTRIES, type World, openWorld } from '../bench-world.ts'

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
  full: { rounds: 7, fill: 1_000_000, fillSeconds: 120, share: 1 },
  quick: { rounds: 1, fill: 2_000, fillSeconds: 10, share: 0.05 },
} as const

const FILL: Size = { name: 'filling', events: 100, messages: 100 }

export const consumer: Group = { name: 'consumer', run }

async function run(effort: Effort): Promise<Finding> {
  const { rounds, fill, fillSeconds, share } = EFFORT[effort]
  const world = await openWorld({ entries: { consumer: `${ENTRIES}consumer.ts` }, queueWaitSeconds: 0.05 })
  try {
    const account = await senderNamed('sendgrid')?.open()
    if (account === undefined) throw new Error('there is no simulated SendGrid')
    await world.put('stored', { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
    const measure = async (): Promise<Map<string, number[]>> => {
      const rates = new Map<string, number[]>(SIZES.map(({ name }) => [name, []]))
      for (let round = 0; round < rounds; round++)
        for (const size of SIZES) {
          const { ms, events } = await store(world, account, size, Math.ceil(size.messages * share))
          rates.get(size.name)?.push((1_000 * events) / ms)
        }
      return rates
    }
    // The first rounds meet an empty store and cold code; they are not counted.
    let stored = 0
    for (const size of SIZES) stored += (await store(world, account, size, 10)).events
    const empty = await measure()
    const untilMs = performance.now() + fillSeconds * 1_000
    while (stored < fill && performance.now() < untilMs)
      stored += (await store(world, account, FILL, Math.ceil(FILL.messages * share))).events
    const bytesAnEvent = (await sizeOf(world)) / stored
    const filled = await measure()
    const ratio = (name: string) => ratioOf(filled.get(name) ?? [], empty.get(name) ?? [])
    return {
      title: 'The consumer into the store',
      notes: [
        `The gateway's own messages, in batches of a hundred. The time is the consumer's with its database (local D1), without queue and gateway. Filled: after ${stored.toLocaleString('en-US')} events${stored < fill ? `, as many as ${fillSeconds} seconds of filling wrote` : ''}. They take ${bytesAnEvent.toFixed(0)} bytes of the database each.`,
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
      data: { stored, bytesAnEvent, empty: Object.fromEntries(empty), filled: Object.fromEntries(filled) },
    }
  } finally {
    await world.runtime.close()
  }
}

/** The database's size in bytes, which it tells with any answer. */
async function sizeOf(world: World): Promise<number> {
  const { STORE } = await world.runtime.bindings<{ readonly STORE: D1Database }>('consumer')
  return (await STORE.prepare('SELECT 1').all()).meta.size_after
}

/** Sends deliveries, waits until their messages wait, and has them stored. */
async function store(
  world: World,
  account: Account,
  { events }: Size,
  messages: number,
): Promise<{ ms: number; events: number }> {
  await fire(await sendgridShots(world.gateway, 'stored', account, events, messages), 4)
  const address = world.runtime.url('consumer')
  const ask = async (query: string): Promise<unknown> =>
    jsonOf(await send(new URL(query, address), { method: 'GET', headers: {}, body: new Uint8Array(0) }))
  while (((await ask('/')) as { waiting: number }).waiting < messages) await sleep(20)
  const { ms, messages: worked } = (await ask('/?work')) as ConsumerRun
  if (worked !== messages) throw new Error(`${worked} messages instead of ${messages}`)
  return { ms, events: events * messages }
}
