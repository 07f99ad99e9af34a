/** Adding a source by the pages alone. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { generic } from '../../../src/providers/generic.ts'
import { PROVIDERS } from '../../../src/providers/index.ts'
import { setupOf } from '../../../src/providers/setup/index.ts'
import type { RefusalRecord } from '../../../src/refusals/refusal.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { decision } from '../../support/decision.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { toInstant } from '../../../src/platform/time.ts'
import type { Containment } from '../../../src/registry/containment/containment.ts'
import { containment, incidentObjects } from '../../support/incidents.ts'
import { readItem } from '../../providers/natives.ts'
import { migrate, newConsole, registryWith, store } from '../support.ts'
import { logIn, textOf, visitor } from './visitor.ts'

beforeAll(migrate)

const here = newConsole()
const someone = visitor(here)
let form_token = ''
beforeAll(async () => void (form_token = await someone.enter()))

const make = (provider: string, name: string) =>
  someone.post(`/sources/new/${provider}`, { form_token, name })
const secret = (name: string, fields: Record<string, string>) =>
  someone.post(`/sources/${name}/setup/secret`, { form_token, ...fields })
const shown = async (response: Response) => textOf(await response.text())

describe('the choice of an ESP', () => {
  it('lists every provider that posts, the large ones first and what has no row last', async () => {
    const all = await someone.html('/sources/new')
    const posting = PROVIDERS.filter(({ name }) => name !== 'cloudflare-email')
    for (const { name } of posting) expect(all).toContain(`href="/sources/new/${name}"`)
    expect(all).not.toContain('/sources/new/cloudflare-email')
    const names = [...all.matchAll(/<li><a[^>]*href="\/sources\/new\/([a-z-]+)"/g)].map(([, name]) => name)
    expect(names.slice(0, 3)).toEqual(['sendgrid', 'ses', 'mailgun'])
    expect(names.slice(10, 12)).toEqual(['ahasend', 'alibaba-directmail'])
    expect(names.slice(-2)).toEqual(['generic', 'standard-webhooks'])
    expect(all).toMatch(/Scaleway[^<]*<span class="visually-hidden"> scaleway-tem</)
  })

  it.each([
    ['nobody', 'No such provider'],
    ['cloudflare-email', 'come by a queue'],
  ])('%s is answered with 404', async (name, says) => {
    const response = await someone.get(`/sources/new/${name}`)
    expect(response.status).toBe(404)
    expect(await shown(response)).toContain(says)
  })
})

describe('the name', () => {
  it.each(['', 'Shop', '-shop', 'new', '"><b>'])('%j is refused, and kept', async (name) => {
    const response = await make('sendgrid', name)
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain('<title>Error: ')
    expect(html).toContain('href="#name"')
    expect(html).not.toContain('<b>')
  })

  it('of another source is refused', async () => {
    expect((await make('generic', 'taken')).headers.get('location')).toBe('/sources/taken/setup')
    const again = await make('sendgrid', 'taken')
    expect(again.status).toBe(422)
    expect(await shown(again)).toContain('There is one of this name already.')
  })
})

describe('the secret of a new source', () => {
  it('is saved with it, or named as wrong at its field', async () => {
    const add = (value: string) => someone.post('/sources/new/resend', { form_token, name: 'at-once', value })
    const wrong = await add('changeme')
    expect(wrong.status).toBe(422)
    const html = await wrong.text()
    expect(html).toContain('id="value-problem"')
    expect(html).not.toContain('changeme')
    expect((await add(`whsec_${btoa('k'.repeat(24))}`)).headers.get('location')).toBe(
      '/sources/at-once/setup',
    )
    expect(await someone.text('/sources/at-once/setup')).toContain('signing_secret/1 is accepted')
  })

  it('is made later where Postern makes it', async () => {
    expect(await someone.text('/sources/new/generic')).toContain('Postern makes the secret in the next step')
    expect(await someone.html('/sources/new/generic')).not.toContain('name="value"')
  })
})

describe('the secret', () => {
  it('of the ESP is checked at its field, and saved', async () => {
    await make('sendgrid', 'grid')
    const wrong = await secret('grid', { slot: 'public_key', value: 'SG.an-api-key-of-somebody' })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).toContain('id="value-problem"')
    const { publicKey } = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
    ])) as CryptoKeyPair
    const spki = new Uint8Array((await crypto.subtle.exportKey('spki', publicKey)) as ArrayBuffer)
    const done = await secret('grid', { slot: 'public_key', value: ` ${spki.toBase64()}\n` })
    expect(done.headers.get('location')).toBe('/sources/grid/setup?notice=secret_added')
    expect(await someone.text('/sources/grid/setup')).toContain('public_key/1 is accepted')
  })

  it.each([
    ['postmark', 'basic_auth', /username postern password [\w-]{43}/],
    ['generic', 'hmac', /secret [\w-]{43}/],
    ['braze', 'query', /\/hooks\/made-braze\?token=[\w-]{43}/],
    ['iterable', 'headers', /X-Webhook-Token [\w-]{43}/],
  ])('of %s is generated where %s is empty, and shown once', async (provider, slot, shows) => {
    const name = `made-${provider}`
    await make(provider, name)
    const response = await secret(name, { slot, username: 'typed' })
    expect(response.status).toBe(200)
    expect(await shown(response)).toMatch(shows)
    expect(await someone.text(`/sources/${name}/setup`)).toContain(`${slot}/1 is accepted`)
  })

  it('of the ESP is not generated', async () => {
    await make('resend', 'no-value')
    const response = await secret('no-value', { slot: 'signing_secret', value: ' ' })
    expect(response.status).toBe(409)
    expect(await shown(response)).toContain('The ESP makes this secret')
  })
})

describe('the steps', () => {
  it.each([
    ['postmark', ['url', 'secret', 'api', 'esp', 'test', 'arrival']],
    ['sendgrid', ['url', 'api', 'esp', 'secret', 'test', 'arrival']],
    ['mailersend', ['url', 'open', 'esp', 'secret', 'test', 'arrival']],
    ['zeptomail', ['url', 'open', 'secret', 'esp', 'test', 'arrival']],
  ])('of %s stand in the order in which they are done', async (provider, order) => {
    await make(provider, `order-${provider}`)
    const html = await someone.html(`/sources/order-${provider}/setup`)
    expect([...html.matchAll(/<li id="([a-z]+)"/g)].map(([, id]) => id)).toEqual(order)
    expect(html).toMatch(/href="[^"]+\?at=\d+#arrival">Check now/)
  })

  it.each([
    ['klaviyo', 'Klaviyo names an address in a few events only'],
    ['braze', 'Braze names no address in any postback'],
  ])('say at %s whom its events do not name', async (provider, sentence) => {
    await make(provider, `nameless-${provider}`)
    expect(await someone.text(`/sources/nameless-${provider}/setup`)).toContain(sentence)
  })

  it('send a signed sample where somebody makes one, as long as nothing has come', async () => {
    const asked: (readonly [path: string, body: string])[] = []
    let status = 200
    const SAMPLES = {
      async fetch(url: string, { body }: RequestInit) {
        const path = new URL(url).pathname
        asked.push([path, body as string])
        const secrets = { hmac: 'a-secret-of-the-sample-test' }
        return Response.json(
          path === '/' ? { id: 'one', document: { provider: 'generic', secrets } } : { status },
        )
      },
    } as unknown as Fetcher
    const local = newConsole({ SAMPLES, GATEWAY_URL: 'http://localhost:8787' })
    const { someone: person, form_token: token } = await logIn(local, 'operator')
    await local.api('PUT', '/api/sources/near', { provider: 'generic', ratePerMinute: 60 })
    expect(await person.text('/sources/near/setup')).toMatch(
      /replaces the secret and the settings of this source.+Send me a sample/,
    )
    const press = async () =>
      (await person.post('/sources/near/setup/sample', { form_token: token })).headers.get('location')
    expect(await press()).toBe('/sources/near/setup?notice=sampled')
    expect(asked).toEqual([
      ['/', 'generic'],
      ['/one', 'http://localhost:8787/hooks/near'],
    ])
    expect(await person.text('/sources/near/setup')).toContain('hmac/1 is accepted')
    expect((await local.api('GET', '/api/sources/near')).json).not.toHaveProperty('ratePerMinute', 60)
    status = 401
    expect(await press()).toBe('/sources/near/setup?notice=sample_refused')
    const atMs = Date.now()
    const event = { type: 'email.delivered', source: 'near', atMs, received_at: toInstant(atMs) } as const
    await consumeEvents(consumerDeps(store), [await mailEvent(event)])
    expect(await person.text('/sources/near/setup')).not.toContain('Send me a sample')
    const before = (await local.api('GET', '/api/sources/near')).json
    const calls = asked.length
    expect(await press()).toBe('/sources/near/setup?notice=sample_late')
    expect(asked).toHaveLength(calls)
    expect((await local.api('GET', '/api/sources/near')).json).toEqual(before)
  })

  it('send none where nobody makes one', async () => {
    await make('generic', 'far')
    expect(await someone.text('/sources/far/setup')).not.toContain('Send me a sample')
    expect((await someone.post('/sources/far/setup/sample', { form_token })).status).toBe(404)
  })
})

describe('the settings', () => {
  const save = (fields: Record<string, string>) =>
    someone.post('/sources/set/settings/edit', { form_token, ...fields })
  /** The fields of the form as a browser sends them. */
  const fieldsIn = (html: string): Record<string, string> => ({
    ...Object.fromEntries(
      [...html.matchAll(/<input[^>]* name="((?:was\.)?[\w.]+|version)"[^>]*>/g)].flatMap(([tag, name = '']) =>
        tag.includes('type="checkbox"') && !tag.includes('checked')
          ? []
          : [[name, /value="([^"]*)"/.exec(tag)?.[1] ?? '']],
      ),
    ),
    ...Object.fromEntries(
      [...html.matchAll(/<textarea[^>]* name="([\w.]+)"[^>]*>\n?([^<]*)</g)].map(
        ([, name = '', text = '']) => [name, text],
      ),
    ),
    ...Object.fromEntries(
      [...html.matchAll(/<select[^>]* name="([\w.]+)".*?<\/select>/gs)].map(([select, name = '']) => [
        name,
        /<option value="([^"]*)" selected/.exec(select)?.[1] ?? '',
      ]),
    ),
  })
  const settings = async () => (await here.api('GET', '/api/sources/set')).json

  it('are saved as they are shown, with one changed', async () => {
    const document = {
      provider: 'generic',
      level: 'enhanced',
      allowedIps: ['10.0.0.0/8', '192.0.2.7'],
      blockedAsns: [64_500],
      rotateEveryDays: null,
      requireSourceIp: true,
      containment: { replay: 'raiseLevel' },
      signature: { algorithm: 'hmac-sha512', header: 'x-sign', encoding: 'hex', signed: '{body}' },
      secrets: { hmac: 'a-secret-of-the-settings-test' },
    }
    await here.api('PUT', '/api/sources/set', document)
    const before = await settings()
    const fields = fieldsIn(await someone.html('/sources/set/settings'))
    const done = await save({ ...fields, ratePerMinute: '60' })
    expect(done.headers.get('location')).toBe('/sources/set/settings?notice=changed')
    const { version: _v, updated_at: _u, rotations: _r, ...now } = await settings()
    const { version: _v0, updated_at: _u0, rotations: _r0, ...was } = before
    expect(now).toEqual({ ...was, ratePerMinute: 60 })
  })

  it('say all that is wrong, each at its field, and keep what was typed', async () => {
    const fields = fieldsIn(await someone.html('/sources/set/settings'))
    const wrong = await save({
      ...fields,
      ratePerMinute: 'many',
      allowedIps: '10.0.0.0/8 "><b>',
      publicUrl: 'x',
    })
    expect(wrong.status).toBe(422)
    const html = await wrong.text()
    for (const name of ['ratePerMinute', 'allowedIps', 'publicUrl']) {
      expect(html).toContain(`href="#${name}"`)
      expect(html).toContain(`id="${name}-problem"`)
    }
    expect(html).toContain('value="many"')
    expect(html).not.toContain('<b>')
    expect((await settings())['ratePerMinute']).toBe(60)
  })

  it('of an old form show both versions, and apply what was changed to the new one', async () => {
    const fields = fieldsIn(await someone.html('/sources/set/settings'))
    await save({ ...fields, ratePerMinute: '70' })
    const conflict = await save({ ...fields, maxStaleSeconds: '60' })
    expect(conflict.status).toBe(409)
    const html = await conflict.text()
    expect(textOf(html)).toContain('Somebody changed this while you were typing.')
    const again = await save(fieldsIn(html))
    expect(again.status).toBe(303)
    expect(await settings()).toMatchObject({ ratePerMinute: 70, maxStaleSeconds: 60 })
  })

  it('end with the removal, which says what is lost, once its name is typed', async () => {
    expect(await someone.text('/sources/set/remove')).toMatch(
      /0 events in the last 24 hours.+1 version of its secret/,
    )
    const wrong = await someone.post('/sources/set/remove', { form_token, name: 'other' })
    expect(wrong.status).toBe(422)
    const done = await someone.post('/sources/set/remove', { form_token, name: 'set', reason: 'moved' })
    expect(done.headers.get('location')).toBe('/sources?notice=removed')
    expect((await here.api('GET', '/api/sources/set')).status).toBe(404)
  })
})

