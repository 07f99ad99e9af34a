/** Backfill of what an ESP has and the store has not: each event once, through kills of the object, and beside what is there already. */
import { type Request, Response as LocalResponse } from 'miniflare'
import { expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import type { ApiRequest } from '../../src/drivers/driver.ts'
import { driverOf } from '../../src/drivers/index.ts'
import { sparkpost } from '../drivers/fakes/sparkpost.ts'
import { nowSeconds, until, withInstallation } from './postern.ts'

const esp = sparkpost.open()
/** Answers in place of those of the ESP, one request each. */
const trouble: LocalResponse[] = []
let calls = 0

/** Events that a destination was sent, by their ids at the ESP. */
const sent: (string | null)[] = []

async function internet(request: Request): Promise<LocalResponse> {
  if (new URL(request.url).host === 'receiver.example.com') {
    const { data } = (await request.json()) as { data: { provider_event_id: string | null } }
    sent.push(data.provider_event_id)
    return new LocalResponse(null, { status: 204 })
  }
  if (new URL(request.url).host !== 'api.sparkpost.com') return new LocalResponse(null, { status: 404 })
  calls++
  const next = trouble.shift()
  if (next !== undefined) return next
  const { method, url } = request
  const asked = { method, url, headers: Object.fromEntries(request.headers), body: await request.text() }
  const answer = esp.answer(asked as ApiRequest)
  return new LocalResponse(await answer.text(), { status: answer.status })
}

const postern = withInstallation({ outbound: internet, bindings: { PRIVATE_DESTINATIONS: 'allowed' } })

const EVENTS = 2_600
const NIGHT_SECONDS = 3 * 3_600

interface Answer {
  readonly plan: Record<string, unknown> | null
  readonly backfill: Record<string, unknown> | null
}

const PATH = '/api/sources/mail/backfill'
const begin = async (body: object) => {
  const answer = await postern.console.post(PATH, body)
  expect(answer.status, answer.body.toString()).toBe(200)
  return jsonOf(answer) as Answer
}
const state = async () => (jsonOf(await postern.console.get(PATH)) as Answer).backfill

it('fills a night that is half here, killed five times, with each event once', async () => {
  const { account, deliver } = await postern.source('sparkpost', 'mail')
  const put = await postern.console.post('/api/sources/mail/secrets/esp_api_token/rotate', {
    value: sparkpost.key,
  })
  expect(put.status, put.body.toString()).toBeLessThan(300)
  esp.webhooks.push({
    id: '1',
    url: 'http://localhost:8787/hooks/mail',
    enabled: true,
    types: driverOf('sparkpost')?.webhook?.types ?? [],
    signed: true,
  })
  const endSeconds = nowSeconds() - 3_600
  for (let i = 0; i < EVENTS; i++)
    esp.events.push(
      // The API has fractions of a second, and the webhook has none.
      esp.event(
        i,
        (endSeconds - NIGHT_SECONDS + Math.floor((i * NIGHT_SECONDS) / EVENTS)) * 1_000 + (i % 1_000),
      ),
    )
  // Every other one came by the webhook.
  const sample = await account.deliver([], nowSeconds())
  const arrived = esp.events.filter((_, i) => i % 2 === 0)
  for (let from = 0; from < arrived.length; from += 100) {
    const body = JSON.stringify(arrived.slice(from, from + 100).map(({ delivered }) => delivered))
    expect((await deliver({ ...sample, body: Buffer.from(body) })).status).toBe(200)
  }
  await postern.settledAt('mail', arrived.length)
  const span = {
    since: new Date((endSeconds - NIGHT_SECONDS) * 1_000).toISOString(),
    until: new Date(endSeconds * 1_000).toISOString(),
  }

  // On a machine that is busy, a plan may end before the last page.
  let plan: Answer['plan'] = null
  await until(async () => {
    plan = (await begin({ ...span, plan: true })).plan
    return plan?.['is_whole'] === true
  }, 120_000)
  expect(plan).toMatchObject({
    is_whole: true,
    found: EVENTS,
    known: arrived.length,
    new: EVENTS - arrived.length,
    unreadable: 0,
    copies: 'same_id',
    removed_before: null,
  })

  trouble.push(
    new LocalResponse(null, { status: 503 }),
    new LocalResponse('{"results": [', { status: 200 }),
    new LocalResponse(null, { status: 429, headers: { 'retry-after': '1' } }),
  )
  await begin(span)
  let kills = 0
  await until(async () => {
    const now = await state()
    if (now?.['state'] === 'failed') await postern.console.post(`${PATH}/resume`, {})
    if (now?.['state'] === 'running' && kills < 5) {
      kills++
      await postern.runtime.evict('EspAccount', 'mail')
    }
    return now?.['state'] === 'done'
  }, 120_000)
  expect(kills).toBe(5)
  expect(await state()).toMatchObject({ state: 'done', found: EVENTS, unreadable: 0, problem: null })

  const events = await postern.settledAt('mail', EVENTS)
  const ids = events.map(({ provider_event_id: id }) => id)
  expect(new Set(ids).size).toBe(EVENTS)
  expect(events).toHaveLength(EVENTS)
  const backfilled = events.filter(
    (event) => (event as unknown as { security: { origin: string | null } }).security.origin === 'backfill',
  )
  expect(backfilled).toHaveLength(EVENTS - arrived.length)

  // Everybody of that night with a bounce or a complaint is on the list, whichever way the event came.
  const wanted = new Set(
    esp.events.flatMap((_, i) =>
      ['bounce', 'spam_complaint', 'list_unsubscribe'].includes(kindOf(i)) ? [i] : [],
    ),
  )
  const listed = jsonOf(await postern.console.get('/api/suppressions?limit=500')) as {
    suppressions: unknown[]
  }
  expect(listed.suppressions.length).toBe(Math.min(500, wanted.size))

  // Again: all is known.
  await begin(span)
  await until(async () => (await state())?.['state'] === 'done', 120_000)
  expect(await state()).toMatchObject({ found: EVENTS, known: EVENTS, new: 0 })
  // The signals of the watch have none of it.
  const incidents = jsonOf(await postern.console.get('/api/incidents')) as { incidents: unknown[] }
  expect(incidents.incidents).toEqual([])
  expect(postern.logs.join('\n')).not.toContain(sparkpost.key)
}, 200_000)

const KINDS = ['delivery', 'bounce', 'open', 'click', 'spam_complaint', 'list_unsubscribe']
const kindOf = (index: number): string => KINDS[index % KINDS.length] ?? ''

it('ends where cursors lead in a circle, with its place kept', async () => {
  const page = JSON.stringify({
    results: [],
    links: [{ rel: 'next', href: '/api/v1/events/message?cursor=again' }],
  })
  for (let i = 0; i < 3; i++) trouble.push(new LocalResponse(page))
  const before = calls
  await begin({ since: new Date(Date.now() - 86_400_000).toISOString() })
  await until(async () => (await state())?.['state'] === 'failed')
  expect(await state()).toMatchObject({ state: 'failed', problem: 'leads_in_a_circle' })
  expect(calls - before).toBeLessThanOrEqual(3)
  trouble.length = 0
})

it('tells a key that the ESP refuses in our words', async () => {
  trouble.push(
    new LocalResponse(JSON.stringify({ errors: [{ message: `no such key ${sparkpost.key}` }] }), {
      status: 401,
    }),
  )
  const answer = await postern.console.post(PATH, {
    since: new Date(Date.now() - 86_400_000).toISOString(),
    plan: true,
  })
  expect(answer.status).toBe(409)
  expect(answer.body.toString()).toContain('does not take the key')
  expect(answer.body.toString()).not.toContain(sparkpost.key)
})

it('sends nothing of the past on, unless it is asked to', async () => {
  const put = await postern.console.put('/api/destinations/crm', { url: 'https://receiver.example.com/hook' })
  expect(put.status, put.body.toString()).toBe(201)
  const atMs = (nowSeconds() - 1_800) * 1_000
  const quiet = esp.event(EVENTS, atMs - 60_000)
  const told = esp.event(EVENTS + 1, atMs + 60_000)
  esp.events.push(quiet, told)
  const at = (ms: number) => new Date(ms).toISOString()
  await begin({ since: at(atMs - 120_000), until: at(atMs) })
  await postern.settledAt('mail', EVENTS + 1)
  await begin({ since: at(atMs), until: at(atMs + 120_000), forward: true })
  await postern.settledAt('mail', EVENTS + 2)
  await until(async () => sent.length > 0)
  expect(sent).toEqual([(told.listed as { event_id: string }).event_id])
  // A replay is asked for.
  const replay = await postern.console.post('/api/destinations/crm/replay', {
    since: at(atMs - 7_200_000),
    filter: { where: { provider_event_id: (quiet.listed as { event_id: string }).event_id } },
  })
  expect(replay.status, replay.body.toString()).toBeLessThan(300)
  await until(async () => sent.length > 1)
  expect(sent).toContain((quiet.listed as { event_id: string }).event_id)
}, 60_000)
