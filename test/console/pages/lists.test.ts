import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RefusalRecord } from '../../../src/refusals/refusal.ts'
import { storeDeadLetter, listDeadLetters } from '../../../src/store/dead-letters.ts'
import { listQuarantine } from '../../../src/store/quarantine.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { NOON_MS, contentsOf, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { inlineEnvelope } from '../../support/queue.ts'
import { decision } from '../../support/decision.ts'
import { emptyStore } from '../../support/store.ts'
import { newConsole, store } from '../support.ts'
import { logIn, textOf, visitor } from './visitor.ts'

beforeEach(emptyStore)

async function letter(key: string): Promise<string> {
  const envelope = await inlineEnvelope(
    contentsOf([await mailEvent({ type: 'email.sent', atMs: NOON_MS })]),
    key,
  )
  await storeDeadLetter(store, { messageId: 'q', envelope, reason: 'store_failed', attempts: 12 }, NOON_MS)
  return key.replace('/', '.')
}

async function quarantined(body: string): Promise<string> {
  await putIntoQuarantine(
    store,
    {
      problem: 'item_unreadable',
      content_type: null,
      query: '',
      headers: {},
      body: toBase64(utf8(body)),
      item: true,
    },
    deliveryFacts({ provider: 'sendgrid' }),
  )
  return (await listQuarantine(store, { limit: 1 })).quarantine[0]?.id ?? ''
}