describe('the last step', () => {
  const refusal = (code: string, atMs: number): RefusalRecord => ({
    requestId: 'req_00000000000000000000000b',
    atMs,
    source: 'waits',
    provider: 'generic',
    code,
    status: 401,
    detail: { keysAttempted: 1 },
    decision: decision(),
    network: null,
  })
  const refuse = (code: string) =>
    env.REFUSALS.getByName('refusals').report({
      counts: [],
      latest: [refusal(code, Date.now() + 1_000)],
    })
  const arrived = () => someone.text('/sources/waits/setup/arrival')

  it('says what came, and what to change', async () => {
    await make('generic', 'waits')
    expect(await arrived()).toContain('Nothing has come yet.')
    await env.REFUSALS.getByName('refusals').report({ counts: [], latest: [], handshakes: ['waits'] })
    expect(await arrived()).toContain('URL reached')
    const setup = await someone.html('/sources/waits/setup')
    expect([...setup.matchAll(/<li id="(\w+)" class="done">/g)].map(([, id]) => id)).toEqual(['url', 'esp'])
    await refuse('secret_missing')
    expect(await arrived()).toContain('The URL is right')
    await refuse('signature_mismatch')
    const text = await arrived()
    expect(text).toContain('copied with a space')
    expect(text).toContain('Capture the next ones')
    await someone.post('/sources/waits/capture/begin', { form_token })
    expect(await arrived()).toContain('The next refused deliveries are kept')
  })

  it('ends with the first event', async () => {
    await make('generic', 'ends')
    const atMs = Date.now() + 1_000
    const event = { type: 'email.delivered', source: 'ends', atMs, received_at: toInstant(atMs) } as const
    await consumeEvents(consumerDeps(store), [await mailEvent(event)])
    expect(await someone.text('/sources/ends/setup/arrival')).toContain('The set-up is done.')
  })
})

