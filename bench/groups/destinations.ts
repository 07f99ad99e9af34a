/** Destinations: events a second beside a bare loop of fetches, the delay until the endpoint has an event, and a dead neighbor. */
import { setTimeout as sleep } from 'node:timers/promises'
import { problemOf } from '../../src/simulator/console.ts'
import { send } from '../../src/simulator/http.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { ENTRIES, type World, openWorld, within } from '../bench-world.ts'
import { GENERIC_SOURCE, genericShot, sendgridShots } from '../deliveries.ts'
import { type Endpoint, openEndpoint } from '../endpoint.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { fire } from '../load.ts'
import { type Spread, at, ratioOf, spreadOf, textOf } from '../spread.ts'

const CONNECTIONS = 6
const BATCH = 100
const NEIGHBORS = 9

/** The requests of a volley: the first ones are not timed, since a destination reads and opens a page before it sends. */
interface Volley {
  readonly skip: number
  readonly timed: number
}

const EFFORT = {
  full: {
    rounds: 7,
    stored: 12_000,
    single: { skip: 300, timed: 2_048 },
    batch: { skip: 20, timed: 80 },
    neighbors: { skip: 900, timed: 3_600 },
    delays: 40,
  },
  quick: {
    rounds: 1,
    stored: 300,
    single: { skip: 5, timed: 20 },
    batch: { skip: 1, timed: 1 },
    neighbors: { skip: 9, timed: 45 },
    delays: 3,
  },
} as const

const QUEUE_WAIT_MS = 50
const BYTES = 1_024

/** Between two volleys: what was in flight at the end of one ends. */
const SETTLE_MS = 200

/** Short, so that the dead endpoint fails often within a round. */
const DEAD_TIMEOUT_SECONDS = 1

export const destinations: Group = { name: 'destinations', run }

interface Bench {
  readonly world: World
  readonly endpoint: Endpoint
}

async function run(effort: Effort): Promise<Finding> {
  const endpoint = await openEndpoint()
  const opened = openWorld({
    entries: { consumer: `${ENTRIES}destinations.ts` },
    queueWaitSeconds: QUEUE_WAIT_MS / 1_000,
    bindings: { PRIVATE_DESTINATIONS: 'allowed' },
  })
  try {
    return await within([opened], async ([world]) => {
      if (world === undefined) throw new Error('a world was opened')
      return await measured({ world, endpoint }, effort)
    })
  } finally {
    endpoint.close()
  }
}

async function measured(bench: Bench, effort: Effort): Promise<Finding> {
  const { rounds, stored, single, batch, neighbors, delays } = EFFORT[effort]
  const delay = await delaysOf(bench, rounds, delays)
  await fill(bench, stored)
  const turns = { single: newTurns(), batch: newTurns(), neighbors: newTurns() }
  for (let round = rounds > 1 ? 0 : 1; round <= rounds; round++) {
    const singles = await oneTurn(bench, `single-${round}`, single, 1)
    const batches = await oneTurn(bench, `batch-${round}`, batch, BATCH)
    const together = await neighborsTurn(bench, round, neighbors)
    // It is the warm-up.
    if (round === 0) continue
    add(turns.single, singles)
    add(turns.batch, batches)
    add(turns.neighbors, together)
  }
  const ratio = ({ ours, other }: Turns): Spread => ratioOf(ours, other)
  const row = (what: string, { ours, other }: Turns, against: string) => [
    what,
    `${spreadOf(ours).median.toFixed(0)} /s`,
    `${against}: ${spreadOf(other).median.toFixed(0)} /s`,
    textOf(ratioOf(ours, other)),
  ]
  const p50 = spreadOf(delay.map((ms) => at(ms, 0.5)))
  const p99 = spreadOf(delay.map((ms) => at(ms, 0.99)))
  return {
    title: 'Destinations',
    notes: [
      `Stored events to endpoints on this machine that answer 200 at once. workerd connects to them itself: under \`npm start\` and here its network may reach private addresses, and no fetch passes through Node. Bare loop: an object of the same isolate that posts the same number of bytes with ${CONNECTIONS} connections, without store, signature, deadline or memory. Both take turns. Events a second are those that the endpoint has, after the first page.`,
      `The delay is that of a lone event, from the gateway's 200 until the endpoint has all of the request, less the ${QUEUE_WAIT_MS} ms for which the queue here waits for more messages (2 seconds as deployed).`,
      `Nine destinations send the same events to nine endpoints, alone and beside a tenth whose endpoint accepts connections and never answers. Locally all share one thread; on Cloudflare each has its own.`,
    ],
    columns: ['', 'destination', 'against', 'ratio'],
    rows: [
      row('single events', turns.single, 'bare loop'),
      row(`events in batches of ${BATCH}`, turns.batch, 'bare loop'),
      row('nine beside a dead one', turns.neighbors, 'nine alone'),
      ['delay, p50', `${textOf(p50, 0)} ms`, '', ''],
      ['delay, p99', `${textOf(p99, 0)} ms`, '', ''],
    ],
    readings: [
      { goal: 'destination', spread: ratio(turns.single) },
      { goal: 'destinationDelay', of: 'p50', spread: p50 },
      { goal: 'destinationDelay', of: 'p99', spread: p99 },
      { goal: 'besideDead', spread: ratio(turns.neighbors) },
    ],
    data: { ...turns, delayP50Ms: p50, delayP99Ms: p99 },
  }
}

