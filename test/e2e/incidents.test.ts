/** The watch through all three Workers: an attack becomes one incident, and one message to a channel. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf, send } from '../../src/simulator/http.ts'
import type { IncidentsApi } from '../../src/watch/incidents/api.ts'
import { signGeneric } from '../support/generic.ts'
import { run } from '../cli/run.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import {
  type Postern,
  type TestSource,
  WITH_DESTINATIONS,
  simulated,
  startPostern,
  until,
  untilWatched,
} from './postern.ts'

const clock = new MovedClock()
let postern: Postern
let stateDir: string
/** Of all starts. */
let masterKey: string
let receiver: Server
const received: { type: string; data: { incident: number } }[] = []

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-'))
  postern = await startPostern({ ...WITH_DESTINATIONS, clock, stateDir })
  masterKey = postern.secrets.MASTER_KEY
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
})
afterAll(async () => {
  receiver.close()
  await postern.runtime.close()
  await rm(stateDir, { recursive: true, force: true })
})

interface Incidents {
  readonly incidents: readonly {
    readonly number: number
    readonly kind: string
    readonly source: string
    readonly state: string
    readonly headline: string
  }[]
}

const incidents = async () => (jsonOf(await postern.console.get('/api/incidents')) as Incidents).incidents

/** Twenty deliveries that are signed with another secret. */
async function attack({ name, account }: TestSource): Promise<void> {
  for (let i = 0; i < 20; i++) {
    const request = await account.deliver([simulated()], clock.nowSeconds())
    const { headers } = await signGeneric(request.body, 'not-the-secret-of-this-source', clock.nowSeconds())
    const url = new URL(`/hooks/${name}`, postern.runtime.url('gateway'))
    expect((await send(url, { ...request, headers })).status).toBe(401)
  }
}

async function hasStoredSuccess(): Promise<boolean> {
  const channel = jsonOf(await postern.console.get('/api/channels/ops')) as {
    status: { last_success_at: string | null }
  }
  return channel.status.last_success_at !== null
}

/** Waits until the present minute has been watched. */
async function watched(): Promise<void> {
  const minute = Math.floor(clock.nowMs() / 60_000)
  const { INCIDENTS } = await postern.runtime.bindings<{
    INCIDENTS: { getByName(name: string): Pick<IncidentsApi, 'status'> }
  }>('consumer')
  await untilWatched(
    clock,
    async () => ((await INCIDENTS.getByName('incidents').status()).minute ?? 0) >= minute,
  )
}

it('an attack becomes one incident and one message, also if the object is evicted and everything is restarted', async () => {
  const channel = {
    kind: 'webhook',
    url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`,
    grouping_seconds: 0,
    secrets: { signing_secret: `whsec_${randomBytes(32).toString('base64')}` },
  }
  expect((await postern.console.put('/api/channels/ops', channel)).status).toBe(201)
  const source = await postern.source('generic', 'attacked')
  // All in one minute, also on a machine where each takes a second.
  await clock.forward(60_000 - (clock.nowMs() % 60_000))
  // A stored delivery wakes the watch.
  const genuine = await source.account.deliver([simulated()], clock.nowSeconds())
  expect((await source.deliver(genuine)).status).toBe(200)
  await attack(source)
  await postern.runtime.evict('Incidents', 'incidents')
  await untilWatched(clock, async () => received.length > 0)
  const found = await incidents()
  expect(found).toMatchObject([{ number: 1, kind: 'brute_force', source: 'attacked', state: 'open' }])
  expect(found[0]?.headline).toMatch(/20 wrong secrets/)
  expect(received).toMatchObject([{ type: 'alert.firing', data: { incident: 1 } }])

  // Between sending and storing, a restart may send again.
  await until(hasStoredSuccess)
  await postern.runtime.evict('Incidents', 'incidents')
  await postern.runtime.close()
  postern = await startPostern({
    ...WITH_DESTINATIONS,
    clock,
    stateDir,
    bindings: { ...WITH_DESTINATIONS.bindings, MASTER_KEY: masterKey },
  })
  await attack(source)
  await watched()
  expect(await incidents()).toMatchObject([{ number: 1, state: 'open' }])
  expect(received).toHaveLength(1)

  const acknowledged = await postern.console.post('/api/incidents/1/acknowledge', { assignee: 'ada' })
  expect(jsonOf(acknowledged)).toMatchObject({ state: 'acknowledged', assignee: 'ada' })

  const command = async (verb: string, ...args: string[]): Promise<string> => {
    const ran = await run(['incidents', verb, '1', ...args], '', postern.reach)
    expect(ran).toMatchObject({ code: 0, complaints: '' })
    return ran.out
  }
  expect(await command('note', 'A key leaked.')).toBe('Noted: A key leaked.\n')
  expect(await command('assign', '--nobody')).toMatch(/Assignee: nobody\.\n$/)
  expect(await command('assign', 'ada')).toMatch(/Assignee: ada\.\n$/)

  const report = (...args: string[]): Promise<string> => command('report', ...args)
  const text = await report()
  expect(text).toMatch(
    /^# Incident 1: Wrong secrets from one network at attacked\n\nAt the source attacked, .*20 wrong secrets/,
  )
  expect(text).toMatch(/^- .*, admin: Acknowledged\.$/m)
  expect(JSON.parse(await report('--json'))).toMatchObject({ number: 1, state: 'acknowledged' })
  const file = join(stateDir, 'report.md')
  expect(await report('--out', file)).toBe('')
  const withoutTime = (one: string) =>
    one.replaceAll(/^Written on .*$/gm, '').replaceAll(/It has lasted .*? so far/g, '')
  expect(withoutTime(await readFile(file, 'utf8'))).toBe(withoutTime(text))

  await postern.console.post('/api/incidents/1/resolve', {})
  await until(async () => received.length > 1)
  expect(received.slice(1)).toMatchObject([{ type: 'alert.resolved', data: { incident: 1 } }])
}, 300_000)

it('its incident is in the backup, and the file brings it to another installation', async () => {
  const made = jsonOf(await postern.console.post('/api/backups', {}))
  expect(made).toMatchObject({ incidents: 1 })
  const { id } = made as { id: string }
  const here = await postern.console.post('/api/restore/incidents', { id })
  expect(jsonOf(here)).toEqual({ restored: 0 })

  const file = jsonOf(await postern.console.get(`/api/backups/${id}`)) as { incidents_sealed: string }
  const other = await startPostern({ bindings: { MASTER_KEY: masterKey } })
  try {
    const sealed = file.incidents_sealed
    const there = await other.console.post('/api/restore/incidents', { id, sealed })
    expect(jsonOf(there)).toEqual({ restored: 1 })
    expect(jsonOf(await other.console.get('/api/incidents/1'))).toMatchObject({
      kind: 'brute_force',
      state: 'resolved',
      assignee: 'ada',
    })
  } finally {
    await other.runtime.close()
  }
}, 200_000)
