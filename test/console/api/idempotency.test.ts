import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ROUTES } from '../../../src/console/api/index.ts'
import { storeDeadLetter } from '../../../src/store/dead-letters.ts'
import { contentsOf, mailEvent } from '../../support/mail-events.ts'
import { inlineEnvelope } from '../../support/queue.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, expectProblem, migrate, newConsole, registryWith, store } from '../support.ts'

const PATH = '/api/suppressions'
const ADDRESS = 'ada@idempotency.example'

let here: TestConsole
let key: string

beforeAll(migrate)
beforeEach(() => {
  here = newConsole()
  key = `key-${crypto.randomUUID()}`
})

interface Sent {
  readonly path?: string
  readonly key?: string | null
  readonly body?: unknown
  readonly token?: string
  readonly from?: TestConsole
}

async function post({
  path = PATH,
  key: named = key,
  body = { address: ADDRESS },
  token,
  from = here,
}: Sent = {}) {
  const response = await from.fetch(path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token ?? env.ADMIN_TOKEN}`,
      'content-type': 'application/json',
      ...(named === null ? {} : { 'idempotency-key': named }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const json: Record<string, unknown> = await response.json()
  if (!response.ok) expectProblem(response, json)
  const { headers, status } = response
  return { status, json, code: json['code'], replayed: headers.get('idempotency-replayed'), headers }
}

/** A route whose second answer would differ from its first: a letter can be redriven once. */
async function letter(): Promise<string> {
  const event = await mailEvent({ type: 'email.sent', atMs: here.clock.nowMs, message_id: key })
  const envelope = await inlineEnvelope(contentsOf([event]), `${key}/0`)
  const deadLetterWrite = { messageId: key, envelope, reason: 'store_failed', attempts: 12 } as const
  await storeDeadLetter(store, deadLetterWrite, here.clock.nowMs)
  return `${key}.0`
}

const redrive = { path: '/api/dead-letters/redrive' }

describe('a POST with a key', () => {
  it('runs once, and gets the same answer again', async () => {
    const body = { ids: [await letter()] }
    const first = await post({ ...redrive, body })
    expect(first).toMatchObject({ status: 200, replayed: null, json: { redriven: body.ids } })
    const again = await post({ ...redrive, body, from: newConsole() })
    expect(again).toMatchObject({ status: 200, replayed: 'true', json: first.json })
    expect(here.queue.envelopes).toHaveLength(1)
    expect((await post({ ...redrive, body, key: null })).json).toMatchObject({ redriven: [] })
  })

  it('gets the same status and refusals again', async () => {
    expect(await post()).toMatchObject({ status: 201, replayed: null })
    expect(await post()).toMatchObject({ status: 201, replayed: 'true' })
    const path = '/api/quarantine/nothing/replay'
    const gone = { status: 404, code: 'quarantine_unknown' }
    expect(await post({ path, key: `${key}-b` })).toMatchObject({ ...gone, replayed: null })
    expect(await post({ path, key: `${key}-b` })).toMatchObject({ ...gone, replayed: 'true' })
  })

  it.each<[string, Sent]>([
    ['another body', { body: { address: 'grace@idempotency.example' } }],
    ['an additional field', { body: { address: ADDRESS, note: 'x' } }],
    ['another route', { ...redrive, body: { all: true } }],
  ])('is refused with %s', async (_what, change) => {
    await post()
    expect(await post(change)).toMatchObject({ status: 422, code: 'idempotency_key_reused', replayed: null })
    expect(here.queue.envelopes).toHaveLength(0)
    expect(await post()).toMatchObject({ status: 201, replayed: 'true' })
  })

  it('is refused for another path parameter', async () => {
    await post({ path: '/api/quarantine/one/replay' })
    expect(await post({ path: '/api/quarantine/two/replay' })).toMatchObject({
      code: 'idempotency_key_reused',
    })
  })

  it.each([
    ['empty', ''],
    ['of 256 characters', 'k'.repeat(256)],
    ['with a space', 'a b'],
    ['given twice', 'a, b'],
    ['not ASCII', 'k\u00e4'],
  ])('is refused when the key is %s', async (_what, bad) => {
    expect(await post({ key: bad })).toMatchObject({ status: 400, code: 'idempotency_key_malformed' })
  })

  it.each(['k'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"', '!~'])(
    'may have the key %s',
    async (good) => {
      expect((await post({ key: good })).status).toBe(201)
      expect(await post({ key: good })).toMatchObject({ status: 201, replayed: 'true' })
    },
  )

  it('may be corrected under the same key if its body was invalid', async () => {
    for (const body of ['{', {}, { address: 'nobody' }]) {
      expect((await post({ body })).status).toBeGreaterThanOrEqual(400)
    }
    expect(await post()).toMatchObject({ status: 201, replayed: null })
  })

  it('runs again after a day', async () => {
    await post()
    here.clock.nowMs += 24 * 3_600_000 - 1
    expect((await post()).replayed).toBe('true')
    here.clock.nowMs += 1
    expect((await post()).replayed).toBeNull()
  })
})

const failing = async (): Promise<never> => {
  throw new Error('the registry is down')
}

describe('while the first request is running', () => {
  it('a second is refused with Retry-After, and later gets the answer of the first', async () => {
    let goOn = (): void => undefined
    const held = new Promise<void>((resolve) => (goOn = resolve))
    const slow = newConsole()
    slow.queue.send = async (body) => {
      await held
      return slow.queue.sendBatch([{ body }])
    }
    const body = { ids: [await letter()] }
    const first = post({ ...redrive, body, from: slow })
    await expect.poll(async () => (await post({ ...redrive, body })).code).toBe('idempotency_in_progress')
    const waits = await post({ ...redrive, body })
    expect(waits).toMatchObject({ status: 409 })
    expect(Number(waits.headers.get('retry-after'))).toBeGreaterThan(0)
    goOn()
    expect(await first).toMatchObject({ status: 200, replayed: null })
    expect(await post({ ...redrive, body })).toMatchObject({ replayed: 'true', json: (await first).json })
    expect([...slow.queue.envelopes, ...here.queue.envelopes]).toHaveLength(1)
  })

  it('one of many concurrent requests runs', async () => {
    const body = { ids: [await letter()] }
    const all = await Promise.all(Array.from({ length: 20 }, () => post({ ...redrive, body })))
    expect(here.queue.envelopes).toHaveLength(1)
    for (const { status, code, json } of all) {
      if (status === 200) expect(json).toMatchObject({ redriven: body.ids })
      else expect(code).toBe('idempotency_in_progress')
    }
  })
})

describe('if Postern fails', () => {
  const BROKEN = { STORE: {} as D1Database }

  it('the fault is not stored', async () => {
    const fault = await post({ from: newConsole(BROKEN) })
    expect(fault).toMatchObject({ status: 500, code: 'fault' })
    expect(await post()).toMatchObject({ status: 201, replayed: null })
  })

  it('nothing runs while the key cannot be acquired', async () => {
    const body = { ids: [await letter()] }
    const down = newConsole({ REGISTRY: registryWith({ idempotency: { begin: failing } }) })
    expect(await post({ ...redrive, body, from: down })).toMatchObject({ status: 500, code: 'fault' })
    expect(down.queue.envelopes).toHaveLength(0)
    expect((await post({ ...redrive, body })).json).toMatchObject({ redriven: body.ids })
  })

  it('the answer is sent even if it cannot be stored, and the key is locked until the lease ends', async () => {
    const down = newConsole({ REGISTRY: registryWith({ idempotency: { end: failing } }) })
    expect(await post({ from: down })).toMatchObject({ status: 201, replayed: null })
    expect(down.logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'idempotency' }),
    )
    expect(await post()).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
    here.clock.nowMs = down.clock.nowMs + 120_000
    expect(await post()).toMatchObject({ status: 201, replayed: null })
  })
})

it('a token is created once, and shown again only to the caller who created it', async () => {
  const body = { name: key, role: 'admin' }
  const first = await post({ path: '/api/tokens', body })
  expect(first).toMatchObject({ status: 201, json: { token: expect.stringMatching(/^pst_/) } })
  expect(await post({ path: '/api/tokens', body })).toMatchObject({ replayed: 'true', json: first.json })
  const token = String(first.json['token'])
  const other = await post({ path: '/api/tokens', body, token })
  expect(other).toMatchObject({ status: 201, replayed: null })
  expect(other.json['token']).not.toBe(token)
})

it('stores neither key nor body nor answer in readable form', async () => {
  await post({ key: 'a-key-to-scan-for' })
  const stored = await runInDurableObject(env.REGISTRY.getByName('registry'), (_, { storage }) =>
    storage.sql
      .exec('SELECT * FROM idempotency_keys')
      .toArray()
      .flatMap((row) => Object.values(row))
      .map((value) =>
        value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : String(value),
      ),
  )
  expect(stored.length).toBeGreaterThan(4)
  for (const column of stored) expect(column).not.toMatch(/a-key-to-scan-for|idempotency\.example/)
})

it('no answer is kept of what a viewer may call, or of what changes nothing', () => {
  const kept = ROUTES.filter(({ method, keepsAnswer }) => method === 'POST' && keepsAnswer !== false)
  expect(kept.length).toBeGreaterThan(20)
  expect(kept.filter(({ role, again }) => role === 'viewer' || again?.includes('changes nothing.'))).toEqual(
    [],
  )
})

it('an answer is kept under the name of its caller', async () => {
  const { token } = await holder(here, 'operator')
  for (const sent of [{ key: `${key}-a` }, { key: `${key}-b` }, { key: `${key}-a`, token }]) await post(sent)
  const callers = await runInDurableObject(env.REGISTRY.getByName('registry'), (_, { storage }) =>
    storage.sql
      .exec<{ caller: string }>('SELECT caller FROM idempotency_keys ORDER BY rowid DESC LIMIT 3')
      .toArray()
      .map(({ caller }) => caller),
  )
  expect(callers).toEqual(callers.map(() => expect.stringMatching(/^[0-9a-f]{64}$/)))
  expect(callers[2]).toBe(callers[1])
  expect(callers[0]).not.toBe(callers[1])
})

it('the key is ignored on other methods', async () => {
  const headers = { authorization: `Bearer ${env.ADMIN_TOKEN}`, 'idempotency-key': 'not a key' }
  expect(ROUTES.some(({ method }) => method === 'POST')).toBe(true)
  expect((await here.fetch('/api/sources', { headers })).status).toBe(200)
})
