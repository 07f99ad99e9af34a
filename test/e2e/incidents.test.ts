/** The watch through all three Workers: an attack becomes one incident, and one message to a channel. */
import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jsonOf } from '../../scripts/local/http.ts'
import { signGeneric } from '../support/generic.ts'
import { type Postern, WITH_DESTINATIONS, nowSeconds, simulated, startPostern, until } from './postern.ts'

/** A minute is watched ten seconds after its end, and a channel waits for nothing here. */
const PATIENCE_MS = 110_000

let postern: Postern
let receiver: Server
const received: { type: string; data: { incident: number } }[] = []

beforeAll(async () => {
  postern = await startPostern(WITH_DESTINATIONS)
  receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(parts).toString()))
      response.end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  receiver.close()
  await postern.runtime.close()
})

interface Incidents {
  readonly incidents: readonly {
    readonly number: number
    readonly kind: string
    readonly source: string
    readonly state: string
    readonly headline: string
    readonly timeline: readonly { readonly kind: string }[]
  }[]
}

const incidents = async () => (jsonOf(await postern.console.get('/api/incidents')) as Incidents).incidents

it('wrong signatures of one network become one incident and one message, also if the object is evicted', async () => {
  const port = (receiver.address() as AddressInfo).port
  const channel = {
    kind: 'webhook',
    url: `http://127.0.0.1:${port}/alerts`,
    grouping_seconds: 0,
    secrets: { signing_secret: `whsec_${randomBytes(32).toString('base64')}` },
  }
  expect((await postern.console.put('/api/channels/ops', channel)).status).toBe(201)
  const { name, account, deliver } = await postern.source('generic', 'attacked')
  // A stored delivery wakes the watch.
  expect((await deliver(await account.deliver([simulated()], nowSeconds()))).status).toBe(200)
  for (let i = 0; i < 20; i++) {
    const request = await account.deliver([simulated()], nowSeconds())
    const { headers } = await signGeneric(request.body, 'not-the-secret-of-this-source', nowSeconds())
    const { status } = await deliver({ ...request, headers })
    expect(status).toBe(401)
  }
  await until(async () => (await incidents()).length > 0, PATIENCE_MS)
  await postern.runtime.evict('Incidents', 'incidents')
  await until(async () => received.length > 0, 20_000)
  const found = await incidents()
  expect(found).toMatchObject([{ kind: 'brute_force', source: name, state: 'open' }])
  expect(found[0]?.headline).toMatch(/20 wrong proofs/)
  expect(received).toHaveLength(1)
  expect(received[0]).toMatchObject({ type: 'alert.firing' })
  const acknowledged = await postern.console.post('/api/incidents/1/acknowledge', { assignee: 'ada' })
  expect(jsonOf(acknowledged)).toMatchObject({ state: 'acknowledged', assignee: 'ada' })
}, 200_000)
