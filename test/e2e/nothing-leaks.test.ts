/** Seeded secrets and addresses appear in no log line, answer, list or dead letter, and nowhere on disk in the clear. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Received, jsonOf } from '../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { SENDERS, senderNamed } from '../../src/simulator/senders/index.ts'
import { linesIn, strayIn } from '../support/log-lines.ts'
import { type Postern, WITH_DESTINATIONS, simulated, nowSeconds, startPostern, until } from './postern.ts'
import { Receiver } from './receiver.ts'

/** With which a destination's requests are signed. */
const SECRET = `whsec_${randomBytes(32).toString('base64')}`

/** In every address, link and junk message that this test sends. */
const MARK = `seed${randomBytes(6).toString('hex')}`

/** Names and settings that are public; a slot of a secret that only points somewhere. */
const PUBLIC_SLOTS = new Set(['topic_arns', 'public_key', 'public_key_pem', 'webhook_url'])

let stateDir: string
let postern: Postern
const app = new Receiver()
const answers: Received[] = []
const secrets = new Set<string>()
const signatures = new Set<string>()

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-'))
  await app.start()
  postern = await startPostern({ ...WITH_DESTINATIONS, stateDir })
  await postern.console.put('/api/destinations/app', { url: app.url, secrets: { signing_secret: SECRET } })
  secrets.add(SECRET)
  for (const { provider } of SENDERS) await sendAll(provider)
  await sendJunk()
  await until(async () => (await refusals()).length >= SENDERS.length)
  await until(async () => (await deadLetters()).length > 0)
  await until(async () => app.requests > 0)
}, 180_000)
afterAll(async () => {
  await app.stop()
  await rm(stateDir, { recursive: true, force: true })
})

/** A valid delivery, and many invalid variants of it. */
async function sendAll(provider: string): Promise<void> {
  const { account, deliver } = await postern.source(provider)
  const forger = await senderNamed(provider)?.open()
  if (forger === undefined) throw new Error(`no simulated ${provider}`)
  const kind = account.kinds.find((one) => one === 'email.clicked') ?? account.kinds[0] ?? 'email.sent'
  const happened = simulated({
    kind,
    recipient: `${MARK}.person@example.com`,
    url: `https://shop.example.com/${MARK}`,
    ...(kind === 'email.bounced' ? { bounce: 'hard' } : {}),
  })
  for (const { document } of [account, forger])
    for (const text of textsIn(document['secrets'])) secrets.add(text)
  const right = await account.deliver([happened], nowSeconds())
  for (const header of right.proofHeaders) {
    const proof = right.headers[header] ?? ''
    if (proof.length >= SIGNATURE_MIN_CHARACTERS) signatures.add(proof)
  }
  const wrong: OutgoingRequest[] = [
    right,
    right,
    await forger.deliver([happened], nowSeconds()),
    { ...right, body: Buffer.concat([right.body, Buffer.from('"}]junk')]) },
    { ...right, body: right.body.subarray(0, right.body.byteLength / 2) },
    { ...right, body: Buffer.from(`[{"email": "${MARK}.person@example.com"`), query: '' },
    { ...right, body: Buffer.from(JSON.stringify({ email: `${MARK}.person@example.com` })) },
    { ...right, headers: {}, query: '' },
    { ...right, query: '?secret=wrong' },
    { ...right, headers: { ...right.headers, 'content-type': `text/${MARK}` } },
    { ...right, headers: { ...right.headers, 'content-encoding': 'gzip' } },
    { ...right, headers: withProofs(right, (proof) => `${proof}${MARK}`) },
    { ...right, headers: withProofs(right, () => `${MARK},v1,t=9`) },
    { ...right, method: 'PUT' as 'POST' },
    await account.deliver([happened], nowSeconds() - 9 * 86_400),
    await account.deliver([{ ...happened, kind: 'never.heard.of' }], nowSeconds()),
  ]
  for (const request of wrong) answers.push(await deliver(request))
}

const withProofs = ({ headers, proofHeaders }: OutgoingRequest, change: (proof: string) => string) => ({
  ...headers,
  ...Object.fromEntries(proofHeaders.map((name) => [name, change(headers[name] ?? '')])),
})

