/** Events reach applications that nobody here wrote, whatever fails on the way, and no destination costs another anything. */
import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import type { Attempt } from '../../src/api/destinations.ts'
import type { DeliveryStatus } from '../../src/destinations/api.ts'
import type { MailEvent } from '../../src/event/mail-event.ts'
import { thorough } from '../support/thorough.ts'
import {
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  until,
  withInstallation,
} from './postern.ts'
import { Receiver, type ReceiverOptions, chances } from './receiver.ts'

const EVENTS = thorough(10_000, 1_500)
/** So many of them arrive while the application fails and the object is evicted. */
const TROUBLED = 300

const whsec = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`
const SECRET = whsec(1)
const BATCH = { max_events: 50, max_wait_seconds: 0 }

const postern = withInstallation(WITH_DESTINATIONS)
let source: TestSource
beforeAll(async () => {
  source = await postern.source('sendgrid')
})

async function put(name: string, document: object): Promise<void> {
  const secrets = { signing_secret: SECRET }
  const answer = await postern.console.put(`/api/destinations/${name}`, { ...document, secrets })
  if (answer.status >= 300) throw new Error(answer.body.toString())
}

const remove = (name: string) => postern.console.remove(`/api/destinations/${name}`)

/** A destination that is removed after the test. */
async function putForNow(name: string, document: object): Promise<void> {
  onTestFinished(async () => void (await remove(name)))
  await put(name, document)
}

const post = (name: string, action: string, body: object = {}) =>
  postern.console.post(`/api/destinations/${name}/${action}`, body)

async function statusOf(name: string): Promise<DeliveryStatus> {
  const answer = await postern.console.get(`/api/destinations/${name}`)
  return (jsonOf(answer) as { delivery: DeliveryStatus }).delivery
}

/** An application that runs until the end of the test. */
async function receiving(options: ReceiverOptions = {}): Promise<Receiver> {
  const receiver = new Receiver(options)
  onTestFinished(() => receiver.stop())
  receiver.secrets = [SECRET]
  await receiver.start()
  return receiver
}

async function deliver(events: Parameters<TestSource['account']['deliver']>[0]): Promise<void> {
  const answer = await source.deliver(await source.account.deliver(events, nowSeconds()))
  if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`)
}

/** Sends so many events, as the ESP does. */
async function happen(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 100)
    await deliver(Array.from({ length: Math.min(left, 100) }, () => simulated()))
}

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

const storedIds = async (): Promise<string[]> => (await arrivals()).map(({ id }) => id).toSorted()
const acceptedIds = ({ accepted }: Receiver): string[] => [...accepted.keys()].toSorted()

/** Waits until so many are stored in all. */
const stored = (count: number): Promise<void> =>
  until(async () => (await arrivals()).length >= count, STANDSTILL_MS)

/** Ends waits for a next try, and of a circuit that has opened: a person would not wait for minutes either. */
async function hurry(name: string): Promise<void> {
  await post(name, 'waiting/retry')
  await post(name, 'resume')
}

/**
 * How long nothing may arrive before the test gives up: several attempts that end at their deadline of 30 s, one after the other. The
 * whole may take as long as the machine needs.
 */
const STANDSTILL_MS = 180_000

/** Waits until so many events have arrived at the destination of this name. */
async function arrived(name: string, receiver: Receiver, count: number): Promise<void> {
  let before = -1
  let sinceMs = performance.now()
  while (receiver.accepted.size < count && performance.now() - sinceMs < STANDSTILL_MS) {
    if (receiver.accepted.size > before) sinceMs = performance.now()
    // A change ends the run in progress, so only a run that stands still is hurried.
    else await hurry(name)
    before = receiver.accepted.size
    await sleep(500)
  }
}

