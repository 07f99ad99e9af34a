/** Nothing is lost and nothing counts twice while each Worker is replaced by the next version, and by the old one again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { OutgoingRequest, SimulatedEvent } from '../../src/simulator/sender.ts'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { thorough } from '../support/thorough.ts'
import { OBJECTS, type ObjectNames } from './entries/resettable.ts'
import type { Counts, Shares } from './entries/two-versions.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  startPostern,
  until,
} from './postern.ts'
import { Receiver } from './receiver.ts'
import { Statuses, again, startLoad } from './upgrade/load.ts'
import { ADDED, MIGRATION, bothVersions } from './upgrade/next-version.ts'

/** Deliveries that are accepted during each step. */
const DELIVERIES_A_STEP = thorough(100, 15)
const IN_PARALLEL = 8
const ROUNDS_A_RESET = 4
const KINDS = ['email.sent', 'email.delivered', 'email.opened', 'email.bounced'] as const
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Parts that must have started in both versions, or in the one that is left. */
const STARTS = {
  consumer: ['batches', 'objects'],
  console: ['requests'],
  gateway: ['requests', 'objects'],
} as const

type Step = readonly [what: string, worker: WorkerName, share: number]
/** In the order of a deployment, and back in the reverse order. */
const FORTH: readonly Step[] = [
  ['some of the consumer is new', 'consumer', 0.5],
  ['the consumer is new', 'consumer', 1],
  ['some of the console is new', 'console', 0.5],
  ['the console is new', 'console', 1],
  ['some of the gateway is new', 'gateway', 0.5],
  ['the gateway is new', 'gateway', 1],
]
/** Steps in an order that nobody should use: the reader goes back before the writer. */
const OUT_OF_ORDER: readonly Step[] = [
  ['the consumer is old behind a new gateway', 'consumer', 0],
  ['the consumer is new again', 'consumer', 1],
]
const BACK: readonly Step[] = [
  ['some of the gateway is old', 'gateway', 0.5],
  ['the gateway is old', 'gateway', 0],
  ['some of the console is old', 'console', 0.5],
  ['the console is old', 'console', 0],
  ['some of the consumer is old', 'consumer', 0.5],
  ['the consumer is old', 'consumer', 0],
]

let postern: Postern
let source: TestSource
const receiver = new Receiver()
beforeAll(async () => {
  const { modules, remove } = await bothVersions()
  postern = await startPostern({
    ...WITH_DESTINATIONS,
    ports: { gateway: 0, console: 0, consumer: 0 },
    modules,
  })
  await remove()
  const { STORE } = await postern.runtime.bindings<{ STORE: D1Database }>('console')
  await STORE.exec(MIGRATION)
  source = await postern.source('sendgrid')
  receiver.secrets = [SECRET]
  await receiver.start()
})
afterAll(async () => {
  await postern.runtime.close()
  await receiver.stop()
})

const toSwitch = async (worker: WorkerName, path: string, value?: Shares | ObjectNames): Promise<Counts> => {
  const answer = await send(new URL(path, postern.runtime.url(worker)), {
    method: value === undefined ? 'GET' : 'POST',
    headers: {},
    body: value === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(value)),
  })
  return jsonOf(answer) as Counts
}

