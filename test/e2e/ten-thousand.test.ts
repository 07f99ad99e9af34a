/** No genuine event is lost and none counts twice, for any failures of the consumer. */
import { describe, expect, it } from 'vitest'
import { type Received, jsonOf, send } from '../../src/simulator/http.ts'
import type { SimulatedEvent } from '../../src/simulator/sender.ts'
import { ROOT } from '../../scripts/workers.ts'
import { thorough } from '../support/thorough.ts'
import { simulated, nowSeconds, until, withInstallation } from './postern.ts'

/** Enough for every failure to happen; in `.ci/run` it is ten thousand. */
const EVENTS = thorough(10_000, 1_000)
const KINDS = [
  'email.sent',
  'email.delivered',
  'email.opened',
  'email.clicked',
  'email.bounced',
  'email.spam_reported',
  'email.unsubscribed',
] as const
/** Kinds that suppress. Their recipients recur, so that the same suppression is written repeatedly. */
const SUPPRESSING: ReadonlySet<string> = new Set([
  'email.bounced',
  'email.spam_reported',
  'email.unsubscribed',
])

const postern = withInstallation({
  // No wait between tries: ten thousand events are to be seen to the end in a test.
  queueRetrySeconds: 0,
  ports: { gateway: 0, console: 0, consumer: 0 },
  entries: { consumer: `${ROOT}test/e2e/entries/failing-consumer.ts` },
})

describe('with a consumer that fails at random', () => {
  it(`stores ${EVENTS} of ${EVENTS} events, with exact counters and suppressions`, async () => {
    const { name, account, deliver } = await postern.source('sendgrid')
    const simulatedEvents = Array.from({ length: EVENTS }, (_, i) => nth(i))
    const batches = inBatches(simulatedEvents)
    const now = nowSeconds()
    // Each batch, and every fifth one again under a new signature, like a retry of the ESP.
    const requests = await Promise.all(
      batches.flatMap((batch, i) => [
        account.deliver(batch, now),
        ...(i % 5 === 0 ? [account.deliver(batch, now - 1)] : []),
      ]),
    )
    const statuses = await inParallel(
      8,
      requests.map((request) => () => deliver(request)),
    )
    expect(statuses.filter(({ status }) => status !== 200)).toEqual([])

    await until(async () => (await countOf(name)) >= EVENTS, 120_000)
    const stored = await postern.settledAt(name, EVENTS)
    expect(stored).toHaveLength(EVENTS)
    expect(new Set(stored.map(({ recipient, message_id }) => `${recipient} ${message_id}`)).size).toBe(EVENTS)
    expect(await countersOf(name)).toEqual(countBy(simulatedEvents))
    expect(await suppressed()).toEqual(
      [
        ...new Set(
          simulatedEvents.filter(({ kind }) => SUPPRESSING.has(kind)).map(({ recipient }) => recipient),
        ),
      ].toSorted(inOrder),
    )
    expect(jsonOf(await postern.console.get('/api/dead-letters'))).toMatchObject({ dead_letters: [] })

    const failures = jsonOf(await send(postern.runtime.url('consumer'), GET)) as Record<string, number>
    for (const [when, times] of Object.entries(failures)) expect([when, times > 0]).toEqual([when, true])
  }, 300_000)
})

function nth(i: number): SimulatedEvent {
  const kind = KINDS[i % KINDS.length] ?? 'email.sent'
  return simulated({
    kind,
    occurredAtSeconds: nowSeconds() - (i % 50),
    ...(kind === 'email.bounced' ? { bounce: 'hard' as const } : {}),
    ...(kind === 'email.clicked' ? { url: 'https://shop.example.com/' } : {}),
    ...(SUPPRESSING.has(kind) ? { recipient: `recurring.${i % 500}@example.com` } : {}),
  })
}

/** Deliveries of one, of a few and of many events. */
function inBatches(all: readonly SimulatedEvent[]): SimulatedEvent[][] {
  const sizes = [1, 7, 40, 3, 120]
  const batches: SimulatedEvent[][] = []
  for (let at = 0; at < all.length;) {
    const size = sizes[batches.length % sizes.length] ?? 1
    batches.push(all.slice(at, at + size))
    at += size
  }
  return batches
}

async function inParallel<T>(orderings: number, jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const queue = [...jobs]
  const results: T[] = []
  const ordering = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) results.push(await job())
  }
  await Promise.all(Array.from({ length: orderings }, ordering))
  return results
}

function countBy(simulatedEvents: readonly SimulatedEvent[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { kind } of simulatedEvents) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

async function countersOf(source: string): Promise<Record<string, number>> {
  const answer = jsonOf(await postern.console.get(`/api/counters?source=${source}`)) as {
    events: { type: string; count: number }[]
  }
  const counts: Record<string, number> = {}
  for (const { type, count } of answer.events) counts[type] = (counts[type] ?? 0) + count
  return counts
}

const countOf = async (source: string): Promise<number> =>
  Object.values(await countersOf(source)).reduce((sum, count) => sum + count, 0)

async function suppressed(): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer: Received = await postern.console.get(`/api/suppressions?limit=500${query}`)
    const page = jsonOf(answer) as { suppressions: { recipient: string }[]; next_cursor: string | null }
    found.push(...page.suppressions.map(({ recipient }) => recipient))
    cursor = page.next_cursor
  } while (cursor !== null)
  return found.toSorted(inOrder)
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const GET = { method: 'GET', headers: {}, body: new Uint8Array(0) }