it('pauses a source for an hour, says so, and takes it back', async () => {
  let lasting: Containment[] = []
  const INCIDENTS = incidentObjects({
    async contain(source, request, number) {
      expect([request, number]).toEqual([{ action: 'pause', seconds: 3_600 }, null])
      const endsAtMs = Date.now() + 3_600_000
      const begun = containment({ source, measure: { action: 'pause' }, startedAtMs: Date.now(), endsAtMs })
      lasting = [begun]
      return { ok: true, containment: begun, unreached: [] }
    },
    async lift(id) {
      // The registry still lists what was lifted.
      lasting = lasting.map((one) => ({ ...one, liftedAtMs: Date.now() }))
      return lasting.find((one) => one.id === id) ?? null
    },
  })
  let answers = true
  const containments = async () => {
    if (!answers) throw new Error('the registry is down')
    return lasting
  }
  const REGISTRY = registryWith({ sources: { containments } })
  const other = await logIn(newConsole({ INCIDENTS, REGISTRY }), 'operator')
  const post = (verb: string) =>
    other.someone.post(`/sources/taken/${verb}`, { form_token: other.form_token, seconds: '3600' })
  expect((await post('pause')).headers.get('location')).toBe('/sources/taken?notice=paused')
  const html = await other.someone.html('/sources/taken?notice=paused')
  expect(textOf(html)).toMatch(/The source is paused\..+It ends.+answered with 503.+Resume/)
  expect(html).not.toContain('/sources/taken/pause"')
  answers = false
  const unanswered = await post('resume')
  expect(unanswered.status).toBe(503)
  expect(textOf(await unanswered.text())).toContain('Try again in a minute.')
  answers = true
  expect((await post('resume')).headers.get('location')).toBe('/sources/taken?notice=resumed')
  const resumed = await other.someone.html('/sources/taken?notice=resumed')
  expect(textOf(resumed)).toContain('accepted again.')
  expect(resumed).toContain('/sources/taken/pause"')
})

