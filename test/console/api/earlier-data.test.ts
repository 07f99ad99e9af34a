/** Tokens for a source whose name an earlier source has used. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { HOUR_MS, MINUTE_MS, toInstant } from '../../../src/platform/time.ts'
import { storeDeadLetter } from '../../../src/store/dead-letters.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { incident, incidentObjects } from '../../support/incidents.ts'
import { contentsOf, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { sending } from '../credentials.ts'
import { newConsole, store } from '../support.ts'
import { logIn } from '../pages/visitor.ts'

const WANTED = { name: 'of a customer', role: 'viewer' }
let name: string
let here: ReturnType<typeof newConsole>

/** Creates the source, with a console whose watch knows these incidents. */
async function begin(incidents: Parameters<typeof incident>[0][] = []) {
  name = `earlier-${crypto.randomUUID()}`
  const list = async () => incidents.map((one) => incident({ ...one, source: name, sources: [name] }))
  here = newConsole({ INCIDENTS: incidentObjects({ list }) })
  expect((await here.api('PUT', `/api/sources/${name}`, { provider: 'generic' })).status).toBe(201)
}

const make = (headers = {}) =>
  sending(here, env.ADMIN_TOKEN)('POST', '/api/tokens', { ...WANTED, sources: [name] }, headers)

beforeEach(async () => {
  await emptyStore()
  await begin()
})

/** Stores something of the source, so many milliseconds after it was made. */
const KINDS: readonly (readonly [string, (afterMs: number) => Promise<unknown>])[] = [
  [
    'events',
    async (afterMs) => {
      const atMs = here.clock.nowMs + afterMs
      const event = await mailEvent({ type: 'email.sent', atMs, source: name, received_at: toInstant(atMs) })
      await consumeEvents(consumerDeps(store), [event])
    },
  ],
  [
    'figures of events that are gone',
    async (afterMs) => {
      const hour = Math.floor((here.clock.nowMs + afterMs) / HOUR_MS)
      await store.db.prepare(`INSERT INTO counters VALUES (?, ?, '{"email.sent":1}')`).bind(name, hour).run()
    },
  ],
  [
    'quarantine',
    (afterMs) =>
      putIntoQuarantine(
        store,
        {
          problem: 'body_unreadable',
          content_type: null,
          query: '',
          headers: {},
          body: toBase64(utf8('x')),
          item: false,
        },
        deliveryFacts({ source: name, received_at: toInstant(here.clock.nowMs + afterMs) }),
      ),
  ],
  [
    'dead letters',
    async (afterMs) => {
      const envelope = { ...(await inlineEnvelope(contentsOf([]), `req_${name}/0`)), source: name }
      const letter = { messageId: 'q', envelope, reason: 'store_failed', attempts: 1 } as const
      await storeDeadLetter(store, letter, here.clock.nowMs + afterMs)
    },
  ],
  [
    'refusals',
    (afterMs) =>
      env.REFUSALS.getByName('refusals').report({
        latest: [],
        counts: [
          {
            minute: Math.floor((here.clock.nowMs + afterMs) / MINUTE_MS),
            source: name,
            code: 'rate_limited',
            network: null,
            count: 1,
          },
        ],
      }),
  ],
  ['incidents', (afterMs) => begin([{ openedMs: here.clock.nowMs + afterMs }])],
]

describe.each(KINDS)('%s of an earlier source', (_kind, put) => {
  it('are read by a new token only with a reason', async () => {
    await put(-2 * HOUR_MS)
    const refused = await make()
    expect(refused).toMatchObject({
      status: 400,
      json: { code: 'reason_needed', problems: [{ path: 'sources.0' }] },
    })
    expect((await make({ 'x-reason': 'the same customer' })).status).toBe(201)
    const { json } = await here.api('GET', '/api/audit?action=token.created&limit=1')
    expect(json).toMatchObject({ entries: [{ reason: 'the same customer' }] })
  })

  it('are none if they came after the source was made', async () => {
    await put(MINUTE_MS)
    expect((await make()).status).toBe(201)
  })
})

it('asks for the reason on the page as well', async () => {
  await KINDS[0]?.[1](-2 * HOUR_MS)
  const { someone, form_token } = await logIn(here, 'admin')
  const typed = { form_token, ...WANTED, sources: name, expires_in_days: '7' }
  expect(await (await someone.post('/access/tokens/new', typed)).text()).toContain('Enter why that is right.')
  const made = await someone.post('/access/tokens/new', { ...typed, reason: 'the same customer' })
  expect(await made.text()).toContain('Copy it now')
})

it('needs a reason while nobody can say whether there are incidents', async () => {
  const list = () => Promise.reject(new Error('does not answer'))
  here = newConsole({ INCIDENTS: incidentObjects({ list }) })
  expect((await make()).json).toMatchObject({ code: 'reason_needed' })
})

it('needs none for all sources, or for an admin', async () => {
  await KINDS[0]?.[1](-2 * HOUR_MS)
  for (const role of ['viewer', 'admin'])
    expect((await here.api('POST', '/api/tokens', { ...WANTED, role })).status).toBe(201)
})
