/** A person is erased in a whole deployment, and stays erased after a restore of D1, of a backup, and of all but the backups. */
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compactVerify, importJWK } from 'jose'
import { consoleAt } from '../../src/simulator/console.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { jsonOf, send } from '../../src/simulator/http.ts'
import { signGeneric } from '../support/generic.ts'
import { type Postern, nowSeconds, simulated, startPostern, until } from './postern.ts'
import { filesBelow, formsOf, tracesIn } from './traces.ts'

const MARK = `seed${randomBytes(6).toString('hex')}`
const ADA = `${MARK}.ada@example.com`
const EVE = 'eve@example.com'
const WORDS = `${MARK} has moved away`
const URL_OF_HERS = `https://shop.example.com/${MARK}`
const REASON = 'request 4711'

let folder: string
let postern: Postern
/** Of the first start: later ones are of the same deployment. */
let secrets: Postern['secrets'] | undefined
let backup: string
const logs: string[] = []

const state = (name: string) => join(folder, name)
const D1 = 'v3/d1'
const OBJECTS = 'v3/do'

const start = async () => {
  postern = await startPostern({ stateDir: state('live'), bindings: { ...secrets } })
  secrets ??= postern.secrets
}
const stop = async () => {
  logs.push(...postern.logs)
  await postern.runtime.close()
}

const post = async (path: string, json: unknown) => {
  const answer = await send(new URL(path, postern.runtime.url('console')), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${secrets?.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      'x-reason': REASON,
    },
    body: Buffer.from(JSON.stringify(json)),
  })
  return { status: answer.status, json: jsonOf(answer) as Record<string, unknown> }
}
const read = async (path: string) =>
  jsonOf(await consoleAt(postern.runtime.url('console'), secrets?.ADMIN_TOKEN ?? '').get(path)) as Record<
    string,
    unknown
  >

const shown = async (address: string) => {
  const { json } = await post('/api/people/show', { address })
  const places = json['places'] as { place: string; count: number | null }[]
  return Object.fromEntries(places.map(({ place, count }) => [place, count]))
}
const recipients = async () =>
  ((await read('/api/events?limit=500'))['events'] as { recipient: string | null }[]).map(
    ({ recipient }) => recipient,
  )
const suppression = (address: string) => read(`/api/suppressions/${encodeURIComponent(address)}`)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-erasure-'))
  await start()
  const shop = await postern.source('generic', 'shop')
  const bounced = { kind: 'email.bounced', bounce: 'hard' } as const
  const sent = [
    simulated({ ...bounced, recipient: ADA }),
    simulated({ kind: 'email.clicked', url: URL_OF_HERS, recipient: ADA }),
    simulated({ ...bounced, recipient: EVE }),
  ]
  await shop.deliver(await shop.account.deliver(sent, nowSeconds()))
  const request = await shop.account.deliver(sent, nowSeconds())
  const item = utf8(JSON.stringify([{ event_type: 'email.delivered', to: `Ada <${ADA}>` }]))
  const { hmac } = shop.account.document['secrets'] as { readonly hmac: string }
  const { headers } = await signGeneric(item, hmac, nowSeconds())
  await shop.deliver({ ...request, headers, body: item })
  await postern.settledAt('shop', sent.length)
  await until(async () => ((await read('/api/quarantine'))['quarantine'] as unknown[]).length > 0)
  await post('/api/suppressions', { address: ADA, note: WORDS })
  backup = String((await post('/api/backups', {})).json['id'])
  await stop()
  await cp(state('live'), state('last-week'), { recursive: true })
  await start()
}, 180_000)
afterAll(async () => {
  await postern?.runtime.close()
  await rm(folder, { recursive: true })
})

/** The same for each way in which what was erased could come back. */
async function expectErased(): Promise<void> {
  // The first request after a restore: nobody is served before all is erased again.
  expect(await recipients()).not.toContain(ADA)
  expect((await post('/api/people/show', { address: ADA })).json['places']).not.toEqual(
    expect.arrayContaining([expect.objectContaining({ place: 'events' })]),
  )
  expect((await read('/api/quarantine'))['quarantine']).toEqual([])
  expect(await suppression(ADA)).toMatchObject({
    suppressed: true,
    reasons: expect.arrayContaining([expect.objectContaining({ note: null, event_id: null })]),
  })
  expect(JSON.stringify(await suppression(ADA))).not.toContain(WORDS)
}

async function restoreBackup(): Promise<void> {
  expect((await post('/api/restore', { id: backup, replace: true })).status).toBe(200)
  let part: unknown = 0
  while (part !== null) {
    const { status, json } = await post('/api/restore/suppressions', { id: backup, part })
    expect(status).toBe(200)
    part = json['next'] ?? null
  }
  expect((await post('/api/restore/incidents', { id: backup })).status).toBe(200)
}

describe('a person', () => {
  it('is known at first, and the plan says where', async () => {
    expect(await recipients()).toEqual(expect.arrayContaining([ADA, EVE]))
    const { json } = await post('/api/people/erase', { address: ADA, plan: true })
    expect(json['places']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ place: 'events', count: 2 }),
        expect.objectContaining({ place: 'quarantine', count: 1 }),
      ]),
    )
  })

  it('is erased with a certificate that anybody can verify', async () => {
    const { status, json } = await post('/api/people/erase', { address: ADA })
    expect([status, json['state']]).toEqual([200, 'finished'])
    const key = await importJWK((await read('/api/people/certificate-key')) as { kty: 'OKP' })
    const { payload } = await compactVerify(String(json['certificate']), key)
    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({
      number: 1,
      keeps_suppression: true,
    })
    await expectErased()
    expect(await recipients()).toContain(EVE)
    expect(await shown(EVE)).toMatchObject({ events: 1 })
  })

  it('rests nowhere, neither the address nor a hash that can be guessed nor words of hers', async () => {
    await stop()
    const texts = [['the log', logs.join('\n')] as const, ...(await filesBelow(state('live')))]
    expect(texts.some(([, text]) => text.includes('email.bounced'))).toBe(true)
    expect(tracesIn(texts, [...formsOf(ADA), WORDS, URL_OF_HERS])).toEqual({})
    await start()
  })

  it('stays erased after a restore of an older backup', async () => {
    await restoreBackup()
    await expectErased()
  })

  it('stays erased after D1 was restored to a time before', async () => {
    await stop()
    await rm(state(`live/${D1}`), { recursive: true })
    await cp(state(`last-week/${D1}`), state(`live/${D1}`), { recursive: true })
    await start()
    await expectErased()
  })

  it('stays erased if all is lost but the backups, and D1 is of a time before', async () => {
    await stop()
    for (const part of [D1, OBJECTS]) await rm(state(`live/${part}`), { recursive: true })
    await cp(state(`last-week/${D1}`), state(`live/${D1}`), { recursive: true })
    await start()
    await restoreBackup()
    await expectErased()
    expect((await read('/api/people/erasures'))['erasures']).toMatchObject([{ number: 1 }])
  })
})
