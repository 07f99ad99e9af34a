/** Destinations on the dashboard, the page of one, and what its forms do. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryStatus, DestinationApi } from '../../../src/destinations/api.ts'
import { ACTIVE, ATTEMPT, type Destinations, destinationObjects } from '../../support/destinations.ts'
import { holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole } from '../support.ts'
import { type Visitor, formTokenOf, visitor } from './visitor.ts'

beforeAll(migrate)

/** An attack in what an endpoint answers. */
const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202E\u001B[31m`

const SECRET = `whsec_${btoa('a'.repeat(32))}`

const WAITING = {
  id: 'evt-1',
  event_ids: ['evt-1'],
  events: 1,
  tries: 2,
  first_failed_at: '2026-06-02T10:00:00.000Z',
  next_try_at: '2026-06-02T10:05:00.000Z',
  blocked: 3,
  error: 'The endpoint answered 500.',
  status: 500,
}
const DEAD = {
  id: 'evt-9',
  event_ids: ['evt-9'],
  events: 1,
  tries: 11,
  first_failed_at: '2026-06-02T10:00:00.000Z',
  died_at: '2026-06-03T10:00:00.000Z',
  error: 'The endpoint answered 500.',
  status: 500,
}

interface Entered {
  readonly here: TestConsole
  readonly objects: Destinations
  readonly operator: Visitor
  readonly form_token: string
  readonly path: string
  readonly name: string
}

let made = 0

/** An operator in front of a new destination. @param changes what its object answers */
async function entered(
  changes: Partial<DestinationApi> = {},
  document: Record<string, unknown> = {},
): Promise<Entered> {
  const objects = destinationObjects(changes)
  const here = newConsole({ DESTINATIONS: objects })
  const name = `app-${made++}`
  const url = 'https://app.example.com/email-events?token=1'
  const put = await here.api('PUT', `/api/destinations/${name}`, {
    url,
    secrets: { signing_secret: SECRET },
    ...document,
  })
  expect(put.status).toBe(201)
  const operator = visitor(here)
  const form_token = await operator.enter()
  objects.calls.length = 0
  return { here, objects, operator, form_token, path: `/destinations/${name}`, name }
}

const status = (change: Partial<DeliveryStatus>) => ({
  status: async () => ({ ...ACTIVE, ...change }) as DeliveryStatus,
})

/** Without tags, and with single spaces. */
const textOf = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')

const textAt = async ({ operator }: Entered, path: string): Promise<string> =>
  textOf(await (await operator.get(path)).text())

/** The latest line of the audit log. */
async function lastNoted({ here }: Entered): Promise<unknown> {
  const { json } = await here.api('GET', '/api/audit?limit=1')
  return (json['entries'] as unknown[])[0]
}

describe('the dashboard', () => {
  it('shows each destination with its host, its state and its numbers', async () => {
    const at = await entered(
      status({ state: 'circuit_open', reason: 'failing', backlog: 1_234, waiting: 7, dead_letters: 2 }),
    )
    const text = await textAt(at, '/')
    expect(text).toMatch(
      new RegExp(`${at.name} (?:secret )?app\\.example\\.com circuit open Most attempts .+ 1,234 7 2 – none`),
    )
    expect(text).not.toContain('token=1')
    await at.here.api('DELETE', `/api/destinations/${at.name}`)
  })

  it('shows the others if the object of one does not answer', async () => {
    const at = await entered({ status: () => Promise.reject(new Error('down')) })
    const response = await at.operator.get('/')
    expect(response.status).toBe(200)
    expect(textOf(await response.text())).toContain('What delivers to it did not answer.')
    expect(at.here.logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'destination' }),
    )
  })

  it('shows no destination to a token for some sources', async () => {
    const at = await entered()
    const { token } = await holder(at.here, 'operator', ['own'])
    const someone = visitor(at.here)
    await someone.post('/login', { token })
    const html = await (await someone.get('/')).text()
    expect(html).not.toContain(at.name)
    expect(html).not.toContain('id="destinations"')
    expect((await someone.get(at.path)).status).toBe(403)
  })
})

describe('the page of a destination', () => {
  it.each<[string, Partial<DeliveryStatus>, RegExp]>([
    ['is well', {}, /active Send a test event/],
    ['is paused', { state: 'paused', reason: 'paused' }, /paused An operator paused it\..+Resume it/],
    [
      'has an open circuit',
      { state: 'circuit_open', reason: 'failing' },
      /circuit open Most attempts .+ probe/,
    ],
    [
      'answered 410',
      { state: 'disabled', reason: 'gone' },
      /disabled The endpoint answered 410.+Correct the URL/,
    ],
    [
      'asked to be disabled',
      { state: 'disabled', reason: 'asked' },
      /webhook-delivery: disable.+Ask whoever/,
    ],
    ['failed for days', { state: 'disabled', reason: 'no_success' }, /five days.+Mend the endpoint/],
    ['is blocked', { blocked_since: ATTEMPT.at }, /active An event fails\. Later ones.+skip it/],
    ['fails', { failing_since: ATTEMPT.at }, /active The latest attempts failed\./],
    ['has a warning', { warning: 'Watch out.' }, /active Watch out\. The last attempts/],
    ['has missed events', { missed: 3 }, /Missed 3: they were removed from the store/],
    ['has a backlog', { backlog: 5, backlog_since: ATTEMPT.at }, /Backlog 5, the oldest from/],
  ])('says what to do if it %s', async (_what, change, expected) => {
    const at = await entered(status(change))
    expect(await textAt(at, at.path)).toMatch(expected)
  })

  it('shows settings and versions of secrets, and neither a secret nor the value of a header', async () => {
    const at = await entered(
      {},
      {
        filter: { types: ['email.bounced'], where: { bounce_type: 'hard' } },
        batch: { max_events: 10 },
        headers: { 'x-key': 'value-of-the-header' },
        personal: 'pseudonym',
      },
    )
    const html = await (await at.operator.get(at.path)).text()
    for (const part of [
      'email.bounced',
      'bounce_type',
      'up to 10 events, after 5 s at most',
      'x-key',
      'a keyed hash in place of the address',
      'signing_secret/1',
      `${at.path}/secrets/signing_secret/rotate`,
      `${at.path}/secrets/signing_secret/1/revoke`,
    ])
      expect(html).toContain(part)
    expect(html).not.toContain('value-of-the-header')
    expect(html).not.toContain(SECRET)
    expect(html).not.toContain(`${at.path}/secrets/headers`)
  })

  it('shows attempts, what waits with what it holds back, and dead letters', async () => {
    const at = await entered({
      waiting: async () => ({ entries: [WAITING], next: '1' }),
      deadLetters: async () => ({ entries: [DEAD], next: null }),
    })
    const text = await textAt(at, at.path)
    expect(text).toMatch(/evt-1 test delivered status 200 not counted 12 ms ok/)
    expect(text).toMatch(
      /evt-1 1 event 2 .+ 3 events blocked since .+ The endpoint answered 500\. status 500/,
    )
    expect(text).toMatch(/evt-9 1 event 11 The endpoint answered 500/)
    expect(text).toContain('There are more in the API')
  })

  it('shows what an endpoint answered as text', async () => {
    const attempt = { ...ATTEMPT, error: HOSTILE, response: HOSTILE, id: HOSTILE }
    const at = await entered({ attempts: async () => ({ entries: [attempt], next: null }) })
    const html = await (await at.operator.get(at.path)).text()
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).toContain('U+202E')
    expect(html).not.toMatch(/<script|<img src=x/i)
    // oxlint-disable-next-line no-control-regex -- these characters must not appear
    expect(html).not.toMatch(/[\u001B\u202A-\u202E]/)
  })

  it('is shown if its object does not answer', async () => {
    const down = () => Promise.reject(new Error('down'))
    const at = await entered({ status: down, attempts: down, waiting: down, deadLetters: down })
    const text = await textAt(at, at.path)
    expect(text.match(/What delivers to it did not answer\./g)).toHaveLength(4)
    expect(text).toContain('Settings')
  })

  it('has no button and no answer of the endpoint for a viewer', async () => {
    const response = 'no such user ada@example.com'
    const at = await entered({
      attempts: async () => ({ entries: [{ ...ATTEMPT, response }], next: null }),
      waiting: async () => ({ entries: [WAITING], next: null }),
      deadLetters: async () => ({ entries: [DEAD], next: null }),
    })
    const { token } = await holder(at.here, 'viewer')
    const someone = visitor(at.here)
    await someone.post('/login', { token })
    const html = await (await someone.get(at.path)).text()
    expect(html).toContain('evt-9')
    expect(html).not.toContain('no such user')
    expect(await (await at.operator.get(at.path)).text()).toContain('no such user')
    expect(html).not.toContain('<form')
    expect([...html.matchAll(new RegExp(`href="${at.path}/[^"]*"`, 'g'))]).toEqual([])
    expect((await someone.post(`${at.path}/test`, { form_token: formTokenOf(html) })).status).toBe(403)
  })

  it('is 404 where there is none', async () => {
    const { operator } = await entered()
    expect((await operator.get('/destinations/nobody')).status).toBe(404)
    expect((await operator.get('/destinations/nobody/replay')).status).toBe(404)
    expect((await operator.get('/destinations/nobody/secrets/signing_secret/rotate')).status).toBe(404)
  })

  it('shows no notice that is not one of ours', async () => {
    const at = await entered()
    for (const query of [
      'notice=constructor',
      'notice=retried&count=-1',
      `notice=${encodeURIComponent(HOSTILE)}`,
    ])
      expect(await (await at.operator.get(`${at.path}?${query}`)).text()).not.toContain('class="notice')
    expect(await textAt(at, `${at.path}?notice=retried&count=2`)).toContain(
      '2 deliveries are tried again now.',
    )
  })
})

