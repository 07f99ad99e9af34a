/** Seeded secrets and addresses appear in no log line, answer, refusal or dead letter, and nowhere on disk in the clear. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Received, jsonOf } from '../../src/simulator/http.ts'
import type { OutgoingRequest } from '../../src/simulator/sender.ts'
import { SENDERS } from '../../src/simulator/senders/index.ts'
import { type Postern, type TestSource, simulated, nowSeconds, startPostern, until } from './postern.ts'

/** In every address, link and junk message that this test sends. */
const MARK = `seed${randomBytes(6).toString('hex')}`

/** Names and settings that are public; a slot of a secret that only points somewhere. */
const PUBLIC_SLOTS = new Set(['topic_arns', 'public_key', 'public_key_pem', 'webhook_url'])

let stateDir: string
let postern: Postern
const answers: Received[] = []
const secrets = new Set<string>()
const signatures = new Set<string>()

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'postern-'))
  postern = await startPostern({ stateDir })
  for (const { provider } of SENDERS) await sendAll(await postern.source(provider))
  await sendJunk()
  await until(async () => (await refusals()).length >= SENDERS.length)
  await until(async () => (await deadLetters()).length > 0)
}, 180_000)
afterAll(() => rm(stateDir, { recursive: true, force: true }))

/** A valid delivery, and many invalid variants of it. */
async function sendAll({ account, deliver }: TestSource): Promise<void> {
  const kind = account.kinds.find((one) => one === 'email.clicked') ?? account.kinds[0] ?? 'email.sent'
  const happened = simulated({
    kind,
    recipient: `${MARK}.person@example.com`,
    url: `https://shop.example.com/${MARK}`,
    ...(kind === 'email.bounced' ? { bounce: 'hard' } : {}),
  })
  for (const text of textsIn(account.document['secrets'])) secrets.add(text)
  const right = await account.deliver([happened], nowSeconds())
  for (const header of right.proofHeaders) {
    const proof = right.headers[header] ?? ''
    if (proof.length >= SIGNATURE_MIN_CHARACTERS) signatures.add(proof)
  }
  const wrong: OutgoingRequest[] = [
    right,
    { ...right, body: Buffer.concat([right.body, Buffer.from('"}]junk')]) },
    { ...right, body: right.body.subarray(0, right.body.byteLength / 2) },
    { ...right, body: Buffer.from(`[{"email": "${MARK}.person@example.com"`), query: '' },
    { ...right, headers: {}, query: '' },
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

/** Everything seeded, and the secrets of the Workers themselves. */
const seeds = (): string[] => [
  MARK,
  ...secrets,
  ...signatures,
  postern.secrets.ADMIN_TOKEN,
  postern.secrets.MASTER_KEY.slice('v1:'.length),
]

/** In plain text, in base64 at any alignment, and percent-encoded. */
const spellings = (seed: string): string[] => [
  seed,
  encodeURIComponent(seed),
  Buffer.from(seed).toString('base64').replace(/=+$/, '').slice(0, -1),
]

const seedsIn = (text: string): string[] =>
  seeds().filter((seed) => spellings(seed).some((spelling) => text.includes(spelling)))

describe('seeded secrets and addresses', () => {
  it('were sent, accepted and stored, and are found where they belong', async () => {
    const events = await listed(`/api/events?recipient=${MARK}.person@example.com&limit=500`, 'events')
    expect(events.length).toBeGreaterThanOrEqual(SENDERS.length - 2)
    expect(seedsIn(JSON.stringify(events))).toContain(MARK)
    expect(secrets.size).toBeGreaterThan(10)
    expect(signatures.size).toBeGreaterThan(10)
    expect(new Set(answers.map(({ status }) => status)).size).toBeGreaterThan(3)
    expect(answers.filter(({ status }) => status >= 500)).toEqual([])
  })

  it('are in no answer to a sender', () => {
    for (const { headers, body } of answers)
      expect(seedsIn(JSON.stringify([...headers]) + body.toString('latin1'))).toEqual([])
  })

  it('are in no log line', () => {
    expect(postern.logs.length).toBeGreaterThan(answers.length / 4)
    for (const line of postern.logs) expect([seedsIn(line), line]).toEqual([[], line])
  })

  it.each(['/api/refusals', '/api/dead-letters', '/api/sources', '/api/quarantine', '/api/counters'])(
    'are not in %s',
    async (path) => {
      const answer = await postern.console.get(`${path}${path === '/api/counters' ? '' : '?limit=500'}`)
      expect(answer.status).toBe(200)
      expect(seedsIn(answer.body.toString('utf8'))).toEqual([])
    },
  )

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
