/** Backfill: how long live mail takes to its destination while the past of an ESP is taken in, and while nothing is. */
import { Response } from 'miniflare'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { type World, openWorld, within } from '../bench-world.ts'
import { GENERIC_SOURCE, genericShot } from '../deliveries.ts'
import type { Effort, Finding, Group } from '../group.ts'
import { at, exactly, textOf } from '../spread.ts'

const EFFORT = {
  full: { events: 100_000, turn: 400 },
  quick: { events: 400, turn: 3 },
} as const

const QUEUE_WAIT_MS = 50
const BYTES = 1_024
const ENDPOINT = 'receiver.example.com'
const API = 'api.sparkpost.com'
const HOUR_MS = 3_600_000
const WAIT_MAX_MS = 30_000

export const backfill: Group = { name: 'backfill', run, isLong: true }

async function run(effort: Effort): Promise<Finding> {
  const { events, turn } = EFFORT[effort]
  const sinceMs = Date.now() - 2 * HOUR_MS
  /** When the endpoint had each live event. */
  const arrivedMs: number[] = []
  const outbound = async (request: { readonly url: string }): Promise<Response> => {
    const { host, searchParams } = new URL(request.url)
    if (host === API && searchParams.has('cursor'))
      return Response.json(pageOf(events, sinceMs, searchParams.get('cursor') ?? ''))
    if (host === ENDPOINT) arrivedMs.push(performance.now())
    return Response.json({ results: [] })
  }
  const opened = openWorld({
    queueWaitSeconds: QUEUE_WAIT_MS / 1_000,
    bindings: { PRIVATE_DESTINATIONS: 'allowed' },
    outbound,
  })
  return within([opened], async ([world]) => {
    if (world === undefined) throw new Error('a world was opened')
    return measured(world, arrivedMs, { events, turn, sinceMs })
  })
}

interface Asked {
  readonly events: number
  /** Live events, one after the other. */
  readonly turn: number
  readonly sinceMs: number
}

async function measured(
  world: World,
  arrivedMs: number[],
  { events, turn, sinceMs }: Asked,
): Promise<Finding> {
  const account = await senderNamed('sparkpost')?.open()
  if (account === undefined) throw new Error('there is no simulated SparkPost')
  await world.put('past', account.document)
  await world.put('lone', GENERIC_SOURCE)
  const put = await world.console.put('/api/destinations/prompt', { url: `https://${ENDPOINT}/` })
  if (put.status !== 201) throw new Error('the destination was not saved')
  await called(world, '/api/sources/past/secrets/esp_api_token/rotate', { value: 'a key of the API' })
  await delays(world, arrivedMs, turn)

  const instant = (ms: number) => new Date(ms).toISOString()
  await called(world, PATH, { since: instant(sinceMs), until: instant(sinceMs + HOUR_MS) })
  const [beside, alone]: [number[], number[]] = [[], []]
  const beganMs = performance.now()
  let pausedMs = 0
  for (;;) {
    const during = await delays(world, arrivedMs, turn)
    if ((await stateOf(world))['state'] !== 'running') break
    beside.push(...during)
    await called(world, `${PATH}/stop`, {})
    await pageTaken(world)
    const stoppedMs = performance.now()
    if (!(await world.runtime.drained(WAIT_MAX_MS))) throw new Error('the queue does not empty')
    alone.push(...(await delays(world, arrivedMs, turn)))
    await called(world, `${PATH}/resume`, {})
    pausedMs += performance.now() - stoppedMs
  }
  const seconds = (performance.now() - beganMs - pausedMs) / 1_000
  const { new: added } = await stateOf(world)
  if (added !== events) throw new Error(`taken: ${String(added)} of ${events}`)
  const figure = (ms: readonly number[], share: number) =>
    at(
      ms.toSorted((a, b) => a - b),
      share,
    )
  const row = (name: string, share: number) => [
    name,
    `${figure(beside, share).toFixed(0)} ms`,
    `${figure(alone, share).toFixed(0)} ms`,
    textOf(exactly(figure(beside, share) / figure(alone, share))),
  ]
  return {
    title: 'Backfill beside live mail',
    notes: [
      `${events} events of an ESP's past are taken in, and ${beside.length} live events are delivered meanwhile, one after the other; as many while the backfill is stopped. Both take turns of ${turn}.`,
      `The delay is that of a lone event, from the gateway's 200 until the endpoint has it, less the ${QUEUE_WAIT_MS} ms for which the queue here waits. All Workers share one machine here.`,
    ],
    columns: ['delay', 'beside a backfill', 'alone', 'ratio'],
    rows: [row('p50', 0.5), row('p99', 0.99), ['taken in', `${(events / seconds).toFixed(0)} /s`, '', '']],
    readings: [],
    data: { beside, alone, seconds },
  }
}

const PATH = '/api/sources/past/backfill'

async function called({ console }: World, path: string, body: object): Promise<void> {
  const answer = await console.post(path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.body.toString()}`)
}

async function stateOf({ console }: World): Promise<Record<string, unknown>> {
  const { backfill: state } = jsonOf(await console.get(PATH)) as { backfill: Record<string, unknown> }
  return state
}

/** A stopped backfill takes the page that it has read. */
async function pageTaken(world: World): Promise<void> {
  for (const untilMs = performance.now() + WAIT_MAX_MS; performance.now() < untilMs;) {
    const { found, known, new: fresh } = await stateOf(world)
    if (Number(known) + Number(fresh) === found) return
    await new Promise((resolve) => setTimeout(resolve, QUEUE_WAIT_MS))
  }
  throw new Error('the page is not taken')
}

async function delays({ gateway }: World, arrivedMs: number[], count: number): Promise<number[]> {
  const all: number[] = []
  for (let i = 0; i < count; i++) {
    const shot = genericShot(gateway, 'lone', BYTES)
    const before = arrivedMs.length
    const { status } = await send(shot.url, shot)
    if (status !== 200) throw new Error(`the gateway answered ${status}`)
    const acceptedMs = performance.now()
    while (arrivedMs.length === before) {
      if (performance.now() - acceptedMs > WAIT_MAX_MS) throw new Error('the event does not arrive')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    all.push(Math.max(0, (arrivedMs[before] ?? 0) - acceptedMs - QUEUE_WAIT_MS))
  }
  return all
}

const PAGE = 1_000

/** A page as the driver reads it. */
function pageOf(events: number, sinceMs: number, cursor: string) {
  const from = cursor === 'initial' ? 0 : Number(cursor)
  const until = Math.min(events, from + PAGE)
  const results = Array.from({ length: until - from }, (_, i) => {
    const nr = from + i
    return {
      type: 'delivery',
      event_id: String(nr + 1),
      message_id: `message-${nr}`,
      rcpt_to: `person${nr}@example.com`,
      raw_rcpt_to: `person${nr}@example.com`,
      timestamp: new Date(sinceMs + Math.floor((nr * HOUR_MS) / events)).toISOString(),
    }
  })
  const links = until < events ? [{ rel: 'next', href: `/api/v1/events/message?cursor=${until}` }] : []
  return { results, links }
}