/** Events a second, one a round. */
interface Turns {
  readonly ours: number[]
  readonly other: number[]
}

const newTurns = (): Turns => ({ ours: [], other: [] })

function add(turns: Turns, [ours, other]: readonly [number, number]): void {
  turns.ours.push(ours)
  turns.other.push(other)
}

/** Milliseconds of lone events, sorted, for each round. */
async function delaysOf(bench: Bench, rounds: number, count: number): Promise<number[][]> {
  const { world, endpoint } = bench
  await world.put('lone', GENERIC_SOURCE)
  await put(bench, 'prompt', { url: endpoint.url('prompt') })
  const all: number[][] = []
  let sent = 0
  for (let round = rounds > 1 ? 0 : 1; round <= rounds; round++) {
    const delaysMs: number[] = []
    for (let i = 0; i < count; i++) {
      const shot = genericShot(world.gateway, 'lone', BYTES)
      const { status } = await send(shot.url, shot)
      const acceptedMs = performance.now()
      if (status !== 200) throw new Error(`the gateway answered ${status}`)
      sent += 1
      const arrivedMs = (await endpoint.arrivals('prompt', sent)).at(-1) ?? Number.NaN
      // The queue begins to wait before the 200.
      delaysMs.push(Math.max(0, arrivedMs - acceptedMs - QUEUE_WAIT_MS))
    }
    // The one before the first is the warm-up.
    if (round > 0) all.push(delaysMs.toSorted((a, b) => a - b))
  }
  await remove(bench, ['prompt'])
  return all
}

/** Stores events as an ESP sends them. */
async function fill({ world }: Bench, events: number): Promise<void> {
  const account = await senderNamed('sendgrid')?.open()
  if (account === undefined) throw new Error('there is no simulated SendGrid')
  await world.put('stored', { ...account.document, requireTls: false, ratePerMinute: 1_000_000 })
  await fire(await sendgridShots(world.gateway, 'stored', account, BATCH, events / BATCH), 4)
  if (!(await world.runtime.drained(60_000))) throw new Error('the queue does not empty')
}

/** A new destination that starts with the oldest event, and then as many requests of the same size in a bare loop. */
async function oneTurn(
  bench: Bench,
  name: string,
  volley: Volley,
  eventsEach: number,
): Promise<readonly [number, number]> {
  const { world, endpoint } = bench
  const count = volley.skip + volley.timed
  await put(bench, name, {
    url: endpoint.url(name),
    start: 'oldest',
    concurrency: CONNECTIONS,
    ...(eventsEach === 1 ? {} : { batch: { max_events: eventsEach, max_wait_seconds: 0 } }),
  })
  const ours = await endpoint.arrivals(name, count)
  await remove(bench, [name])
  const query = {
    url: endpoint.url(`bare-${name}`),
    bytes: endpoint.meanBytes(name),
    count,
    connections: CONNECTIONS,
  }
  const address = new URL('/', world.runtime.url('consumer'))
  for (const [key, value] of Object.entries(query)) address.searchParams.set(key, String(value))
  await send(address, { method: 'GET', headers: {}, body: new Uint8Array(0) })
  const bare = await endpoint.arrivals(`bare-${name}`, count)
  return [eventsEach * perSecond(ours, volley), eventsEach * perSecond(bare, volley)]
}

/** Nine beside a tenth that is dead, and nine alone; in odd rounds the other way round. */
async function neighborsTurn(
  bench: Bench,
  round: number,
  volley: Volley,
): Promise<readonly [number, number]> {
  const beside = () => nine(bench, `beside-${round}`, volley, true)
  const alone = () => nine(bench, `alone-${round}`, volley, false)
  if (round % 2 === 0) return [await beside(), await alone()]
  const first = await alone()
  return [await beside(), first]
}

async function nine(bench: Bench, label: string, volley: Volley, withDead: boolean): Promise<number> {
  const { endpoint } = bench
  const names = Array.from({ length: NEIGHBORS }, (_, i) => `${label}-${i}`)
  const dead = withDead ? [`${label}-dead`] : []
  const document = { start: 'oldest', concurrency: CONNECTIONS, timeout_seconds: DEAD_TIMEOUT_SECONDS }
  for (const name of dead) await put(bench, name, { ...document, url: endpoint.silentUrl })
  await Promise.all(names.map((name) => put(bench, name, { ...document, url: endpoint.url(label) })))
  const times = await endpoint.arrivals(label, volley.skip + volley.timed)
  await remove(bench, [...names, ...dead])
  return perSecond(times, volley)
}

/** @param timesMs of all requests */
function perSecond(timesMs: readonly number[], { skip, timed }: Volley): number {
  const [from = Number.NaN, to = Number.NaN] = [timesMs[skip - 1], timesMs[skip + timed - 1]]
  return (1_000 * timed) / (to - from)
}

async function put({ world }: Bench, name: string, document: object): Promise<void> {
  const answer = await world.console.put(`/api/destinations/${name}`, document)
  if (answer.status !== 201) throw new Error(`${name} was not saved: ${problemOf(answer)}`)
}

async function remove({ world }: Bench, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const answer = await world.console.remove(`/api/destinations/${name}`)
    if (answer.status !== 200) throw new Error(`${name} was not removed: ${problemOf(answer)}`)
  }
  await sleep(SETTLE_MS)
}
