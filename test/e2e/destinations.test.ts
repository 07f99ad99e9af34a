/** Events reach an application that nobody here wrote, whatever fails on the way. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import type { DeliveryStatus } from '../../src/destinations/api.ts'
import { thorough } from '../support/thorough.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  nowSeconds,
  simulated,
  startPostern,
  until,
} from './postern.ts'
import { Receiver, chances } from './receiver.ts'

const EVENTS = thorough(10_000, 1_500)
/** So many of them arrive while the application fails and the object is evicted. */
const TROUBLED = 300

let postern: Postern
let source: TestSource
beforeAll(async () => {
  postern = await startPostern(WITH_DESTINATIONS)
  source = await postern.source('sendgrid')
})
afterAll(() => postern.runtime.close())

const whsec = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`

async function put(name: string, document: object): Promise<void> {
  const answer = await postern.console.put(`/api/destinations/${name}`, document)
  if (answer.status >= 300) throw new Error(answer.body.toString())
}

async function statusOf(name: string): Promise<DeliveryStatus> {
  const answer = await postern.console.get(`/api/destinations/${name}`)
  return (jsonOf(answer) as { delivery: DeliveryStatus }).delivery
}

/** Sends events as the ESP does. @returns when the store has them */
async function happen(count: number, change: Parameters<typeof simulated>[0] = {}): Promise<void> {
  for (let left = count; left > 0; left -= 100) {
    const events = Array.from({ length: Math.min(left, 100) }, () => simulated(change))
    const answer = await source.deliver(await source.account.deliver(events, nowSeconds()))
    if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`)
  }
}

const storedIds = async (): Promise<string[]> => (await postern.events(source.name)).map(({ id }) => id)

/** Ends waits for a next try, and of a circuit that has opened: a person would not wait for minutes either. */
async function hurry(name: string): Promise<void> {
  await postern.console.post(`/api/destinations/${name}/waiting/retry`, {})
  await postern.console.post(`/api/destinations/${name}/resume`, {})
}

/**
 * How long nothing may arrive before the test gives up: several attempts that end at their deadline of 30 s, one after the other. The
 * whole may take as long as the machine needs.
 */
const STANDSTILL_MS = 180_000

/** Waits until so many events have arrived. */
async function arrived(receiver: Receiver, count: number): Promise<void> {
  let before = -1
  let sinceMs = performance.now()
  while (receiver.accepted.size < count && performance.now() - sinceMs < STANDSTILL_MS) {
    if (receiver.accepted.size > before) sinceMs = performance.now()
    // A change ends the run in progress, so only a run that stands still is hurried.
    else await hurry('app')
    before = receiver.accepted.size
    await sleep(500)
  }
}

describe('an application that fails, is slow and is killed', () => {
  it(`gets each of ${EVENTS} events at least once, with its own id and a valid signature`, async () => {
    const luck = chances(0x1234567)
    const receiver = new Receiver({ luck, fails: 0.05, drops: 0.03, slow: 0.05 })
    await receiver.start()
    receiver.secrets = [whsec(1)]
    await put('app', {
      url: receiver.url,
      start: 'oldest',
      concurrency: 6,
      secrets: { signing_secret: whsec(1) },
    })

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
    const rotated = await postern.console.post('/api/destinations/app/secrets/signing_secret/rotate', {
      value: whsec(2),
    })
    expect(rotated.status, rotated.body.toString()).toBe(200)
    await happen(EVENTS / 4)
    receiver.secrets = [whsec(2)]
    await happen(EVENTS / 4)
    await until(async () => (await storedIds()).length === EVENTS, STANDSTILL_MS)
    await arrived(receiver, TROUBLED)
    over.abort()
    await trouble

    receiver.options = {}
    await arrived(receiver, EVENTS)
    expect(receiver.accepted.size).toBe(EVENTS)
    expect([...receiver.accepted.keys()].toSorted()).toEqual((await storedIds()).toSorted())
    expect(receiver.unverified).toEqual([])
    // The position is written once a second.
    await until(async () => (await statusOf('app')).backlog === 0)
    expect(await statusOf('app')).toMatchObject({ state: 'active', backlog: 0, dead_letters: 0, missed: 0 })
    await receiver.stop()
    await postern.console.remove('/api/destinations/app')
  }, 900_000)
})

describe('an operator', () => {
  it('pauses a destination and resumes it: nothing is lost', async () => {
    const receiver = new Receiver()
    receiver.secrets = [whsec(3)]
    await receiver.start()
    await put('paused', { url: receiver.url, secrets: { signing_secret: whsec(3) } })
    expect((await postern.console.post('/api/destinations/paused/pause', {})).status).toBe(200)
    await happen(30)
    await until(async () => (await statusOf('paused')).backlog === 30)
    expect(await statusOf('paused')).toMatchObject({ state: 'paused', backlog: 30 })
    expect(receiver.accepted.size).toBe(0)
    expect((await postern.console.post('/api/destinations/paused/resume', {})).status).toBe(200)
    await until(async () => receiver.accepted.size === 30)
    expect(receiver.accepted.size).toBe(30)
    await receiver.stop()
    await postern.console.remove('/api/destinations/paused')
  })

  it('tests a destination: a signed example arrives, and the answer is shown', async () => {
    const receiver = new Receiver()
    receiver.secrets = [whsec(4)]
    await receiver.start()
    await put('tested', { url: receiver.url, secrets: { signing_secret: whsec(4) } })
    const answer = await postern.console.post('/api/destinations/tested/test', {})
    expect(jsonOf(answer)).toMatchObject({
      attempt: { kind: 'test', status: 200, outcome: 'delivered', response: 'seen' },
    })
    expect(receiver.unverified).toEqual([])
    await receiver.stop()
    const dead = await postern.console.post('/api/destinations/tested/test', {})
    expect(jsonOf(dead)).toMatchObject({ attempt: { outcome: 'failed' } })
    await postern.console.remove('/api/destinations/tested')
  })

  it('replays what happened since a time, and sees a plan first', async () => {
    const receiver = new Receiver()
    receiver.secrets = [whsec(5)]
    await receiver.start()
    await put('replayed', { url: receiver.url, secrets: { signing_secret: whsec(5) } })
    const since = new Date(Date.now() - 3_600_000).toISOString()
    const stored = await storedIds()
    const plan = jsonOf(
      await postern.console.post('/api/destinations/replayed/replay', { since, plan: true }),
    )
    expect(plan).toMatchObject({ events: stored.length, running: false })
    const started = await postern.console.post('/api/destinations/replayed/replay', { since })
    expect(started.status).toBe(202)
    await until(async () => receiver.accepted.size === stored.length, 60_000)
    expect([...receiver.accepted.keys()].toSorted()).toEqual(stored.toSorted())
    await until(async () => (await statusOf('replayed')).replay === null)
    expect((await statusOf('replayed')).replay).toBeNull()
    await receiver.stop()
    await postern.console.remove('/api/destinations/replayed')
  }, 120_000)
})
