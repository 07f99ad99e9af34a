/** Address checks over the API: the answers, the service with its key, and lists that the minutes work on. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { emptyStore } from '../../support/store.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, newConsole } from '../support.ts'

const CHECK = '/api/addresses/check'
const SERVICE = '/api/addresses/service'
const JOBS = '/api/addresses/jobs'
const KEY = 'key-of-the-service-4711'
const ADDRESS = 'ada@example.com'

let here: TestConsole
let asked: string[]
beforeEach(async () => {
  await emptyStore()
  here = newConsole()
  asked = []
  vi.stubGlobal('fetch', async (input: string) => {
    const url = new URL(input)
    asked.push(url.href)
    if (url.host === 'cloudflare-dns.com')
      return Response.json({ Status: 0, Answer: [{ type: url.searchParams.get('type') === 'MX' ? 15 : 1, TTL: 60, data: url.searchParams.get('type') === 'MX' ? '1 mx.example.com.' : '8.8.8.8' }] }) // prettier-ignore
    return Response.json({ result: 'deliverable', reason: 'accepted_email' })
  })
})
afterEach(() => vi.unstubAllGlobals())

const put = (body: object) => here.api('PUT', SERVICE, body)
const kickbox = { service: 'kickbox', region: 'eu', key: KEY }
const toService = () => asked.filter((one) => one.includes('kickbox'))

describe('a check', () => {
  it('answers without a service by default', async () => {
    const { json } = await here.api('POST', CHECK, { address: `Ada <${ADDRESS}>` })
    expect(json['results']).toMatchObject([
      { address: ADDRESS, verdict: 'unknown', reasons: ['not_probed'], by: 'dns', pending: null },
    ])
    expect(toService()).toEqual([])
  })

  it('asks the service that is set, in its region', async () => {
    await put(kickbox)
    const { json } = await here.api('POST', CHECK, { addresses: [ADDRESS, 'no address'] })
    expect(json['results']).toMatchObject([
      { verdict: 'deliverable', by: 'kickbox', words: ['deliverable', 'accepted_email'] },
      { verdict: 'undeliverable', reasons: ['syntax'], by: 'syntax' },
    ])
    expect(toService()).toEqual(['https://api.eu.kickbox.com/v2/verify?email=ada%40example.com'])
    expect((await here.api('GET', SERVICE)).json).toMatchObject({ spent_today: 1, failure: null })
  })

  it.each([
    {},
    { address: '' },
    { addresses: [] },
    { addresses: Array.from({ length: 101 }, () => ADDRESS) },
  ])('refuses %j', async (body) =>
    expect((await here.api('POST', CHECK, body)).json).toMatchObject({ code: 'body_invalid' }),
  )

  it.each<[string, boolean, object, object[]]>([
    ['no line if no service is set', false, { address: ADDRESS }, []],
    ['one line of one address', true, { address: ADDRESS }, [{ target: expect.stringMatching(/^person\/[0-9a-f]{32}$/), after: { count: 1, service: 'kickbox' } }]],
    ['one line of several', true, { addresses: [ADDRESS, 'b@example.com'] }, [{ target: 'addresses', after: { count: 2, service: 'kickbox' } }]],
  ])('and the same one again has %s in the audit log', async (_, isSet, body, lines) => {
    if (isSet) await put(kickbox)
    const sent = async () => {
      const { entries } = (await here.api('GET', '/api/audit?limit=20')).json as { entries: { action: string; seq: number }[] }
      return entries.filter(({ action }) => action === 'addresses.sent')
    }
    const before = new Set((await sent()).map(({ seq }) => seq))
    for (let times = 0; times < 2; times++) await here.api('POST', CHECK, body)
    expect((await sent()).filter(({ seq }) => !before.has(seq))).toMatchObject(lines)
  }) // prettier-ignore

  it('leaves no address in a log', async () => {
    await put(kickbox)
    await here.api('POST', CHECK, { address: ADDRESS })
    await here.api('POST', JOBS, { addresses: [ADDRESS] })
    const audit = await here.api('GET', '/api/audit?limit=10')
    const text = JSON.stringify([here.logged, audit.json])
    expect(text).toContain('address_job.created')
    for (const secret of [ADDRESS, 'ada', KEY]) expect(text).not.toContain(secret)
  })
})

describe('the service', () => {
  it('is none until somebody sets one', async () =>
    expect((await here.api('GET', SERVICE)).json).toMatchObject({
      version: 0,
      service: null,
      budget_a_day: 1_000,
      has_key: false,
      spent_today: 0,
    }))

  it('has a key that nobody sees, and that stays unless the service changes', async () => {
    const first = await put(kickbox)
    expect(first.json).toMatchObject({ version: 1, service: 'kickbox', region: 'eu', has_key: true })
    expect(JSON.stringify(first.json)).not.toContain(KEY)
    expect((await put({ service: 'kickbox', budget_a_day: 5 })).json).toMatchObject({
      version: 2,
      has_key: true,
    })
    expect((await put({ service: 'hunter' })).json).toMatchObject({ version: 3, has_key: false })
    expect((await put({ ...kickbox, key: null })).json).toMatchObject({ has_key: false })
    await here.api('POST', CHECK, { address: ADDRESS })
    expect(toService()).toEqual([])
    const audit = (await here.api('GET', '/api/audit?limit=1')).json
    expect(audit['entries']).toMatchObject([
      {
        action: 'address_service.changed',
        target: 'address_service',
        after: { service: 'kickbox', key: 'none' },
      },
    ])
  })

  it.each([
    ['another service', { service: 'guesswork' }, 'body_invalid'],
    ['a region that it has not', { service: 'hunter', region: 'eu' }, 'document_invalid'],
    ['no budget', { service: 'hunter', budget_a_day: 0 }, 'body_invalid'],
    ['a key with a space', { service: 'hunter', key: 'a key' }, 'body_invalid'],
  ])('is not set with %s', async (_, body, code) => expect((await put(body)).json).toMatchObject({ code }))

  it('is not changed over somebody else', async () => {
    await put(kickbox)
    const response = await here.fetch(SERVICE, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${env.ADMIN_TOKEN}`,
        'content-type': 'application/json',
        'if-match': '"7"',
      },
      body: JSON.stringify({ service: null }),
    })
    expect(response.status).toBe(412)
    expect((await here.api('GET', SERVICE)).json).toMatchObject({ version: 1 })
  })

  it('is set by an admin alone', async () => {
    const operator = await holder(here, 'operator')
    expect(await operator.send('PUT', SERVICE, kickbox)).toMatchObject({ json: { code: 'role_too_low' } })
  })
})

describe('a list', () => {
  it('is worked on by the minutes, and its results are read page by page', async () => {
    await put(kickbox)
    const addresses = ['ada@example.com', 'no address', 'grace@example.com']
    const { status, json: job } = await here.api('POST', JOBS, { addresses })
    expect([status, job]).toMatchObject([201, { state: 'running', addresses: 3, done: 0 }])
    await here.minute()
    const path = `${JOBS}/${String(job['id'])}`
    expect((await here.api('GET', path)).json).toMatchObject({
      state: 'done',
      done: 3,
      verdicts: { deliverable: 2, undeliverable: 1 },
    })
    const first = (await here.api('GET', `${path}/results?limit=2`)).json
    const rest = (await here.api('GET', `${path}/results?limit=2&cursor=${String(first['next_cursor'])}`))
      .json
    const found = [first['results'], rest['results']].flat() as { address: string }[]
    expect(found.map(({ address }) => address)).toEqual(['ada@example.com', 'line 2', 'grace@example.com'])
    expect(rest['next_cursor']).toBeNull()
    expect((await here.api('GET', JOBS)).json['jobs']).toMatchObject([{ id: job['id'], state: 'done' }])
  })

  it('is stopped', async () => {
    const { json: job } = await here.api('POST', JOBS, { addresses: [ADDRESS] })
    const path = `${JOBS}/${String(job['id'])}`
    expect((await here.api('POST', `${path}/stop`)).json).toMatchObject({ state: 'stopped', done: 0 })
    await here.minute()
    expect((await here.api('GET', path)).json).toMatchObject({ done: 0 })
  })

  it.each([
    ['GET', ''],
    ['GET', '/results'],
    ['POST', '/stop'],
  ])('that is none is told so: %s %s', async (method, rest) =>
    expect((await here.api(method, `${JOBS}/job_none${rest}`)).json).toMatchObject({
      code: 'address_job_unknown',
    }),
  )
})
