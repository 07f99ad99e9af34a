/**
 * Seeds secrets, signatures and addresses into everything that can be sent, and searches for them in all output: log lines,
 * answers to senders and to operators, and the columns of the store.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Received, jsonOf } from '../../src/simulator/http.ts'
import type { Account, OutgoingRequest } from '../../src/simulator/sender.ts'
import { senderNamed } from '../../src/simulator/senders/index.ts'
import { type Postern, simulated, nowSeconds, startPostern, until } from './postern.ts'

/** Every kind of credentials: signature headers, in the body, in the query, Basic, bearer, headers, tokens, certificates. */
const PROVIDERS = [
  'azure-acs',
  'brevo',
  'elasticemail',
  'generic',
  'mailgun',
  'mandrill',
  'postmark',
  'resend',
  'sendgrid',
  'ses',
  'unisender-go',
]

/** Its local part occurs only in the deliveries. */
const ADDRESS = 'seeded.person@example.com'
const SEED = 'seeded.person'

/** Slots that the operator may see: the webhook URL and the topics. */
const PUBLIC_SLOTS = ['webhook_url', 'topic_arns']

/** Signed headers that are not confidential: an event keeps its sender's id. */
const TOLD = /-(?:id|timestamp)$/

let postern: Postern
const secrets = new Set<string>()
const toSenders: Received[] = []
beforeAll(async () => {
  postern = await startPostern()
  for (const text of Object.values(postern.secrets)) secrets.add(text)
  for (const provider of PROVIDERS) await play(provider)
  await deadLetterOne()
})
afterAll(() => postern.runtime.close())

/** A genuine delivery, its copy, and all kinds of refused ones. */
async function play(provider: string): Promise<void> {
  const { name, account, deliver } = await postern.source(provider)
  sow(account)
  const forger = await senderNamed(provider)?.open()
  if (forger === undefined) throw new Error(`no simulated ${provider}`)
  sow(forger)
  const simulatedEvents = [simulated({ recipient: ADDRESS, kind: account.kinds[0] ?? 'email.delivered' })]
  const genuine = await account.deliver(simulatedEvents, nowSeconds())
  const other = await account.deliver([simulated({ recipient: ADDRESS })], nowSeconds())
  const forged = await forger.deliver(simulatedEvents, nowSeconds())
  const requests: readonly OutgoingRequest[] = [
    genuine,
    genuine,
    forged,
    await account.deliver(simulatedEvents, nowSeconds() - 9 * 86_400),
    { ...other, body: other.body.subarray(0, other.body.byteLength / 2) },
    { ...other, body: Buffer.concat([other.body, Buffer.from(ADDRESS)]) },
    withHeader(other, 'content-type', 'text/x-visually-hidden-of'),
    withHeader(other, 'content-encoding', 'gzip'),
    ...Object.keys(other.headers).map((header) => withHeader(other, header, `${other.headers[header]}x`)),
    { ...other, query: '?secret=wrong' },
    // With the right credential, and a body that its provider cannot read.
    { ...other, body: Buffer.from(JSON.stringify({ email: ADDRESS })) },
  ]
  for (const request of requests) {
    for (const header of request.proofHeaders) if (!TOLD.test(header)) remember(request.headers[header])
    toSenders.push(await deliver(request))
  }
  await until(async () => (await postern.events(name)).length > 0)
}

const withHeader = (request: OutgoingRequest, name: string, value: string): OutgoingRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
})

/** A foreign message with an address in it, which is dead-lettered. */
async function deadLetterOne(): Promise<void> {
  const { EVENTS } = await postern.runtime.bindings<{ EVENTS: Queue }>('gateway')
  await EVENTS.send({ version: 1, recipient: ADDRESS })
  await until(async () => {
    const answer = await postern.console.get('/api/dead-letters')
    return (jsonOf(answer) as { dead_letters: unknown[] }).dead_letters.length > 0
  })
}

function sow(account: Account): void {
  const { secrets: held = {} } = account.document as { secrets?: Record<string, unknown> }
  for (const [slot, value] of Object.entries(held)) if (!PUBLIC_SLOTS.includes(slot)) remember(value)
}

/** Texts that are long enough not to be found by chance. */
function remember(value: unknown): void {
  if (typeof value === 'string' && value.length >= 12) secrets.add(value)
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(remember)
}

/** The seeds that a text contains, also in base64 or in a URL. */
const found = (text: string, ...more: readonly string[]): string[] =>
  [...secrets, ...more].filter((seed) =>
    [seed, btoa(seed), encodeURIComponent(seed), JSON.stringify(seed).slice(1, -1)].some((form) =>
      text.includes(form),
    ),
  )

const textOf = ({ headers, body }: Received): string => JSON.stringify([...headers]) + body.toString('latin1')

describe('seeded data', () => {
  it('would be found: in plain text, in base64, in a URL, in JSON', () => {
    const { ADMIN_TOKEN: token, MASTER_KEY: key } = postern.secrets
    for (const form of [token, btoa(token), encodeURIComponent(key), JSON.stringify({ key })])
      expect(found(`before ${form} behind`)).toHaveLength(1)
    expect(secrets.size).toBeGreaterThan(PROVIDERS.length)
  })

  it('is in no log line', () => {
    const lines = postern.logs.join('\n')
    // The search has something to search in.
    for (const event of ['delivery_accepted', 'delivery_refused', 'console_answered'])
      expect(lines).toContain(event)
    expect(found(lines, SEED)).toEqual([])
  })

  it('is in no answer to a sender', () => {
    const statuses = new Set(toSenders.map(({ status }) => status))
    expect([...statuses]).toEqual(expect.arrayContaining([200, 401, 415]))
    expect(toSenders.flatMap((answer) => found(textOf(answer), SEED))).toEqual([])
  })

  it.each(['sources', 'refusals', 'dead-letters', 'quarantine'])('is in no list of %s', async (list) => {
    const answer = await postern.console.get(`/api/${list}`)
    expect(answer.status).toBe(200)
    expect(answer.body.byteLength).toBeGreaterThan(100)
    expect(found(textOf(answer), SEED)).toEqual([])
  })

  it('is not in the settings of a source, and only the operator sees addresses in its events', async () => {
    for (const provider of PROVIDERS) {
      expect(found(textOf(await postern.console.get(`/api/sources/${provider}`)), SEED)).toEqual([])
      const events = await postern.console.get(`/api/events?source=${provider}`)
      expect(events.body.toString()).toContain(SEED)
      expect(found(textOf(events))).toEqual([])
    }
  })

  it('is in no column of the store', async () => {
    const { STORE } = await postern.runtime.bindings<{ STORE: D1Database }>('console')
    const tables = await STORE.prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
    ).all<{ name: string }>()
    const filled: string[] = []
    for (const { name } of tables.results) {
      const { results } = await STORE.prepare(`SELECT * FROM "${name}"`).all()
      if (results.length > 0) filled.push(name)
      const columns = results.flatMap((row) => Object.values(row).map(readable)).join('\n')
      expect(found(columns, SEED), name).toEqual([])
    }
    expect(filled).toEqual(expect.arrayContaining(['segments', 'recipients', 'dead_letters', 'quarantine']))
  })
})

/** Blobs are returned as arrays of bytes. */
const readable = (value: unknown): string =>
  Array.isArray(value) ? Buffer.from(value as number[]).toString('latin1') : String(value)