describe('forms', () => {
  it('redrive one dead letter, and all', async () => {
    const here = newConsole()
    const someone = visitor(here)
    const form_token = await someone.enter()
    const [id] = [await letter('req_1/0'), await letter('req_2/0'), await letter('req_3/0')]
    const one = await someone.post('/dead-letters/redrive', { form_token, id: id ?? '' })
    expect(one.headers.get('location')).toBe('/activity?show=gave-up&notice=redriven&count=1')
    const again = await someone.post('/dead-letters/redrive', { form_token, id: id ?? '' })
    expect(again.headers.get('location')).toBe('/activity?show=gave-up&notice=dead_letter_unknown')
    const html = await someone.html('/activity?show=gave-up&why=store_failed')
    expect(html).toContain('href="/dead-letters/redrive-all?why=store_failed"')
    expect(await someone.text('/dead-letters/redrive-all?why=store_failed')).toMatch(
      /2 messages can be put back .+ The store kept failing. 2 .+ Put them back .+ gave up .+ gave up/,
    )
    expect(await someone.text('/dead-letters/redrive-all?source=news')).toContain('Nothing can be put back.')
    const narrowed = { form_token, why: 'store_failed', until: new Date().toISOString() }
    const all = await someone.post('/dead-letters/redrive-all', {
      ...narrowed,
      reason: 'the cause is mended',
    })
    expect(all.headers.get('location')).toBe(
      '/activity?show=gave-up&notice=redriven&count=2&why=store_failed',
    )
    const { json } = await here.api('GET', '/api/audit?action=dead_letters.redriven&limit=1')
    expect(json).toMatchObject({ entries: [{ reason: 'the cause is mended' }] })
    expect(await someone.text('/dead-letters/redrive-all')).toContain('Nothing can be put back.')
    expect(here.queue.envelopes.map(({ key }) => key).sort()).toEqual(['req_1/0', 'req_2/0', 'req_3/0'])
  })

  it('redrive more than one call takes, part by part', { timeout: 60_000 }, async () => {
    const here = newConsole()
    const someone = visitor(here)
    const form_token = await someone.enter()
    const envelope = await inlineEnvelope(contentsOf([]), 'req_many/0')
    for (let nr = 0; nr < 501; nr++)
      await storeDeadLetter(store, { messageId: 'q', envelope: { ...envelope, key: `req_${nr}/0` }, reason: 'store_failed', attempts: 1 }, NOON_MS) // prettier-ignore
    const part = await someone.post('/dead-letters/redrive-all', {
      form_token,
      until: '2026-06-03T12:00:00Z',
    })
    const next = part.headers.get('location') ?? ''
    expect(next).toBe(
      '/dead-letters/redrive-all?notice=redriven_more&count=500&until=2026-06-03T12%3A00%3A00.000Z',
    )
    expect(await someone.text(next)).toMatch(/500 dead letters put back .+ There are more\. 1 message can/)
  })

  it('say that the queue refused it', async () => {
    const here = newConsole()
    here.queue.refusing = true
    const someone = visitor(here)
    const form_token = await someone.enter()
    await letter('req_1/0')
    const response = await someone.post('/dead-letters/redrive-all', { form_token })
    expect(response.headers.get('location')).toBe('/activity?show=gave-up&notice=redrive_failed&count=1')
  })

  it('lead from a dead letter to its page, whoever brought it', async () => {
    const someone = visitor(newConsole())
    await someone.enter()
    for (const key of ['req_00000000000000000000000a/0', 'msg_of-a-queue/0']) {
      const id = await letter(key)
      expect(await someone.html('/activity?show=gave-up')).toContain(`href="/d/${id}"`)
      expect(await someone.text(`/d/${id}`)).toContain('Given up by the queue')
    }
  })

  it('delete what cannot be redriven', async () => {
    const someone = visitor(newConsole())
    const form_token = await someone.enter()
    await storeDeadLetter(
      store,
      { messageId: 'q', envelope: undefined, reason: 'envelope_malformed', attempts: 1 },
      NOON_MS,
    )
    expect(await someone.html('/activity?show=gave-up')).toContain('Throw away')
    const response = await someone.post('/dead-letters/remove', { form_token, id: 'msg_q' })
    expect(response.headers.get('location')).toBe('/activity?show=gave-up&notice=dead_letter_removed')
    expect((await listDeadLetters(store, { limit: 1 })).dead_letters).toEqual([])
  })

  it('replay a quarantined item, or delete it', async () => {
    const here = newConsole()
    const someone = visitor(here)
    const form_token = await someone.enter()
    const event = {
      event: 'delivered',
      email: 'ada@example.com',
      timestamp: 1_780_000_000,
      sg_message_id: 'm-1',
    }
    const id = await quarantined(JSON.stringify(event))
    const replayed = await someone.post('/quarantine/replay', { form_token, id })
    expect(replayed.headers.get('location')).toBe('/activity?show=quarantined&notice=replayed&count=1')
    expect(await here.queue.eventIds()).toHaveLength(1)

    const nonsense = await quarantined('{"nothing": "known"}')
    await quarantined(JSON.stringify({ ...event, event: 'open' }))
    expect(await someone.text('/quarantine/replay-all?problem=item_unreadable')).toMatch(
      /2 records, the newest first, can be read .+ Read them again .+ one item, the rest/,
    )
    const all = await someone.post('/quarantine/replay-all', { form_token, problem: 'item_unreadable' })
    expect(all.headers.get('location')).toBe(
      '/activity?show=quarantined&notice=replayed_some&count=1&problem=item_unreadable',
    )
    expect(await here.queue.eventIds()).toHaveLength(2)
    expect(await someone.text('/quarantine/replay-all?source=none')).toContain('Nothing is to be read again.')
    expect((await someone.get('/quarantine/replay-all?cursor=x')).status).toBe(400)
    const kept = await someone.post('/quarantine/replay', { form_token, id: nonsense })
    expect([kept.status, await kept.text()]).toEqual([
      409,
      expect.stringContaining('It stays in quarantine.'),
    ])
    expect((await someone.get(`/d/${nonsense}`)).status).toBe(200)
    const removed = await someone.post('/quarantine/remove', { form_token, id: nonsense })
    expect(removed.headers.get('location')).toBe('/activity?show=quarantined&notice=quarantine_removed')
    expect((await someone.get(`/d/${nonsense}`)).status).toBe(404)
  })
})

const refusal = (code: string, atMs: number): RefusalRecord => ({
  requestId: crypto.randomUUID(),
  atMs,
  source: null,
  provider: null,
  code,
  status: 404,
  detail: {},
  decision: decision(),
  network: null,
})

it('shows recent alarms before newer refusals of strangers, and no old alarms', async () => {
  const here = newConsole()
  const now = here.clock.nowMs
  const report = (latest: RefusalRecord[]) =>
    env.REFUSALS.getByName('refusals').report({ counts: [], latest })
  const someone = visitor(here)
  await someone.enter()
  const causes = async () =>
    [
      ...(await someone.text('/activity?show=refused')).matchAll(
        / (No source of this name|Token used twice) /g,
      ),
    ]
      .map(([, cause]) => cause)
      // The filter has each once.
      .slice(2)
  const strangers = Array.from({ length: 10 }, () => refusal('source_unknown', now))

  await report([refusal('token_reused', now - 3 * 3_600_000)])
  await report(strangers)
  expect(await causes()).toEqual([...strangers.map(() => 'No source of this name'), 'Token used twice'])
  await report([refusal('token_reused', now)])
  for (let i = 0; i < 60; i++) await report(strangers)
  const [first, ...rest] = await causes()
  expect([first, new Set(rest)]).toEqual(['Token used twice', new Set(['No source of this name'])])
})