it(`accepts and stores each delivery once, through ${FORTH.length + OUT_OF_ORDER.length + BACK.length} steps`, async () => {
  const sent: SimulatedEvent[] = []
  const nextRequest = (): Promise<OutgoingRequest> => {
    const events = Array.from({ length: 1 + (sent.length % 5) }, (_, i) => nth(sent.length + i))
    sent.push(...events)
    return source.account.deliver(events, nowSeconds())
  }
  const fromEsp = new Statuses()
  const fromOperator = new Statuses()
  const destination = { url: receiver.url, start: 'oldest', secrets: { signing_secret: SECRET } }
  await again(() => postern.console.put('/api/destinations/app', destination), fromOperator)

  const load = startLoad(IN_PARALLEL, nextRequest, (request) => source.deliver(request), fromEsp)
  const operating = startOperator(fromOperator)
  const stepTo = async ([what, worker, share]: Step): Promise<void> => {
    const before = await toSwitch(worker, '/versions', { requests: share, batches: share, objects: share })
    const target = load.accepted() + DELIVERIES_A_STEP
    let used = false
    let rounds = 0
    await until(async () => {
      // An object keeps its version until its code is updated. More often than that, so that calls are in flight.
      if (!used || rounds++ % ROUNDS_A_RESET === 0) await toSwitch(worker, '/reset', OBJECTS[worker])
      const counts = await toSwitch(worker, '/versions')
      used ||= STARTS[worker].every((start) =>
        [share < 1, share > 0].every(
          (isNeeded, i) => !isNeeded || (counts[start][i] ?? 0) > (before[start][i] ?? 0),
        ),
      )
      return used && load.accepted() >= target
    }, 120_000)
    expect({ what, used, delivered: load.accepted() >= target }).toEqual({
      what,
      used: true,
      delivered: true,
    })
  }

  for (const step of FORTH) await stepTo(step)
  await until(async () => (await addedIn()).size > 1, 120_000)
  // Rows that the old version has stored have no value there.
  expect(await addedIn()).toEqual(new Set([null, ADDED]))
  for (const step of [...OUT_OF_ORDER, ...BACK]) await stepTo(step)
  const whole = load.accepted()
  await load.end()
  await operating.end()

  await until(async () => (await count()) >= sent.length, 120_000)
  const stored = await postern.settledAt(source.name, sent.length)
  expect(identities(stored.map((e) => [e.type, e.recipient]))).toEqual(
    identities(sent.map((e) => [e.kind, e.recipient])),
  )
  expect(JSON.stringify(stored)).not.toContain(ADDED)
  expect(await counters()).toEqual(countBy(sent))
  expect(await suppressed()).toEqual(
    sent.flatMap(({ kind, recipient }) => (kind === 'email.bounced' ? [recipient] : [])).toSorted(),
  )
  expect(jsonOf(await postern.console.get('/api/dead-letters'))).toMatchObject({ dead_letters: [] })
  const ids = stored.map(({ id }) => id).toSorted()
  await until(async () => {
    await postern.console.post('/api/destinations/app/waiting/retry', {})
    return receiver.accepted.size >= ids.length
  }, 120_000)
  expect([...receiver.accepted.keys()].toSorted()).toEqual(ids)
  expect(receiver.unverified).toEqual([])
  // 503 is what every ESP retries. The console says it of an object that ends during a call, and whoever asked asks again.
  expect(notOf(fromEsp, 'accepted', '503')).toEqual([])
  expect(notOf(fromOperator, 'accepted', '503')).toEqual([])

  const twice = [...receiver.accepted.values()].filter((times) => times > 1).length
  process.stderr.write(
    `Upgrade and rollback under load: ${whole} deliveries accepted, ${fromEsp.retried} retried; ${ids.length} events stored once; ` +
      `delivered ${receiver.accepted.size}, ${twice} of them twice or more; dead letters 0; ` +
      `${fromOperator.counts.get('accepted')} requests of an operator, ${fromOperator.retried} retried.\n`,
  )
}, 900_000)

function nth(i: number): SimulatedEvent {
  const kind = KINDS[i % KINDS.length] ?? 'email.sent'
  return simulated({ kind, ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}) })
}

/** Reads, and saves the source again and again under other settings. */
function startOperator(statuses: Statuses) {
  const over = new AbortController()
  const all = (async () => {
    for (let i = 0; !over.signal.aborted; i++) {
      const document = { ...source.account.document, ratePerMinute: 900_000 + (i % 2) }
      await again(() => postern.console.put(`/api/sources/${source.name}`, document), statuses)
      for (const path of ['/api/events?limit=5', '/api/destinations/app', '/api/dead-letters'])
        await again(() => postern.console.get(path), statuses)
      await sleep(50)
    }
  })()
  all.catch(() => undefined)
  return {
    async end() {
      over.abort()
      await all
    },
  }
}

/** Values in the field that the next version adds. */
async function addedIn(): Promise<Set<unknown>> {
  const events = (await postern.events(source.name)) as unknown as Record<string, unknown>[]
  return new Set(events.map(({ added }) => added))
}

const notOf = ({ counts }: Statuses, ...expected: readonly string[]): string[] =>
  [...counts.keys()].filter((status) => !expected.includes(status))

const identities = (all: readonly (readonly (string | null)[])[]): string[] =>
  all.map((parts) => parts.join(' ')).toSorted()

function countBy(events: readonly SimulatedEvent[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

async function counters(): Promise<Record<string, number>> {
  const answer = jsonOf(await postern.console.get(`/api/counters?source=${source.name}`)) as {
    events: { type: string; count: number }[]
  }
  const counts: Record<string, number> = {}
  for (const { type, count } of answer.events) counts[type] = (counts[type] ?? 0) + count
  return counts
}

const count = async (): Promise<number> => Object.values(await counters()).reduce((sum, of) => sum + of, 0)

async function suppressed(): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = jsonOf(await postern.console.get(`/api/suppressions?limit=500${query}`)) as {
      suppressions: { recipient: string }[]
      next_cursor: string | null
    }
    found.push(...page.suppressions.map(({ recipient }) => recipient))
    cursor = page.next_cursor
  } while (cursor !== null)
  return found.toSorted()
}
