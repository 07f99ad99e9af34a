/** Deliveries of one destination and their order, whatever happens to its endpoint, to others and to the store. */
import { type Server, createServer } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import type { DeliveryStatus } from '../../src/destinations/api.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  startPostern,
  until,
} from './postern.ts'
import { Receiver, type ReceiverOptions, chances } from './receiver.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

let postern: Postern
let source: TestSource
beforeAll(async () => {
  postern = await startPostern(WITH_DESTINATIONS)
  source = await postern.source('sendgrid')
})
afterAll(() => postern.runtime.close())

async function put(name: string, document: object): Promise<void> {
  const secrets = { signing_secret: SECRET }
  const answer = await postern.console.put(`/api/destinations/${name}`, { ...document, secrets })
  if (answer.status >= 300) throw new Error(answer.body.toString())
}

const post = (name: string, action: string) => postern.console.post(`/api/destinations/${name}/${action}`, {})

async function statusOf(name: string): Promise<DeliveryStatus> {
  const answer = await postern.console.get(`/api/destinations/${name}`)
  return (jsonOf(answer) as { delivery: DeliveryStatus }).delivery
}

async function receiving(options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = new Receiver(options)
  receiver.secrets = [SECRET]
  await receiver.start()
  return receiver
}

/** One delivery of the ESP. */
async function deliver(events: Parameters<TestSource['account']['deliver']>[0]): Promise<void> {
  const answer = await source.deliver(await source.account.deliver(events, nowSeconds()))
  if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`)
}

const happen = (count: number): Promise<void> => deliver(Array.from({ length: count }, () => simulated()))

/** All events that are stored, in the order of arrival. */
async function arrivals(): Promise<MailEvent[]> {
  const found: MailEvent[] = []
  let after: string | undefined
  for (;;) {
    const query = new URLSearchParams({
      order: 'arrival',
      limit: '500',
      ...(after !== undefined && { after }),
    })
    const page = jsonOf(await postern.console.get(`/api/events?${query.toString()}`)) as {
      events: MailEvent[]
      next_cursor: string
    }
    if (page.events.length === 0) return found
    found.push(...page.events)
    after = page.next_cursor
  }
}

/** Waits until so many are stored in all. */
const stored = (count: number): Promise<void> => until(async () => (await arrivals()).length >= count)

describe('an ordered destination', () => {
  it('hands on the events of each message in the order of arrival, whatever fails', async () => {
    const luck = chances(0x2468ace)
    const receiver = await receiving({ luck, fails: 0.2, drops: 0.1, slow: 0.1 })
    await put('ordered', { url: receiver.url, ordered: true, concurrency: 6, start: 'oldest' })
    const KINDS = [
      'email.sent',
      'email.delivered',
      'email.opened',
      'email.clicked',
      'email.unsubscribed',
    ] as const
    const messages = Array.from({ length: 12 }, () => simulated())
    // Several deliveries at once: which of them is stored first is not known before.
    for (const kind of KINDS) {
      await Promise.all(messages.map((message) => deliver([{ ...message, kind }])))
    }
    const all = messages.length * KINDS.length
    await stored(all)
    await until(async () => {
      // A person would not wait for hours.
      await post('ordered', 'waiting/retry')
      if (luck() < 0.1) await postern.runtime.evict('Destination', 'ordered').catch(() => undefined)
      return receiver.accepted.size >= all
    }, 90_000)
    const byMessage = (events: readonly { id: string; messageId: string | null }[]) =>
      messages.map(({ messageId }) => events.filter((one) => one.messageId === messageId).map(({ id }) => id))
    const inStore = (await arrivals()).map(({ id, message_id }) => ({ id, messageId: message_id }))
    expect(inStore).toHaveLength(all)
    expect(byMessage(receiver.order)).toEqual(byMessage(inStore))
    await receiver.stop()
    await postern.console.remove('/api/destinations/ordered')
  }, 200_000)
})

describe('a new destination', () => {
  it('that starts with the oldest event gets all that are stored', async () => {
    const before = (await arrivals()).length
    await happen(70)
    await stored(before + 70)
    const receiver = await receiving()
    await put('late', { url: receiver.url, start: 'oldest', batch: { max_events: 50, max_wait_seconds: 0 } })
    await until(async () => receiver.accepted.size >= before + 70)
    expect([...receiver.accepted.keys()].toSorted()).toEqual(
      (await arrivals()).map(({ id }) => id).toSorted(),
    )
    expect(receiver.unverified).toEqual([])
    await receiver.stop()
    await postern.console.remove('/api/destinations/late')
  })
})

describe('an endpoint that never answers', () => {
  let silent: Server
  let calls = 0
  let ended = 0
  beforeAll(async () => {
    silent = createServer((request) => {
      calls++
      request.on('error', () => undefined)
      request.socket.on('close', () => ended++)
    })
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
  })
  afterAll(() => {
    silent.closeAllConnections()
    silent.close()
  })

  it('keeps nobody waiting: another destination has everything before its first call has ended', async () => {
    const address = silent.address()
    if (address === null || typeof address === 'string') throw new Error('no address')
    const receiver = await receiving()
    const before = (await arrivals()).length
    await put('silent', { url: `http://127.0.0.1:${address.port}/`, concurrency: 6, timeout_seconds: 30 })
    await put('quick', { url: receiver.url })
    for (let i = 0; i < 5; i++) await happen(60)
    await until(async () => receiver.accepted.size >= 300 && calls > 0)
    expect([receiver.accepted.size, calls > 0, ended]).toEqual([300, true, 0])
    expect((await arrivals()).length).toBe(before + 300)
    expect(await statusOf('quick')).toMatchObject({ state: 'active', waiting: 0 })
    await receiver.stop()
    await postern.console.remove('/api/destinations/silent')
    await postern.console.remove('/api/destinations/quick')
  }, 100_000)
})

describe('events that are removed from the store before they are sent', () => {
  it('are counted as missed, and the others arrive', async () => {
    const receiver = await receiving()
    await put('missing', { url: receiver.url })
    expect((await post('missing', 'pause')).status).toBe(200)
    const before = (await arrivals()).length
    for (let i = 1; i <= 4; i++) {
      await happen(20)
      // A segment for each at least.
      await stored(before + 20 * i)
    }
    expect(await statusOf('missing')).toMatchObject({ state: 'paused', backlog: 80 })
    const { STORE } = await postern.runtime.bindings<{ STORE: D1Database }>('consumer')
    // As retention does: whole segments, and never the last one.
    await STORE.prepare('DELETE FROM segments WHERE segment < (SELECT max(segment) FROM segments)').run()
    const left = (await arrivals()).length
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThan(80)
    expect((await post('missing', 'resume')).status).toBe(200)
    await until(async () => receiver.accepted.size >= left)
    await until(async () => (await statusOf('missing')).missed > 0)
    expect(receiver.accepted.size).toBe(left)
    expect(await statusOf('missing')).toMatchObject({ state: 'active', backlog: 0, missed: 80 - left })
    await receiver.stop()
    await postern.console.remove('/api/destinations/missing')
  }, 100_000)
})