describe('an application that fails, is slow and is killed', () => {
  it(`gets each of ${EVENTS} events at least once, with its own id and a valid signature`, async () => {
    const luck = chances(0x1234567)
    const receiver = await receiving({ luck, fails: 0.05, drops: 0.03, slow: 0.05 })
    await putForNow('app', { url: receiver.url, start: 'oldest', concurrency: 6, timeout_seconds: 2 })

    const over = new AbortController()
    const trouble = (async () => {
      while (!over.signal.aborted) {
        await sleep(300 + 700 * luck())
        const chance = luck()
        if (chance < 0.4) await postern.runtime.evict('Destination', 'app').catch(() => undefined)
        else if (chance < 0.6) {
          await receiver.stop()
          await sleep(400)
          await receiver.start()
        }
      }
    })()
    await happen(EVENTS / 2)
    // The secret is rotated in the middle. Both sign for a while, so the application may change at any moment.
    const rotated = await post('app', 'secrets/signing_secret/rotate', { value: whsec(2) })
    expect(rotated.status, rotated.body.toString()).toBe(200)
    await happen(EVENTS / 4)
    receiver.secrets = [whsec(2)]
    await happen(EVENTS / 4)
    await stored(EVENTS)
    await arrived('app', receiver, TROUBLED)
    over.abort()
    await trouble

    receiver.options = {}
    await arrived('app', receiver, EVENTS)
    expect(receiver.accepted.size).toBe(EVENTS)
    expect(acceptedIds(receiver)).toEqual(await storedIds())
    expect(receiver.unverified).toEqual([])
    // The position is written once a second.
    await until(async () => (await statusOf('app')).backlog === 0)
    expect(await statusOf('app')).toMatchObject({ state: 'active', backlog: 0, given_up: 0, missed: 0 })
  }, 900_000)
})

describe('an ordered destination', () => {
  it('hands on the events of each message in the order of arrival, whatever fails', async () => {
    const before = (await arrivals()).length
    const luck = chances(0x2468ace)
    const receiver = await receiving({ luck, fails: 0.2, drops: 0.1, slow: 0.1 })
    await putForNow('ordered', { url: receiver.url, ordered: true, concurrency: 6, timeout_seconds: 2 })
    const KINDS = ['email.sent', 'email.delivered', 'email.opened', 'email.clicked'] as const
    const messages = Array.from({ length: 12 }, () => simulated())
    // Several deliveries at once: which of them is stored first is not known before.
    for (const kind of KINDS) {
      await Promise.all(messages.map((message) => deliver([{ ...message, kind }])))
    }
    const all = messages.length * KINDS.length
    await stored(before + all)
    for (let share = 1; share <= 4; share++) {
      await arrived('ordered', receiver, (all * share) / 4)
      if (share < 4) await postern.runtime.evict('Destination', 'ordered').catch(() => undefined)
    }
    const byMessage = (events: readonly { id: string; messageId: string | null }[]) =>
      Object.groupBy(events, ({ messageId }) => messageId ?? '')
    const inStore = (await arrivals())
      .slice(before)
      .map(({ id, type, message_id }) => ({ id, type, messageId: message_id }))
    expect(Object.values(byMessage(inStore)).map((events) => events?.length)).toEqual(
      messages.map(() => KINDS.length),
    )
    expect(byMessage(receiver.order)).toEqual(byMessage(inStore))
  }, 200_000)
})

describe('an endpoint that never answers', () => {
  it('keeps nobody waiting: another destination has everything before its first call has ended', async () => {
    let calls = 0
    let ended = 0
    const silent = createServer((request) => {
      calls++
      request.on('error', () => undefined)
      request.socket.on('close', () => ended++)
    })
    onTestFinished(() => {
      silent.closeAllConnections()
      silent.close()
    })
    const receiver = await receiving()
    const before = (await arrivals()).length
    await putForNow('silent', { url: await listening(silent), concurrency: 6, timeout_seconds: 30 })
    await putForNow('quick', { url: receiver.url })
    await happen(300)
    await until(async () => receiver.accepted.size >= 300 && calls > 0)
    expect([receiver.accepted.size, calls > 0, ended]).toEqual([300, true, 0])
    expect((await arrivals()).length).toBe(before + 300)
    expect(await statusOf('quick')).toMatchObject({ state: 'active', waiting: 0 })
  }, 100_000)
})

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** Writes as long as somebody reads. */
function endless(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200)
  const write = () => {
    while (!response.destroyed && response.write('x'.repeat(16_384)));
  }
  response.on('drain', write)
  write()
}

const ENDPOINTS: readonly (readonly [what: string, outcome: string, error: string | null, answer: Answer])[] =
  [
    ['never answers', 'failed', 'within 1 seconds', () => undefined],
    [
      'sends its head and no body',
      'failed',
      'within 1 seconds',
      (_, response) => {
        response.writeHead(200)
        response.flushHeaders()
      },
    ],
    ['answers endless bytes', 'delivered', null, endless],
    [
      'redirects to a private address',
      'failed',
      'redirects to 169.254.169.254',
      (_, response) => {
        response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end()
      },
    ],
    [
      'answers 200 with garbage',
      'delivered',
      null,
      (_, response) => {
        response.writeHead(200).end(Buffer.from([0, 255, 27, 91, 50, 74, 0xc3]))
      },
    ],
    [
      'answers 500',
      'failed',
      'answered 500',
      (_, response) => {
        response.writeHead(500).end('broken')
      },
    ],
  ]

