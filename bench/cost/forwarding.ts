/** Usage of destinations: the object, its rows, the rows of the store that it reads, and everything that wakes it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { GENERIC_SOURCE, genericShot, sendgridShots } from '../deliveries.ts'
import { type Endpoint, openEndpoint } from '../endpoint.ts'
import { fire } from '../load.ts'
import { problemOf } from '../../src/simulator/console.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import type { Usage } from './bill.ts'
import type { MeteredWorld } from './metered-world.ts'
import { operationsOf } from './play.ts'

export interface Forwarded {
  readonly name: string
  readonly goal: 'forwardedDollars' | 'forwardedBatchDollars' | null
  /** A delivery is one request to the endpoint. */
  readonly usage: Usage
}

/** The time in which an endpoint answers. */
const ANSWER_MS = 100

const BATCH = 100
const BYTES = 1_024

/** The last save, and the counts of what is in flight. */
const SETTLE_MS = 1_000

const EFFORT = {
  full: { singles: 2_000, batched: 20_000, sparseSeconds: 60 },
  quick: { singles: 100, batched: 200, sparseSeconds: 2 },
} as const

/** @param quick whether the numbers may mean nothing */
export async function forwardingCosts(world: MeteredWorld, quick: boolean): Promise<readonly Forwarded[]> {
  const { singles, batched, sparseSeconds } = EFFORT[quick ? 'quick' : 'full']
  const endpoint = await openEndpoint(ANSWER_MS)
  try {
    return [
      {
        name: 'backlog, single events',
        goal: 'forwardedDollars',
        usage: await ofBacklog(world, endpoint, 'singles-forwarded', singles, 1),
      },
      {
        name: `backlog, batches of ${BATCH}`,
        goal: 'forwardedBatchDollars',
        usage: await ofBacklog(world, endpoint, 'batches-forwarded', batched, BATCH),
      },
      {
        name: 'one event a second, single events',
        goal: null,
        usage: await ofSparse(world, endpoint, 'sparse-forwarded', sparseSeconds),
      },
    ]
  } finally {
    endpoint.close()
  }
}

/** Events that are stored already when the destination is resumed. */
async function ofBacklog(
  world: MeteredWorld,
  endpoint: Endpoint,
  name: string,
  events: number,
  eventsEach: number,
): Promise<Usage> {
  const account = await senderNamed('sendgrid')?.open()
  if (account === undefined) throw new Error('there is no simulated SendGrid')
  await world.put(name, { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
  await put(world, name, {
    url: endpoint.url(name),
    paused: true,
    ...(eventsEach === 1 ? {} : { batch: { max_events: eventsEach, max_wait_seconds: 10 } }),
  })
  await fire(await sendgridShots(world.gateway, name, account, BATCH, events / BATCH), 4)
  await world.taken()
  await world.takenByDestinations()
  const resumed = await world.console.post(`/api/destinations/${name}/resume`)
  if (resumed.status !== 200) throw new Error(`${name} was not resumed: ${problemOf(resumed)}`)
  return forwarded(world, endpoint, name, events, eventsEach)
}

/** Events that come one after the other, with time between them. */
async function ofSparse(
  world: MeteredWorld,
  endpoint: Endpoint,
  name: string,
  seconds: number,
): Promise<Usage> {
  await world.put(name, GENERIC_SOURCE)
  await put(world, name, { url: endpoint.url(name) })
  await world.taken()
  await world.takenByDestinations()
  for (let i = 0; i < seconds; i++) {
    await fire([genericShot(world.gateway, name, BYTES)], 1)
    await sleep(1_000)
  }
  return forwarded(world, endpoint, name, seconds, 1)
}

async function forwarded(
  world: MeteredWorld,
  endpoint: Endpoint,
  name: string,
  events: number,
  eventsEach: number,
): Promise<Usage> {
  const deliveries = events / eventsEach
  await endpoint.arrivals(name, deliveries)
  await sleep(ANSWER_MS + SETTLE_MS)
  // An object has no price for processor time: its duration is billed.
  const operations = operationsOf(await world.takenByDestinations(), 0)
  const removed = await world.console.remove(`/api/destinations/${name}`)
  if (removed.status !== 200) throw new Error(`${name} was not removed: ${problemOf(removed)}`)
  return { deliveries, events, operations }
}

async function put(world: MeteredWorld, name: string, document: object): Promise<void> {
  const answer = await world.console.put(`/api/destinations/${name}`, document)
  if (answer.status !== 201) throw new Error(`${name} was not saved: ${problemOf(answer)}`)
}