describe('the example', () => {
  it('of a program is an event that goes through', () => {
    const [, body = ''] = /body='(.*)'$/m.exec(setupOf('generic')?.example ?? '') ?? []
    const [item] = JSON.parse(body.replaceAll("'$at'", '2026-06-01T10:00:00Z')) as unknown[]
    expect(readItem(generic, item)).toMatchObject([{ type: 'email.delivered' }])
  })
})

describe('the words of an ESP', () => {
  const SETUPS = PROVIDERS.flatMap((provider) => {
    const setup = setupOf(provider.name)
    return setup === undefined ? [] : [[provider.name, provider, setup] as const]
  })

  it.each(SETUPS)('of %s fit its provider', (_name, provider, setup) => {
    expect(provider.authMethods.flatMap(({ slots }) => slots)).toContain(setup.slot)
    if (setup.documentation !== undefined) expect(setup.read_on).toMatch(/^20\d\d-\d\d-\d\d$/)
    for (const page of [setup.page, setup.documentation])
      expect(page === undefined || URL.canParse(page)).toBe(true)
    expect(setup.steps.join(' ')).toContain('{url}')
    const texts = [...setup.steps, setup.key, setup.test].join(' ')
    expect(texts.replaceAll(/\*\*[^*]+\*\*|`[^`]+`|\{url\}/g, '')).not.toMatch(/[*`{}]/)
  })
})

