import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AttackName, attackTraffic } from '../../src/simulator/attack-traffic.ts'
import { type Played, play } from '../../src/simulator/play.ts'
import { SENDERS, senderNamed } from '../../src/simulator/senders/index.ts'
import { Stage } from '../../src/simulator/stage.ts'

/** A receiver that answers with one status and counts the requests. */
let status = 200
let received = 0
const addresses = new Set<unknown>()
const server = createServer((request, response) => {
  received++
  addresses.add(request.headers['cf-connecting-ip'])
  request.resume().on('end', () => response.writeHead(status).end())
})
let target: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/x`
})
afterAll(() => server.close())
beforeEach(() => {
  status = 200
  received = 0
})

const stage = async (provider = 'sendgrid') => {
  const sender = senderNamed(provider)
  if (sender === undefined) throw new Error(`no sender named ${provider}`)
  return Stage.open('demo', target, '198.18.1.10', sender)
}

const options = { perSecondAt: () => 100, random: Math.random, nowMs: Date.now }

describe('the play', () => {
  it('keeps its rate and ends when stopped', async () => {
    const played: Played[] = []
    const playing = play([await stage()], {
      ...options,
      perSecondAt: () => 20,
      onDelivery: (one) => played.push(one),
    })
    await sleep(1_000)
    await playing.stop()
    const atTheEnd = received
    await sleep(200)
    expect(received).toBe(atTheEnd)
    expect(received).toBeGreaterThan(3)
    expect(received).toBeLessThanOrEqual(22)
    expect(played.every((one) => one.status === 200 && one.attackTraffic === undefined)).toBe(true)
  })

  it('stops sending for a source that has refused it three times', async () => {
    status = 401
    const playing = play([await stage()], { ...options, onDelivery: () => undefined })
    await sleep(500)
    await playing.stop()
    // Deliveries that were on their way already may have been refused too.
    expect(received).toBeGreaterThanOrEqual(3)
    expect(received).toBeLessThan(12)
  })

  it('sends for a source again ten minutes after it was refused', async () => {
    status = 401
    let forwardMs = 0
    const nowMs = () => Date.now() + forwardMs
    const playing = play([await stage()], { ...options, nowMs, onDelivery: () => undefined })
    await sleep(300)
    const refused = received
    status = 200
    await sleep(200)
    expect(received).toBe(refused)
    forwardMs = 600_000
    await sleep(500)
    await playing.stop()
    expect(received).toBeGreaterThan(refused + 3)
  })

  it.each([429, 503])('does not repeat an attack that is answered with %i', async (answer) => {
    status = answer
    const seen: unknown[] = []
    const playing = play([await stage()], {
      ...options,
      perSecondAt: () => 1,
      attackEverySeconds: 3_600,
      onDelivery: ({ attackTraffic }) => seen.push(attackTraffic),
    })
    while (seen.length === 0) await sleep(20)
    await playing.stop()
    expect([seen[0], received]).toEqual(['forged', 1])
  })

  it('continues if only attack traffic is refused', async () => {
    status = 401
    const seen = new Set<AttackName | undefined>()
    const playing = play([await stage()], {
      ...options,
      attackEverySeconds: 0,
      onDelivery: ({ attackTraffic }) => seen.add(attackTraffic),
    })
    await vi.waitUntil(() => received > 12 && seen.size === 3, { timeout: 30_000 })
    await playing.stop()
    // Nothing genuine was sent, so there was nothing to replay.
    expect(seen).toEqual(new Set(['forged', 'malformed', 'stale']))
  })

  it('lets stages and kinds of attacks take turns, apart from the rate of the mail', async () => {
    const seen: string[] = []
    let nowMs = Date.now()
    const playing = play([await stage(), await stage()], {
      ...options,
      attackEverySeconds: 200,
      nowMs: () => (nowMs += 2_000),
      onDelivery: ({ attackTraffic: name }) => void (name !== undefined && seen.push(name)),
    })
    while (seen.length < 8) await sleep(20)
    await playing.stop()
    expect(seen.slice(0, 8)).toEqual([
      'forged', 'forged', 'replayed', 'replayed', 'malformed', 'malformed', 'stale', 'stale',
    ]) // prettier-ignore
    expect(addresses).toEqual(new Set(['198.18.1.10', '198.19.7.66']))
  })
})

describe('a stage', () => {
  it.each(SENDERS.map(({ provider }) => provider))('of %s plays a message to its end', async (provider) => {
    const one = await stage(provider)
    // Some ESPs report rare things only.
    while (one.waitingSince(9_000) === undefined) one.write(1_000, Math.random)
    const requests: string[] = []
    for (let next = await one.next(9_000); next !== undefined; next = await one.next(9_000)) {
      expect(next.events.length).toBeGreaterThan(0)
      requests.push(next.request.query + Buffer.from(next.request.body).toString('latin1'))
      if (requests.length > 100) break
    }
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.length).toBeLessThan(100)
  })

  it('reports every past event once, and no future event', async () => {
    const one = await stage()
    one.write(1_000, Math.random)
    expect(one.waitingSince(999)).toBeUndefined()
    expect(await one.next(999)).toBeUndefined()
    const bodies: string[] = []
    for (let next = await one.next(9_000); next !== undefined; next = await one.next(9_000))
      bodies.push(Buffer.from(next.request.body).toString())
    const events = bodies.flatMap(
      (body) => JSON.parse(body) as { event: string; sg_message_id: string; sg_event_id: string }[],
    )
    const sent = events.filter(({ event }) => event === 'processed')
    expect(new Set(sent.map((event) => event.sg_message_id)).size).toBe(sent.length)
    // A machine and a person may open the same message.
    expect(new Set(events.map((event) => event.sg_event_id)).size).toBe(events.length)
  })

  it('reports events one by one if the ESP does not batch', async () => {
    const one = await stage('mailersend')
    one.write(1_000, () => 0.9)
    const { events } = (await one.next(2_000)) ?? {}
    expect(events).toHaveLength(1)
    expect(one.waitingSince(2_000)).toBeDefined()
  })
})

const made = async (name: AttackName, provider = 'sendgrid') => {
  const { account, forger, past } = await stage(provider)
  const simulated = {
    kind: 'email.delivered',
    messageId: 'm',
    recipient: 'a@example.com',
    occurredAtSeconds: 5_000_000,
  }
  past.push(await account.deliver([simulated], 5_000_000))
  const means = { account, forger, past, simulated, nowSeconds: 5_000_000, random: () => 0 }
  return { request: await attackTraffic(name, means), genuine: past[0] }
}

describe('attackTraffic', () => {
  it('replays the same bytes', async () => {
    const { request, genuine } = await made('replayed')
    expect(request).toEqual(genuine)
  })

  it('forges with its own key', async () => {
    const { request, genuine } = await made('forged')
    expect(Object.keys(request?.headers ?? {})).toEqual(Object.keys(genuine?.headers ?? {}))
    expect(request?.headers).not.toEqual(genuine?.headers)
  })

  it('cuts a body short', async () => {
    const { request } = await made('malformed')
    expect(() => JSON.parse(Buffer.from(request?.body ?? []).toString()) as unknown).toThrow(SyntaxError)
  })

  it.each<[AttackName, string, boolean]>([
    ['stale', 'postmark', false],
    ['malformed', 'postmark', false],
    ['stale', 'mailgun', true],
    ['stale', 'generic', true],
    ['malformed', 'ses', true],
  ])('%s of %s is made (%j) only if it is refused: a password holds at any time, for any body', async (name, provider, isMade) => {
    expect((await made(name, provider)).request !== undefined).toBe(isMade)
  }) // prettier-ignore

  it('signs with a clock that is days behind', async () => {
    const { request } = await made('stale')
    expect(Number(request?.headers['x-twilio-email-event-webhook-timestamp'])).toBeLessThan(
      5_000_000 - 7 * 86_400,
    )
  })
})