describe('a form', () => {
  it.each<[string, Record<string, string>, Partial<DestinationApi>, string, string, string | null]>([
    ['test', {}, {}, 'notice=tested', 'test', 'destination.tested'],
    [
      'test',
      {},
      { test: async () => ({ attempt: { ...ATTEMPT, outcome: 'failed' }, type: 'email.bounced' }) },
      'notice=test_failed',
      'test',
      'destination.tested',
    ],
    ['pause', {}, {}, 'notice=paused', 'changed', 'destination.changed'],
    ['resume', {}, {}, 'notice=resumed', 'resume', 'destination.resumed'],
    ['retry', {}, {}, 'notice=retried&count=2', 'retryNow', 'delivery.retried'],
    [
      'retry',
      { id: 'x' },
      { retryNow: async () => 0 },
      'notice=delivery_unknown',
      'retryNow',
      'delivery.retried',
    ],
    ['skip', { id: 'evt-1' }, {}, 'notice=skipped', 'skip', 'delivery.skipped'],
    ['skip', { id: 'evt-2' }, {}, 'notice=delivery_unknown', 'skip', 'delivery.skipped'],
    ['redrive', { id: 'evt-9' }, {}, 'notice=redriven&count=4', 'redrive', 'destination.redriven'],
    ['redrive', {}, { redrive: async () => 0 }, 'notice=nothing_redriven', 'redrive', 'destination.redriven'],
    ['replay', { since: ATTEMPT.at }, {}, 'notice=replaying&count=3', 'replay', 'destination.replayed'],
    [
      'replay',
      { since: ATTEMPT.at },
      { replay: async () => null },
      'notice=replay_running',
      'replay',
      'destination.replayed',
    ],
    ['replay/end', {}, {}, 'notice=replay_ended', 'cancelReplay', null],
  ])('%s %j leads back, and is in the audit log', async (form, fields, changes, notice, call, action) => {
    const at = await entered(changes)
    const done = await at.operator.post(`${at.path}/${form}`, { form_token: at.form_token, ...fields })
    expect([done.status, done.headers.get('location')]).toEqual([303, `${at.path}?${notice}`])
    expect(at.objects.calls).toContain(`${at.name} ${call}`)
    if (action !== null)
      expect(await lastNoted(at)).toMatchObject({ action, target: `destination/${at.name}` })
    expect(await textAt(at, done.headers.get('location') ?? '')).not.toContain('undefined')
  })

  it('is accepted only from our own page', async () => {
    const at = await entered()
    for (const form of ['test', 'pause', 'resume', 'retry', 'skip', 'redrive', 'replay', 'replay/end']) {
      const path = `${at.path}/${form}`
      const fields = { form_token: at.form_token, since: ATTEMPT.at, id: 'evt-1' }
      expect((await at.operator.post(path, { ...fields, form_token: 'another' })).status).toBe(403)
      expect((await at.operator.post(path, fields, { origin: 'https://evil.example' })).status).toBe(403)
    }
    expect(at.objects.calls).toEqual([])
  })
})