describe('the set-up for a first call', () => {
  const page = () => someone.text('/sources/first/setup')
  const press = (action: string) => someone.post(`/sources/first/setup/${action}`, { form_token })
  const calls = async (count: number, kind = 'webhook.test') => {
    const view = await env.REGISTRY.getByName('registry').sources.find('first')
    const openedAtMs = view?.setup?.openedAtMs ?? 0
    const firstCalls = [{ source: 'first', kind, openedAtMs, count, lastMs: here.clock.nowMs }]
    await env.REFUSALS.getByName('refusals').report({
      counts: [],
      latest: [],
      handshakes: ['first'],
      firstCalls,
    })
  }

  it('is opened by a button, says what came, and is over with the first delivery', async () => {
    await make('mailersend', 'first')
    expect(await page()).toContain('Open for an hour')
    const opened = await press('open')
    expect(opened.headers.get('location')).toBe('/sources/first/setup#open')
    expect(await page()).toMatch(/Open\. It closes in (?:59|60) min/)
    expect(await page()).toContain('No call has come yet.')
    await calls(2)
    await calls(1)
    expect(await page()).toMatch(/First calls answered \( ?webhook\.test ?\): 3, the last/)
    expect(await someone.text('/sources/first/setup/arrival')).toContain('Nothing of them was stored.')

    await press('close')
    expect(await page()).toMatch(/Closed\. .*: 3, the last/)
    // Calls are counted for each opening.
    here.clock.nowMs += 1_000
    await press('open')
    expect(await page()).toContain('No call has come yet.')

    await env.REGISTRY.getByName('registry').snapshots.firstVerified('first', 'req_1')
    expect(await page()).toContain('Over: a delivery was verified')
    await press('open')
    expect(await page()).not.toContain('Over: a delivery')
    expect(await page()).toContain('Open for another hour')
  })

  it('is opened without the store', async () => {
    const broken = {
      prepare: () => {
        throw new Error('down')
      },
    } as unknown as D1Database
    await here.api('PUT', '/api/sources/alone', { provider: 'mailersend' })
    const answer = await newConsole({ STORE: broken }).api('PUT', '/api/sources/alone/setup', {})
    expect(answer.status).toBe(200)
  })

  it('is named as a cause while it is closed', async () => {
    await make('mailersend', 'closed')
    expect(await someone.text('/sources/closed/setup')).toContain('The set-up was not open when')
    const latest: RefusalRecord = {
      requestId: 'req_closed',
      atMs: Date.now() + 1_000,
      source: 'closed',
      provider: 'mailersend',
      code: 'secret_missing',
      status: 401,
      detail: {},
      decision: decision(),
      network: null,
    }
    await env.REFUSALS.getByName('refusals').report({ counts: [], latest: [latest] })
    expect(await someone.text('/sources/closed/setup/arrival')).toContain('open the set-up above')
  })
})