/** Messages that did not come from the gateway. */
async function sendJunk(): Promise<void> {
  const { EVENTS } = await postern.runtime.bindings<{ EVENTS: Queue }>('gateway')
  await EVENTS.send({ recipient: `${MARK}.person@example.com` })
  await EVENTS.send(`${MARK}.person@example.com`)
}

/** Shorter ones are the times and message ids that some schemes sign. */
const SIGNATURE_MIN_CHARACTERS = 40

/** Shorter ones are user names. */
const SECRET_MIN_CHARACTERS = 16

/** Every text of a secrets document that is long enough to be one. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length >= SECRET_MIN_CHARACTERS ? [value] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([slot, inner]) => (PUBLIC_SLOTS.has(slot) ? [] : textsIn(inner)))
}

const listed = async (path: string, name: string): Promise<unknown[]> =>
  (jsonOf(await postern.console.get(path)) as Record<string, unknown[]> | undefined)?.[name] ?? []
const refusals = () => listed('/api/refusals?limit=500', 'refusals')
const deadLetters = () => listed('/api/dead-letters?limit=500', 'dead_letters')

/** Everything seeded but the addresses, and the secrets of the Workers themselves. */
const confidential = (): string[] => [
  ...secrets,
  ...signatures,
  postern.secrets.ADMIN_TOKEN,
  postern.secrets.MASTER_KEY.slice('v1:'.length),
]

/** In plain text, in base64 at any alignment, percent-encoded, and in JSON. */
const spellings = (seed: string): string[] => [
  seed,
  encodeURIComponent(seed),
  JSON.stringify(seed).slice(1, -1),
  Buffer.from(seed).toString('base64').replace(/=+$/, '').slice(0, -1),
]

const seedsIn = (text: string, seeds = [MARK, ...confidential()]): string[] =>
  seeds.filter((seed) => spellings(seed).some((spelling) => text.includes(spelling)))

describe('seeded secrets and addresses', () => {
  it('were sent, accepted and stored, and are found where they belong', async () => {
    const events = await listed(`/api/events?recipient=${MARK}.person@example.com&limit=500`, 'events')
    expect(events.length).toBeGreaterThanOrEqual(SENDERS.length - 2)
    expect(seedsIn(JSON.stringify(events))).toEqual([MARK])
    expect(secrets.size).toBeGreaterThan(10)
    expect(signatures.size).toBeGreaterThan(10)
    expect(answers.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 401, 405, 415]))
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  })

  it('are in no answer to a sender', () => {
    for (const { headers, body } of answers)
      expect(seedsIn(JSON.stringify([...headers]) + body.toString('latin1'))).toEqual([])
  })

  it('are in no log line', () => {
    expect(postern.logs.length).toBeGreaterThan(answers.length / 4)
    for (const event of [
      'delivery_accepted',
      'delivery_refused',
      'batch_consumed',
      'delivery_attempted',
      'message_dead_lettered',
      'console_answered',
    ])
      expect(postern.logs.join('\n')).toContain(event)
    expect(linesIn(postern.logs).flatMap(strayIn)).toEqual([])
    for (const line of postern.logs) expect([seedsIn(line), line]).toEqual([[], line])
  })

  it.each([
    '/api/refusals?limit=500',
    '/api/dead-letters?limit=500',
    '/api/sources?limit=500',
    '/api/quarantine?limit=500',
    '/api/counters',
    ...SENDERS.map(({ provider }) => `/api/sources/${provider}`),
  ])('are not in %s', async (path) => {
    const answer = await postern.console.get(path)
    expect(answer.status).toBe(200)
    expect(answer.body.byteLength).toBeGreaterThan(100)
    expect(seedsIn(answer.body.toString('utf8'))).toEqual([])
  })

  it('are not on disk, in no database, object or bucket', async () => {
    await postern.runtime.close()
    const files = await readdir(stateDir, { recursive: true, withFileTypes: true })
    const bytes = new Map<string, string>()
    for (const file of files.filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name)
      bytes.set(path, await readFile(path, 'latin1'))
    }
    // The search works: it finds text that is meant to be readable.
    expect([...bytes.values()].some((text) => text.includes('email.clicked'))).toBe(true)
    expect([...bytes.values()].some((text) => text.includes('signature_mismatch'))).toBe(true)
    for (const [path, text] of bytes) expect([path, seedsIn(text)]).toEqual([path, []])
  })
})
