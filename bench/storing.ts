/** Has events stored by the real consumer, whose messages wait until its time is taken (`entries/consumer.ts`). */
import { setTimeout as sleep } from 'node:timers/promises'
import { jsonOf, send } from '../src/simulator/http.ts'
import type { Account } from '../src/simulator/sender.ts'
import { senderNamed } from '../src/simulator/senders/index.ts'
import { ENTRIES, type World, openWorld } from './bench-world.ts'
import { sendgridShots } from './deliveries.ts'
import type { ConsumerRun } from './entries/consumer.ts'
import { fire } from './load.ts'

export interface StoringWorld extends World {
  readonly account: Account
}

const SOURCE = 'stored'

export async function openStoring(): Promise<StoringWorld> {
  const world = await openWorld({ entries: { consumer: `${ENTRIES}consumer.ts` }, queueWaitSeconds: 0.05 })
  const account = await senderNamed('sendgrid')?.open()
  if (account === undefined) throw new Error('there is no simulated SendGrid')
  await world.put(SOURCE, { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
  return { ...world, account }
}

/** Asks the entry: `/?work`, for instance. */
export const askConsumer = async ({ runtime }: World, query: string): Promise<unknown> =>
  jsonOf(
    await send(new URL(query, runtime.url('consumer')), {
      method: 'GET',
      headers: {},
      body: new Uint8Array(0),
    }),
  )

/** Sends deliveries, waits until their messages wait, and has them stored. */
export async function store(
  world: StoringWorld,
  { events }: { readonly events: number },
  messages: number,
): Promise<{ readonly ms: number; readonly events: number }> {
  await fire(await sendgridShots(world.gateway, SOURCE, world.account, events, messages), 4)
  while (((await askConsumer(world, '/')) as { waiting: number }).waiting < messages) await sleep(20)
  const { ms, messages: worked } = (await askConsumer(world, '/?work')) as ConsumerRun
  if (worked !== messages) throw new Error(`${worked} messages instead of ${messages}`)
  return { ms, events: events * messages }
}

/** Fills the store, until it has so many more or the time is over. @returns the number of events */
export async function fill(world: StoringWorld, events: number, seconds: number): Promise<number> {
  let stored = 0
  const untilMs = performance.now() + seconds * 1_000
  const messages = Math.ceil(Math.min(FILL_MESSAGES, events / FILL_EVENTS))
  while (stored < events && performance.now() < untilMs)
    stored += (await store(world, { events: FILL_EVENTS }, messages)).events
  return stored
}

const FILL_EVENTS = 100
const FILL_MESSAGES = 100