describe('an endpoint that', () => {
  const well = new Receiver()
  const servers = ENDPOINTS.map(([, , , answer]) =>
    createServer((request, response) => {
      request.resume()
      answer(request, response)
    }),
  )
  const nameOf = (what: string) => what.replaceAll(' ', '-')

  beforeAll(async () => {
    well.secrets = [SECRET]
    await well.start()
    for (const [i, server] of servers.entries())
      await put(nameOf(ENDPOINTS[i]?.[0] ?? ''), { url: await listening(server), timeout_seconds: 1 })
    await put('well', { url: well.url, timeout_seconds: 1 })
    await happen(1)
  })
  afterAll(async () => {
    for (const name of [...ENDPOINTS.map(([what]) => nameOf(what)), 'well']) await remove(name)
    for (const server of servers) {
      server.closeAllConnections()
      server.close()
    }
    await well.stop()
  })

  const attemptsOf = async (name: string): Promise<Attempt[]> =>
    (jsonOf(await postern.console.get(`/api/destinations/${name}/attempts`)) as { attempts: Attempt[] })
      .attempts

  it.each(ENDPOINTS)('%s is shown as what it is: %s', async (what, outcome, error) => {
    await until(async () => (await attemptsOf(nameOf(what))).length > 0)
    const [attempt] = await attemptsOf(nameOf(what))
    expect(attempt).toMatchObject({
      outcome,
      error: error === null ? null : expect.stringContaining(error),
    })
    expect((attempt?.response ?? '').length).toBeLessThan(600)
    expect(attempt?.response ?? '').not.toContain('\u001b')
  })

  it('is hostile costs another destination nothing: it has its event at once', async () => {
    await until(async () => well.accepted.size === 1)
    expect(well.accepted.size).toBe(1)
  })
})

describe('an operator', () => {
  it('tests a destination: a signed example arrives, and the answer is shown', async () => {
    const receiver = await receiving()
    await putForNow('tested', { url: receiver.url })
    expect(jsonOf(await post('tested', 'test'))).toMatchObject({
      attempt: { kind: 'test', status: 200, outcome: 'delivered', response: 'seen' },
    })
    expect(receiver.unverified).toEqual([])
    await receiver.stop()
    expect(jsonOf(await post('tested', 'test'))).toMatchObject({ attempt: { outcome: 'failed' } })
  })

  it('makes a destination that starts with the oldest event: it gets all that are stored', async () => {
    const receiver = await receiving()
    await putForNow('late', { url: receiver.url, start: 'oldest', batch: BATCH })
    const all = await storedIds()
    await until(async () => receiver.accepted.size >= all.length)
    expect(acceptedIds(receiver)).toEqual(all)
    expect(receiver.unverified).toEqual([])
  })

  it('replays what happened since a time, and sees a plan first', async () => {
    const receiver = await receiving()
    await putForNow('replayed', { url: receiver.url, batch: BATCH })
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const all = await storedIds()
    const plan = jsonOf(await post('replayed', 'replay', { since, plan: true }))
    expect(plan).toMatchObject({ events: all.length, running: false })
    expect((await post('replayed', 'replay', { since })).status).toBe(202)
    await until(async () => receiver.accepted.size === all.length, 60_000)
    expect(acceptedIds(receiver)).toEqual(all)
    await until(async () => (await statusOf('replayed')).replay === null)
    expect((await statusOf('replayed')).replay).toBeNull()
  }, 120_000)
})

describe('events that are removed from the store before they are sent', () => {
  it('are counted as missed, and the others arrive once a paused destination is resumed', async () => {
    const receiver = await receiving()
    await putForNow('missing', { url: receiver.url })
    expect((await post('missing', 'pause')).status).toBe(200)
    const before = (await arrivals()).length
    for (let i = 1; i <= 4; i++) {
      await happen(20)
      // A segment for each at least.
      await stored(before + 20 * i)
    }
    expect(await statusOf('missing')).toMatchObject({ state: 'paused', backlog: 80 })
    expect(receiver.accepted.size).toBe(0)
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
  }, 100_000)
})