describe('before something is done that cannot be taken back', () => {
  it('skip asks, and takes a reason for the audit log', async () => {
    const at = await entered({ waiting: async () => ({ entries: [WAITING], next: null }) })
    expect(await (await at.operator.get(at.path)).text()).toContain(`href="${at.path}/skip?id=evt-1"`)
    at.objects.calls.length = 0
    expect(await textAt(at, `${at.path}/skip?id=evt-1`)).toContain('becomes a dead letter')
    expect(at.objects.calls).toEqual([])
    await at.operator.post(`${at.path}/skip`, {
      form_token: at.form_token,
      id: 'evt-1',
      reason: 'unreadable',
    })
    expect(await lastNoted(at)).toMatchObject({ after: { id: 'evt-1' }, reason: 'unreadable' })
  })

  let plans: unknown[]
  beforeEach(() => {
    plans = []
  })

  it('redrive says how many, for all and for a time', async () => {
    const at = await entered({
      async redrive(...given) {
        plans.push(given)
        return 4
      },
    })
    expect(await textAt(at, `${at.path}/redrive`)).toContain('4 deliveries get all tries again.')
    await at.operator.get(`${at.path}/redrive?since=2026-06-02T10:00:00Z&until=`)
    const until = { untilMs: Number.MAX_SAFE_INTEGER }
    expect(plans).toEqual([
      [{ ids: null, sinceMs: 0, ...until }, true],
      [{ ids: null, sinceMs: Date.parse('2026-06-02T10:00:00Z'), ...until }, true],
    ])
    for (const query of ['since=yesterday', 'since=2026-06-02T10:00:00Z&until=2026-06-01T10:00:00Z']) {
      const response = await at.operator.get(`${at.path}/redrive?${query}`)
      expect(response.status).toBe(422)
      expect(await response.text()).toContain('role="alert"')
    }
    const wrong = await at.operator.post(`${at.path}/redrive`, { form_token: at.form_token, since: 'x' })
    expect(wrong.status).toBe(422)
    expect(plans).toHaveLength(2)
  })

  it('replay says how many', async () => {
    const at = await entered({
      async replay(request) {
        plans.push(request)
        return {
          events: 3,
          left: 3,
          since: ATTEMPT.at,
          until: '2026-06-02T11:00:00.000Z',
          running: !request.plan,
          matching: request.plan ? 2 : null,
          is_estimate: false,
        }
      },
    })
    const empty = await (await at.operator.get(`${at.path}/replay`)).text()
    expect(empty).not.toContain('<form method="post"')
    const planned = await (
      await at.operator.get(`${at.path}/replay?since=${ATTEMPT.at}&until=&types=email.bounced`)
    ).text()
    expect(textOf(planned)).toMatch(
      /3 events were stored from 2026-06-02T10:00:00.000Z.* 2 pass the filters and are sent\./,
    )
    expect(planned).toContain('name="until" value="2026-06-02T11:00:00.000Z"')
    expect(plans).toMatchObject([{ plan: true, filter: { types: ['email.bounced'] } }])
    for (const query of ['since=', 'since=x', `since=${ATTEMPT.at}&types=email.teleported`]) {
      const response = await at.operator.get(`${at.path}/replay?${query}`)
      expect([query, response.status]).toEqual([query, 422])
    }
    const wrong = await at.operator.post(`${at.path}/replay`, { form_token: at.form_token, since: '' })
    expect(wrong.status).toBe(422)
    expect(plans).toHaveLength(1)
  })

  it('replay is refused while one runs', async () => {
    const at = await entered({ replay: async () => null })
    const response = await at.operator.get(`${at.path}/replay?since=${ATTEMPT.at}`)
    expect(response.status).toBe(409)
    expect(textOf(await response.text())).toContain('A replay runs already')
  })
})