describe('a capture', () => {
  const begun = async () => {
    const here = newConsole()
    await here.api('PUT', '/api/sources/shop', {
      provider: 'generic',
      secrets: { hmac: 'a-shared-secret-of-the-pages' },
    })
    const someone = visitor(here)
    const form_token = await someone.enter()
    const answer = await someone.post('/sources/shop/capture/begin', { form_token })
    return { here, someone, form_token, answer }
  }

  it('begins from a refusal, and is ended with all that it kept', async () => {
    const { here, someone, form_token, answer } = await begun()
    expect(answer.headers.get('location')).toBe('/sources/shop/capture?notice=begun')
    const kept = { requestId: 'req_00000000000000000000000c', provider: 'generic', code: 'signature_mismatch', bytes: 9 } // prettier-ignore
    const at = { atMs: here.clock.nowMs, startedAtMs: here.clock.nowMs }
    await env.REFUSALS.getByName('refusals').capture({ ...kept, ...at, source: 'shop', sealed: utf8('x') })
    expect(await someone.text('/sources/shop/capture')).toMatch(/Signature does not fit .+ 9 B/)
    const refused = { ...refusal(kept.code, here.clock.nowMs), requestId: kept.requestId, source: 'shop' }
    await env.REFUSALS.getByName('refusals').report({ counts: [], latest: [refused] })
    expect(await someone.html(`/d/${kept.requestId}`)).toContain(
      `href="/sources/shop/captured/${kept.requestId}"`,
    )
    expect(await someone.text('/sources/shop/capture/end')).toMatch(/Deleted for good: \d+ requests?\./)
    const ended = await someone.post('/sources/shop/capture/end', { form_token })
    expect(ended.headers.get('location')).toBe('/sources/shop/capture?notice=ended&count=1')
    expect(await someone.text('/sources/shop/capture')).toContain('Nothing is captured.')
  })
})

it('narrows refusals by source, cause, network and time', async () => {
  const here = newConsole()
  const now = here.clock.nowMs
  await env.REFUSALS.getByName('refusals').report({
    counts: [],
    latest: [
      { ...refusal('path_unknown', now - 2 * 3_600_000), source: 'shop' },
      { ...refusal('fault', now), network: '192.0.2.0/24' },
    ],
  })
  const someone = visitor(here)
  await someone.enter()
  const rows = async (query: string) => {
    const text = (await someone.text(`/activity?show=refused&${query}`)).split(' Detail ')[1] ?? ''
    return ['Unknown path', 'Fault of Postern'].filter((title) => text.includes(title))
  }
  expect(await rows('')).toEqual(['Unknown path', 'Fault of Postern'])
  expect(await rows('from=now-1h')).toEqual(['Fault of Postern'])
  expect(await rows('to=now-1h')).toEqual(['Unknown path'])
  expect(await rows('code=fault')).toEqual(['Fault of Postern'])
  expect(await rows('network=192.0.2.0/24')).toEqual(['Fault of Postern'])
  expect(await rows('source=shop')).toEqual(['Unknown path'])
  expect(await someone.text('/activity?show=refused&code=rate_limited')).toContain('None match')
})

it('tells of destinations only whoever sees all sources', async () => {
  const here = newConsole()
  const text = async (sources?: string[]) =>
    (await logIn(here, 'operator', sources)).someone.text('/activity?show=gave-up')
  expect(await text()).toContain('No destination gave up a delivery.')
  expect(await text(['shop'])).not.toMatch(/By destinations|No destination gave up/)
})

it.each([
  '/archive/files?cursor=x',
  '/access/audit?cursor=x',
  '/erasures?cursor=x',
  '/activity?cursor=x',
  '/activity?cursor=x~x~x~x',
  '/activity?show=accepted&cursor=x',
  '/activity?show=refused&cursor=x',
  '/activity?show=quarantined&cursor=x',
  '/activity?show=gave-up&cursor=x',
  '/suppressions?cursor=x',
])('%s begins with its first page, since the cursor is cut', async (path) => {
  const someone = visitor(newConsole())
  await someone.enter()
  const response = await someone.get(path)
  expect([response.status, textOf(await response.text())]).toEqual([
    200,
    expect.not.stringContaining('Try again'),
  ])
})
