/** An operator action outside the registry is in the audit log, with its actor, before it happens. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { AuditEntry } from '../../src/registry/audit/entry.ts'
import { storeDeadLetter } from '../../src/store/dead-letters.ts'
import { listQuarantine } from '../../src/store/quarantine.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { NOON_MS, contentsOf, deliveryFacts, mailEvent } from '../support/mail-events.ts'
import { putIntoQuarantine } from '../support/quarantine.ts'
import { inlineEnvelope } from '../support/queue.ts'
import { emptyStore } from '../support/store.ts'
import { type Holder, holder } from './credentials.ts'
import { type TestConsole, newConsole, registryWith, store } from './support.ts'

const ADDRESS = 'ada@example.com'

const lastLine = async (): Promise<AuditEntry> => {
  const [line] = await env.REGISTRY.getByName('registry').audit.before(Number.MAX_SAFE_INTEGER, 1)
  return JSON.parse(line?.text ?? 'null') as AuditEntry
}

async function letter(): Promise<string> {
  const event = await mailEvent({ type: 'email.sent', atMs: NOON_MS })
  const envelope = await inlineEnvelope(contentsOf([event]), 'req_1/0')
  await storeDeadLetter(store, { messageId: 'q', envelope, reason: 'store_failed', attempts: 1 }, NOON_MS)
  return 'req_1.0'
}

async function quarantined(): Promise<string> {
  const body = toBase64(
    utf8(JSON.stringify([{ event: 'delivered', email: ADDRESS, timestamp: 1_780_000_000 }])),
  )
  const kept = { problem: 'body_unreadable', content_type: null, query: '', headers: {}, body, item: false }
  await putIntoQuarantine(store, kept, deliveryFacts({ provider: 'sendgrid' }))
  return (await listQuarantine(store, { limit: 1 })).quarantine[0]?.id ?? ''
}

let here: TestConsole
let operator: Holder

beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  operator = await holder(here, 'operator')
})

interface Act {
  readonly action: string
  /** Prepares the action, and returns the request. */
  readonly prepare: () => Promise<readonly [method: string, path: string, body?: unknown]>
  readonly target: RegExp
}

const PERSON = /^suppression\/[0-9a-f]{32}$/

const ACTS: readonly Act[] = [
  {
    action: 'suppression.added',
    prepare: async () => ['POST', '/api/suppressions', { address: ADDRESS, note: 'called' }],
    target: PERSON,
  },
  {
    action: 'suppressions.imported',
    prepare: async () => ['POST', '/api/suppressions/import', { entries: [{ address: ADDRESS }] }],
    target: /^suppressions$/,
  },
  {
    action: 'suppression.lifted',
    async prepare() {
      await operator.send('POST', '/api/suppressions', { address: ADDRESS })
      return ['DELETE', `/api/suppressions/${encodeURIComponent(ADDRESS)}`]
    },
    target: PERSON,
  },
  {
    action: 'dead_letters.redriven',
    async prepare() {
      await letter()
      return ['POST', '/api/dead-letters/redrive', { all: true }]
    },
    target: /^dead-letters$/,
  },
  {
    action: 'dead_letter.removed',
    prepare: async () => ['DELETE', `/api/dead-letters/${await letter()}`],
    target: /^dead-letter\/req_1\.0$/,
  },
  {
    action: 'quarantine.replayed',
    prepare: async () => ['POST', `/api/quarantine/${await quarantined()}/replay`],
    target: /^quarantine\/[0-9a-f]+$/,
  },
  {
    action: 'quarantine.removed',
    prepare: async () => ['DELETE', `/api/quarantine/${await quarantined()}`],
    target: /^quarantine\/[0-9a-f]+$/,
  },
]

describe.each(ACTS)('$action', ({ action, prepare, target }) => {
  it('is in the audit log with actor, IP address and reason, and without a recipient', async () => {
    const [method, path, body] = await prepare()
    const headers = { 'x-reason': 'They asked for it.', 'cf-connecting-ip': '192.0.2.9' }
    const { status } = await operator.send(method, path, body, headers)
    expect(status).toBeLessThan(300)
    const line = await lastLine()
    expect(line).toMatchObject({
      action,
      actor: `token:${operator.id}`,
      from: '192.0.2.9',
      reason: 'They asked for it.',
      target: expect.stringMatching(target),
    })
    expect(JSON.stringify(line)).not.toMatch(/ada@|example\.com/)
  })

  it('does not happen if the audit log cannot be written', async () => {
    const [method, path, body] = await prepare()
    const note = () => Promise.reject(new Error('down'))
    const broken = newConsole({ REGISTRY: registryWith({ audit: { note } }) })
    const tables = () =>
      env.STORE.batch(
        ['suppressions', 'dead_letters', 'quarantine'].map((table) =>
          env.STORE.prepare(`SELECT * FROM ${table}`),
        ),
      ).then((answers) => answers.map(({ results }) => results))
    const before = await tables()
    const response = await broken.fetch(path, {
      method,
      headers: { authorization: `Bearer ${operator.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    expect(response.status).toBe(500)
    expect(await tables()).toEqual(before)
    expect(broken.queue.envelopes).toEqual([])
  })
})

it.each([
  ['DELETE', '/api/suppressions/nobody%40example.com'],
  ['DELETE', '/api/dead-letters/unknown'],
  ['DELETE', '/api/quarantine/unknown'],
  ['POST', '/api/quarantine/unknown/replay'],
])('nothing is on record where there was nothing to do: %s %s', async (method, path) => {
  const before = await lastLine()
  expect((await operator.send(method, path)).status).toBe(404)
  expect(await lastLine()).toEqual(before)
})