describe('the secrets of a destination', () => {
  const statesOf = async ({ here, name }: Entered) => {
    const { json } = await here.api('GET', `/api/destinations/${name}`)
    return (json['secret_versions'] as { state: string }[]).map(({ state }) => state)
  }

  it('are rotated by a link that shows the value once, and the object that delivers is told', async () => {
    const at = await entered()
    const answer = await at.operator.post(`${at.path}/secrets/signing_secret/rotate`, {
      form_token: at.form_token,
    })
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(textOf(html)).toContain('at the receiver')
    expect(at.objects.calls).toContain(`${at.name} changed`)
    expect(await statesOf(at)).toEqual(['active', 'pending'])
    expect(await textAt(at, at.path)).toContain('set it at the receiver')
    const link = /\/retrieve\?link=([A-Za-z0-9_-]{43})/.exec(html)?.[1] ?? ''
    expect((await visitor(at.here).post('/retrieve', { link })).status).toBe(200)
    expect(await statesOf(at)).toEqual(['retiring', 'active'])
  })

  it('are revoked, but not the last one', async () => {
    const at = await entered()
    const revoke = (version: number) =>
      at.operator.post(`${at.path}/secrets/signing_secret/${version}/revoke`, { form_token: at.form_token })
    const refused = await revoke(1)
    expect(refused.status).toBe(409)
    expect(textOf(await refused.text())).toContain('No secret would be left to sign deliveries with')
    const value = `whsec_${btoa('b'.repeat(32))}`
    await at.operator.post(`${at.path}/secrets/signing_secret/rotate`, { form_token: at.form_token, value })
    const done = await revoke(1)
    expect([done.status, done.headers.get('location')]).toEqual([303, at.path])
    expect(await statesOf(at)).toEqual(['revoked', 'active'])
  })
})
