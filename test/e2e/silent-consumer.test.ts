/** A consumer that throws everywhere: the gateway's health, a channel, the list of findings and doctor say it, and its end. */
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { jsonOf } from '../../src/simulator/http.ts'
import { run } from '../cli/run.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  simulated,
  startPostern,
  until,
  untilWatched,
} from './postern.ts'

const MINUTE_MS = 60_000
const clock = new MovedClock()
let postern: Postern
let source: TestSource
let receiver: Server
const received: { readonly type: string; readonly data: { readonly kind: string } }[] = []

beforeAll(async () => {
  const entry = (name: string) => join(import.meta.dirname, `entries/${name}.ts`)
  postern = await startPostern({
    ...WITH_DESTINATIONS,
    clock,
    ports: { gateway: 0, console: 0, consumer: 0 },
    entries: { consumer: entry('silenced-consumer'), console: entry('minutely-console') },
    queueRetrySeconds: 1,
  })
  receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(parts).toString()))
      response.end()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const { port } = receiver.address() as AddressInfo
  await postern.console.put('/api/channels/hook', {
    kind: 'webhook',
    url: `http://127.0.0.1:${port}/`,
    secrets: { signing_secret: `whsec_${randomBytes(32).toString('base64')}` },
  })
  source = await postern.source('generic', 'shop')
})
afterAll(async () => {
  receiver.close()
  await postern.runtime.close()
})

const deliver = async (): Promise<number> =>
  (await source.deliver(await source.account.deliver([simulated()], clock.nowSeconds()))).status

const gateway = async (query = '') => {
  const answer = await fetch(new URL(`/health${query}`, postern.runtime.url('gateway')))
  return { status: answer.status, ...(await answer.json<object>()) }
}

const minute = () => fetch(new URL('/minute', postern.runtime.url('console')))
const consumer = (path: string) => fetch(new URL(path, postern.runtime.url('consumer')))

const findings = async (): Promise<string[]> => {
  const { findings: all } = jsonOf(await postern.console.get('/api/health')) as {
    findings: { kind: string; level: string }[]
  }
  return all.filter(({ level }) => level === 'wrong').map(({ kind }) => kind)
}

async function firstPage(): Promise<string> {
  const url = postern.runtime.url('console')
  const entered = await fetch(new URL('/login', url), {
    method: 'POST',
    headers: { origin: url.origin },
    body: new URLSearchParams({ token: postern.secrets.ADMIN_TOKEN }),
    redirect: 'manual',
  })
  const cookie = entered.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  return (await fetch(url, { headers: { cookie } })).text()
}

const told = () => received.map(({ type, data }) => `${type} ${data.kind}`)

it('is told from outside and to a channel within minutes, once, and so is its end', async () => {
  expect(await deliver()).toBe(200)
  await postern.settledAt('shop', 1)
  expect(await gateway()).toEqual({ status: 200, ok: true })

  await consumer('/down')
  await clock.forward(2 * MINUTE_MS)
  expect(await deliver()).toBe(200)
  await clock.forward(2.5 * MINUTE_MS)
  // The gateway reports within some seconds.
  await until(async () => (await findings()).includes('consumer_silent'))
  expect(await gateway()).toEqual({ status: 503, ok: false, problem: 'consumer_silent' })
  expect(await gateway('?of=gateway')).toEqual({ status: 200, ok: true })
  await minute()
  await minute()
  expect(told()).toEqual(['alert.firing consumer_silent'])
  expect(await findings()).toContain('consumer_silent')
  const doctor = await run(['doctor', '--gateway', postern.runtime.url('gateway').href], '', postern.reach)
  expect(doctor.code).toBe(1)
  expect(doctor.out).toMatch(/wrong +consumer_silent the consumer: the consumer is silent/)
  expect(doctor.out).toMatch(/wrong +gateway: .*says of what comes after it: consumer_silent/)

  await consumer('/up')
  await postern.settledAt('shop', 2)
  await clock.forward(MINUTE_MS)
  await minute()
  await minute()
  expect(told()).toEqual(['alert.firing consumer_silent', 'alert.resolved consumer_silent'])
  expect(await gateway()).toEqual({ status: 200, ok: true })
  expect(await findings()).not.toContain('consumer_silent')
}, 120_000)

it('is one list: incidents, health, doctor and the first page name a dead channel and a failing destination alike', async () => {
  await postern.console.put('/api/destinations/app', { url: 'http://127.0.0.1:1/events' })
  await postern.console.put('/api/channels/dead', {
    kind: 'webhook',
    url: 'http://127.0.0.1:1/alerts',
    grouping_seconds: 0,
    secrets: { signing_secret: `whsec_${randomBytes(32).toString('base64')}` },
  })
  expect(await deliver()).toBe(200)
  const open = async () => {
    const { incidents } = jsonOf(await postern.console.get('/api/incidents?state=open')) as {
      incidents: { number: number; kind: string }[]
    }
    return incidents
  }
  await untilWatched(clock, async () => {
    const kinds = (await open()).map(({ kind }) => kind)
    return kinds.includes('destination_failing') && kinds.includes('channel_failing')
  })
  const incidents = await open()
  expect(incidents.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['destination_failing', 'channel_failing']),
  )
  const { findings: listed } = jsonOf(await postern.console.get('/api/health')) as {
    findings: {
      kind: string
      subject: string | null
      incident: number | null
      title: string
      level: string
    }[]
  }
  const doctor = await run(['doctor', '--gateway', postern.runtime.url('gateway').href], '', postern.reach)
  const page = await firstPage()
  for (const { number, kind } of incidents) {
    const [finding] = listed.filter((one) => one.incident === number)
    expect(finding).toMatchObject({ kind })
    expect(doctor.out).toContain(`${kind} ${finding?.subject}`)
    expect(doctor.out).toContain(`postern incidents show ${number}`)
    if (finding?.level === 'wrong')
      expect(page).toMatch(new RegExp(`Incident ${number}</a>\\s*·\\s*${finding.title}`))
  }
  expect(page).not.toContain('nothing needs attention')
}, 180_000)
