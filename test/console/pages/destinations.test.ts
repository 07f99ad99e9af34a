/** How destinations stand, and what their forms do. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryStatus, DestinationApi } from '../../../src/destinations/api.ts'
import { listEvents } from '../../../src/store/events.ts'
import type { Incident } from '../../../src/watch/incidents/incident.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { ACTIVE, ATTEMPT, destinationObjects } from '../../support/destinations.ts'
import { incident, incidentsKept } from '../../support/incidents.ts'
import { mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { migrate, newConsole } from '../support.ts'
import { lastLine, logIn, textOf, visitor } from './visitor.ts'

beforeAll(migrate)

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
/** An operator in front of a new destination. @param changes what its object answers */
async function entered(
  changes: Partial<DestinationApi> = {},
  incidentsOf: (name: string) => readonly Incident[] = () => [],
) {
  const objects = destinationObjects(changes)
  const name = `app-${crypto.randomUUID()}`
  const here = newConsole({ DESTINATIONS: objects, INCIDENTS: incidentsKept(incidentsOf(name)) })
  const url = 'https://app.example.com/email-events?token=1'
  await here.api('PUT', `/api/destinations/${name}`, { url, secrets: { signing_secret: SECRET } })
  const operator = visitor(here)
  const form_token = await operator.enter()
  objects.calls.length = 0
  return { here, objects, operator, form_token, path: `/destinations/${name}`, name }
}

const status = (change: Partial<DeliveryStatus>) => ({
  status: async () => ({ ...ACTIVE, ...change }) as DeliveryStatus,
})

describe('the list', () => {
  it('shows each destination with its host, its state, its numbers and a word of trouble', async () => {
    const at = await entered(
      status({
        state: 'circuit_open',
        reason: 'failing',
        backlog: 1_234,
        waiting: 7,
        given_up: 2,
        hours: [{ at: ATTEMPT.at, delivered: 1, failed: 7 }],
      }),
    )
    const text = await at.operator.text('/destinations')
    expect(text).toMatch(
      new RegExp(
        `${at.name} app\\.example\\.com circuit open 12\\.5 % of 8 attempts succeeded in 24 hours 7 2 1,234 – none most attempts fail`,
      ),
    )
    expect(text).not.toContain('token=1')
    await at.here.api('DELETE', `/api/destinations/${at.name}`)
  })
})

describe('the page of a destination', () => {
  it.each<[string, Partial<DeliveryStatus>, RegExp]>([
    ['is new', {}, /nothing sent yet app\.example\.com Send a test event/],
    [
      'has only failed',
      { hours: [{ at: ATTEMPT.at, delivered: 0, failed: 2 }] },
      /no success yet .* 0\.0 % of 2 attempts succeeded in 24 h · what failed last/,
    ],
    ['is well', { last_success_at: ATTEMPT.at }, /delivers app\.example\.com · last success/],
    ['is paused', { state: 'paused', reason: 'paused' }, /paused .+ An operator paused it\..+Resume it/],
    [
      'has an open circuit',
      { state: 'circuit_open', reason: 'failing' },
      /circuit open .+ Most attempts .+ probe .+ Test it/,
    ],
    [
      'answered 410',
      { state: 'disabled', reason: 'gone' },
      /disabled .+ The endpoint answered 410.+Correct the URL.+Edit the URL/,
    ],
    [
      'asked to be disabled',
      { state: 'disabled', reason: 'asked', since: ATTEMPT.at },
      /webhook-delivery: disable.+Ask whoever .+ Since .+ Resume/,
    ],
    ['failed for days', { state: 'disabled', reason: 'no_success' }, /five days.+Mend the endpoint.+Test it/],
    ['is blocked', { blocked_since: ATTEMPT.at }, /An event fails\. Later ones.+skip it.+Look at what waits/],
    ['fails', { failing_since: ATTEMPT.at }, /fails .+ The latest attempts failed\..+Test it/],
    ['has a warning', { warning: 'Watch out.' }, /behind .+ Watch out\. The last answers/],
    ['fails for a day', { warning: 'Watch out.', failing_since: ATTEMPT.at }, /fails .+ Watch out\./],
    ['has missed events', { missed: 1_003 }, /1,003 missed: they were removed from the store/],
    [
      'has a backlog',
      { backlog: 1_005, backlog_since: ATTEMPT.at },
      /1,005 events still to be read, the oldest stored/,
    ],
    ['dropped events', { filtered: 3 }, /3 dropped: they waited/],
    [
      'sends again',
      { replay: { events: 9, left: 7, since: ATTEMPT.at, until: ATTEMPT.at, running: true } },
      /are sent again: 7 left\. End it/,
    ],
  ])('says what to do if it %s', async (_what, change, expected) => {
    const at = await entered(status(change))
    expect(await at.operator.text(at.path)).toMatch(expected)
  })

  it('of the form original shows requests by their ids, and offers nothing that Postern would make', async () => {
    const request = { ...ATTEMPT, kind: 'request' as const, id: 'req_1', event_ids: [], events: 0 }
    const at = await entered({
      ...status({ failing_since: ATTEMPT.at }),
      attempts: async () => ({ entries: [request], next: null }),
    })
    const original = `original-${crypto.randomUUID()}`
    const document = { url: 'https://app.example.com/hooks', form: 'original' }
    await at.here.api('PUT', `/api/destinations/${original}`, document)
    const text = await at.operator.text(`/destinations/${original}`)
    expect(text).toMatch(/app\.example\.com · the ESP’s own requests/)
    expect(text).toMatch(/Last answers .* req_1/)
    expect(text).not.toMatch(/Send a test event|Test it|Send again/)
    expect(await at.operator.text(at.path)).toMatch(/Send a test event/)
    await at.here.api('DELETE', `/api/destinations/${original}`)
  })

  it('says when a pause ends by itself', async () => {
    const at = await entered(status({ state: 'paused', reason: 'paused' }))
    await at.operator.post(`${at.path}/pause`, { form_token: at.form_token, seconds: '14400' })
    expect(await at.operator.text(at.path)).toMatch(/It ends by itself at (?:\d{4}-\d\d-\d\d )?\d\d:\d\d/)
    expect(await at.operator.text(`${at.path}/pause`)).toMatch(
      /1 hour 4 hours 1 day 7 days until somebody resumes it/,
    )
  })

  it('shows the open incident that is about it', async () => {
    const about = (subject: string) => {
      const findings = incident().findings.map((one) => ({ ...one, kind: 'destination_failing', subject }))
      return incident({ number: 9, findings, headline: 'It gets nothing' })
    }
    const at = await entered(status({ last_success_at: ATTEMPT.at }), (name) => [about('other'), about(name)])
    const html = await at.operator.html(at.path)
    expect(textOf(html)).toMatch(/Incident 9 : It gets nothing/)
    expect(html.split('href="/incidents/9"')).toHaveLength(2)
  })
})

describe('a form', () => {
  const FAILED = { attempt: { ...ATTEMPT, outcome: 'failed' }, type: 'email.bounced' } as const
  it.each<[string, Record<string, string>, Partial<DestinationApi>, string]>([
    ['test', { type: 'email.opened' }, {}, '?notice=tested&event_id=evt-1'],
    ['test', { type: 'email.opened' }, { test: async () => FAILED }, '?notice=test_failed&event_id=evt-1'],
    ['pause', { seconds: '3600' }, {}, '?notice=paused'],
    ['pause', { seconds: '' }, {}, '?notice=paused'],
    ['resume', {}, {}, '?notice=resumed'],
    ['retry', {}, {}, '?show=waiting&notice=retried&count=2'],
    ['retry', { id: 'x' }, { retryNow: async () => 0 }, '?show=waiting&notice=delivery_unknown'],
    ['skip', { id: 'evt-1' }, {}, '?show=given-up&notice=skipped'],
    ['redrive', { id: 'evt-9' }, {}, '?notice=redriven&count=4'],
    ['redrive', {}, { redrive: async () => 0 }, '?notice=nothing_redriven'],
    ['replay', { from: ATTEMPT.at }, {}, '?notice=replaying&count=3'],
    ['replay/end', {}, {}, '?notice=replay_ended'],
  ])('%s %j leads back with a notice', async (form, fields, changes, notice) => {
    const at = await entered(changes)
    const done = await at.operator.post(`${at.path}/${form}`, { form_token: at.form_token, ...fields })
    expect([done.status, done.headers.get('location')]).toEqual([303, `${at.path}${notice}`])
    expect(await at.operator.text(done.headers.get('location') ?? '')).not.toContain('undefined')
  })

  it.each<[string, Record<string, string>, number, string]>([
    ['skip', {}, 400, 'No delivery is named.'],
    ['pause', { seconds: '1' }, 400, 'Must be from 60'],
    ['skip', { id: 'evt-2' }, 404, 'No delivery of this id waits.'],
    ['replay', { from: ATTEMPT.at }, 409, 'A replay is running'],
    ['replay', { from: 'x' }, 422, 'Must be an RFC 3339 time'],
    ['redrive', { from: 'x' }, 422, 'Must be an RFC 3339 time'],
  ])('%s %j says why the API refuses', async (form, fields, status, says) => {
    const at = await entered({ replay: async () => null })
    const refused = await at.operator.post(`${at.path}/${form}`, { form_token: at.form_token, ...fields })
    expect([refused.status, await refused.text()]).toEqual([status, expect.stringContaining(says)])
  })
})

describe('before something is done that cannot be taken back', () => {
  it('skip asks, and takes a reason for the audit log', async () => {
    const at = await entered({ waiting: async () => ({ entries: [WAITING], next: null }) })
    expect(await at.operator.html(at.path)).toContain(`href="${at.path}/skip?id=evt-1"`)
    const unnamed = await at.operator.get(`${at.path}/skip`)
    expect([unnamed.status, await unnamed.text()]).toEqual([
      400,
      expect.stringContaining('Choose Skip at one'),
    ])
    at.objects.calls.length = 0
    expect(await at.operator.text(`${at.path}/skip?id=evt-1`)).toContain('is given up')
    expect(at.objects.calls).toEqual([])
    await at.operator.post(`${at.path}/skip`, {
      form_token: at.form_token,
      id: 'evt-1',
      reason: 'unreadable',
    })
    expect(await lastLine(at.here)).toMatchObject({ after: { id: 'evt-1' }, reason: 'unreadable' })
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
    expect(await at.operator.text(`${at.path}/send-again?what=given-up`)).toContain(
      '4 deliveries get all tries again.',
    )
    await at.operator.get(`${at.path}/send-again?what=given-up&from=2026-06-02T10:00:00Z&to=`)
    const until = { untilMs: Number.MAX_SAFE_INTEGER }
    expect(plans).toEqual([
      [{ ids: null, sinceMs: 0, ...until }, true],
      [{ ids: null, sinceMs: Date.parse('2026-06-02T10:00:00Z'), ...until }, true],
    ])
    for (const query of ['from=yesterday', 'from=2026-06-02T10:00:00Z&to=2026-06-01T10:00:00Z']) {
      const response = await at.operator.get(`${at.path}/send-again?what=given-up&${query}`)
      expect(response.status).toBe(422)
      expect(await response.text()).toContain('role="alert"')
    }
    expect(plans).toHaveLength(2)
  })

  it.each(['from=2026-06-02T10:00&to=2026-06-02T12:00&zone=Asia/Tokyo', 'from=now-6h&to=now'])(
    'redrive does what was counted: %s',
    async (span) => {
      const at = await entered({
        async redrive(...given) {
          plans.push(given)
          return 4
        },
      })
      const counted = await at.operator.html(`${at.path}/send-again?what=given-up&${span}`)
      const [, form = ''] = /action="[^"]+\/redrive"(.*?)<\/form>/s.exec(counted) ?? []
      const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        value,
      ])
      at.here.clock.nowMs += 60_000
      await at.operator.post(`${at.path}/redrive`, Object.fromEntries(fields) as Record<string, string>)
      const [plan, done] = plans as [filter: unknown, isPlan: boolean][]
      expect(done).toEqual([plan?.[0], false])
    },
  )

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
    const empty = await at.operator.html(`${at.path}/send-again`)
    expect(empty).not.toMatch(/<form method="post" action="\/destinations/)
    const planned = await (
      await at.operator.get(`${at.path}/send-again?from=${ATTEMPT.at}&to=&types=email.bounced`)
    ).text()
    expect(textOf(planned)).toMatch(
      /3 events were stored from \d+ days ago .* 2 pass the filters and are sent\. Send 2 events again/,
    )
    expect(planned).toContain('name="to" value="2026-06-02T11:00:00.000Z"')
    expect(plans).toMatchObject([{ plan: true, filter: { types: ['email.bounced'] } }])
    const ofMessage = `from=${ATTEMPT.at}&source=shop&message=m-1`
    expect(await at.operator.text(`${at.path}/send-again?${ofMessage}`)).toMatch(
      /Only events of the message m-1 of shop\. .* Send 2 events again/,
    )
    const fields = Object.fromEntries(new URLSearchParams(ofMessage))
    await at.operator.post(`${at.path}/replay`, { form_token: at.form_token, ...fields })
    const filter = { sources: ['shop'], where: { message_id: 'm-1' } }
    expect(plans.splice(1)).toMatchObject([
      { plan: true, filter },
      { plan: false, filter },
    ])
    for (const query of ['from=', 'from=x', `from=${ATTEMPT.at}&types=email.teleported`]) {
      const response = await at.operator.get(`${at.path}/send-again?${query}`)
      expect([query, response.status]).toEqual([query, 422])
    }
    expect(plans).toHaveLength(1)
  })
})

describe('the form of a destination', () => {
  const URL = 'https://app.example.com/email-events'
  const NEW = '/destinations/new'

  const stored = async (at: Awaited<ReturnType<typeof entered>>, name: string) =>
    (await at.here.api('GET', `/api/destinations/${name}`)).json

  it('adds one with the filter of its rows, and shows the link to its secret once', async () => {
    const at = await entered()
    const name = `${at.name}-new`
    const fields = new URLSearchParams({ name, url: URL, personal: 'none', concurrency: '2', timeout_seconds: '10', start: 'oldest' }) // prettier-ignore
    fields.append('types', 'email.bounced')
    fields.append('types', 'email.failed')
    Object.entries({
      form_token: at.form_token,
      'field.0': 'bounce_type',
      'comparison.0': 'is',
      'value.0': 'hard',
      'field.1': 'metadata.plan.seats',
      'comparison.1': 'from',
      'value.1': '10',
      'header_name.0': 'Authorization',
      'header_value.0': 'Bearer value-of-the-header',
      'batch.max_events': '10',
    }).forEach(([key, value]) => fields.append(key, value))
    const done = await at.operator.post(NEW, fields)
    expect(done.status).toBe(200)
    expect(await done.text()).toMatch(/\/retrieve\?link=[\w-]+/)
    expect(await stored(at, name)).toMatchObject({
      url: URL,
      filter: {
        types: ['email.bounced', 'email.failed'],
        where: { bounce_type: { $eq: 'hard' }, metadata: { plan: { seats: { $gte: 10 } } } },
      },
      batch: { max_events: 10, max_wait_seconds: 5 },
      headers: { authorization: { stored: true } },
      personal: 'none',
      concurrency: 2,
      timeout_seconds: 10,
      start: 'oldest',
    })
    const html = await at.operator.html(`/destinations/${name}/settings`)
    expect(html).not.toContain('value-of-the-header')
    expect(html).toContain('value="metadata.plan.seats"')
    // Each field of a secret is marked: else a log-in would show what was typed into it.
    const secrets = [...html.matchAll(/<input type="password" name="([^"]*)"/g)].map(([, field]) => field)
    const marked = [...html.matchAll(/name="is_secret" value="([^"]*)"/g)].map(([, field]) => field)
    expect([marked, marked.length]).toEqual([secrets, 3])
    await at.here.api('DELETE', `/api/destinations/${name}`)
  })

  it('shows all problems at their fields, and keeps what was typed but no secret', async () => {
    const at = await entered()
    const response = await at.operator.post(NEW, {
      form_token: at.form_token,
      name: 'New One',
      url: 'http://app.example.com',
      signing_secret: 'whsec_typed',
      concurrency: '9',
      'field.0': 'colour',
      'comparison.0': 'is',
      'value.0': 'blue',
      'header_name.0': 'host',
      'header_value.0': 'typed-value',
    })
    expect(response.status).toBe(422)
    const html = await response.text()
    expect(html).toContain('<title>Error: Add a destination')
    for (const field of ['url', 'signing_secret', 'concurrency', 'where', 'headers'])
      expect(html).toContain(`href="#${field}"`)
    expect(html).toContain('value="colour"')
    expect(html).not.toMatch(/whsec_typed|typed-value/)
  })

  it('does not take the name of another one', async () => {
    const at = await entered()
    const fields = { form_token: at.form_token, url: URL, personal: 'full', start: 'now' }
    for (const name of [at.name, 'new', '']) {
      const response = await at.operator.post(NEW, { ...fields, name })
      expect([response.status, (await response.text()).includes('href="#name"')]).toEqual([422, true])
    }
  })

  const typed = (html: string): Record<string, string> =>
    Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="((?:was\.|version)[^"]*)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value.replaceAll('&quot;', '"')],
      ),
    )
  const SAVED = { url: 'https://app.example.com/email-events?token=1', personal: 'full', concurrency: '4', timeout_seconds: '15' } // prettier-ignore

  it('shows both versions if somebody else changed it meanwhile, and puts mine on top', async () => {
    const at = await entered()
    const path = `${at.path}/settings/edit`
    const form = typed(await at.operator.html(`${at.path}/settings`))
    await at.here.api('PUT', `/api/destinations/${at.name}`, { url: SAVED.url, rate_per_second: 7 })
    const fields = { ...form, ...SAVED, form_token: at.form_token, timeout_seconds: '20' }
    const conflict = await at.operator.post(path, fields)
    expect(conflict.status).toBe(409)
    const html = await conflict.text()
    expect(textOf(html)).not.toContain('The secret was not kept')
    expect(textOf(html)).toMatch(/rate_per_second – none 7 changed .*timeout_seconds 15 15 20 changed/)
    const again = Object.fromEntries(
      [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]), // prettier-ignore
    )
    const done = await at.operator.post(path, again)
    expect(done.headers.get('location')).toBe(`${at.path}?notice=changed`)
    expect(await stored(at, at.name)).toMatchObject({ rate_per_second: 7, timeout_seconds: 20 })
  })

  it('remembers over a preview which version was loaded, and says that a secret was not kept', async () => {
    const at = await entered()
    const path = `${at.path}/settings/edit`
    const fields = { ...SAVED, form_token: at.form_token, timeout_seconds: '20' }
    const form = typed(await at.operator.html(`${at.path}/settings`))
    await at.here.api('PUT', `/api/destinations/${at.name}`, { url: SAVED.url, rate_per_second: 7 })
    const tried = await at.operator.post(path, { ...form, ...fields, do: 'preview' })
    expect(tried.status).toBe(200)
    const late = await at.operator.post(path, {
      ...typed(await tried.text()),
      ...fields,
      is_secret: 'header_value.0',
      'header_name.0': 'authorization',
      'header_value.0': 'typed-value',
    })
    expect(late.status).toBe(409)
    expect(textOf(await late.text())).toContain('The secret was not kept')
    expect(await stored(at, at.name)).toMatchObject({ rate_per_second: 7 })
  })

  it('tries a filter without saving it', async () => {
    const at = await entered()
    const path = `${at.path}/settings/edit`
    const form = {
      ...typed(await at.operator.html(`${at.path}/settings`)),
      ...SAVED,
      form_token: at.form_token,
    }
    const tried = await at.operator.post(path, { ...form, do: 'preview', types: 'email.opened' })
    expect(textOf(await tried.text())).toMatch(
      /Nothing is saved yet\..*(?:No event is stored yet|Of the latest)/,
    )
    const wrong = await at.operator.post(path, { ...form, do: 'preview', where: '{"reason": ' })
    expect(wrong.status).toBe(422)
    expect(await stored(at, at.name)).not.toHaveProperty('filter.types')
    expect(await at.operator.text(`${at.path}/filter`)).toMatch(/The filter of app-/)
  })

  it('shows a viewer what holds where nothing is set, and no hint of the form', async () => {
    const at = await entered()
    const viewer = (await logIn(at.here, 'viewer')).someone
    const text = await viewer.text(`${at.path}/settings`)
    expect(text).toContain('Events in a request one Personal data everything (default)')
    expect(text).toContain('Requests a second no limit')
    expect(text).toContain('Longest answer 15 seconds (default)')
    expect(text).not.toMatch(/Default:|Longest wait/)
    expect((await viewer.get(`${at.path}/settings/edit`)).status).toBe(403)
  })

  it('removes it after its name was typed', async () => {
    const at = await entered({ ...status({ waiting: 3, given_up: 1 }) })
    const path = `${at.path}/settings/remove`
    const html = await at.operator.html(path)
    expect(textOf(html)).toContain('0 events to be read, 3 waiting, 1 given up')
    expect(html).toContain(`<button type="submit" class="danger">Remove ${at.name}</button>`)
    const wrong = await at.operator.post(path, { form_token: at.form_token, name: 'other' })
    expect(wrong.status).toBe(422)
    const done = await at.operator.post(path, { form_token: at.form_token, name: at.name, reason: 'moved' })
    expect(done.headers.get('location')).toBe('/destinations?notice=removed')
    expect(await lastLine(at.here)).toMatchObject({ action: 'destination.removed', reason: 'moved' })
    expect((await at.operator.get(at.path)).status).toBe(404)
  })
})

describe('the lists of the page', () => {
  it('narrow the answers by outcome and delivery, page by page', async () => {
    const asked: unknown[] = []
    const at = await entered({
      async attempts(query) {
        asked.push(query)
        return { entries: [{ ...ATTEMPT, kind: 'event', event_ids: ['e-1'], try: 3 }], next: '7' }
      },
    })
    const html = await at.operator.html(`${at.path}?outcome=exhausted&event_id=evt-1&cursor=9`)
    expect(asked).toEqual([{ limit: 25, cursor: '9', event_id: 'evt-1', outcome: 'exhausted' }])
    expect(html).toContain(`href="${at.path}?outcome=exhausted&amp;event_id=evt-1&amp;cursor=7&amp;newer=9"`)
  })

  it('say which event each delivery is about, and how it is called to whom', async () => {
    const store = await emptyStore()
    const nowMs = Date.now()
    await consumeEvents(consumerDeps(store), [await mailEvent({ type: 'email.opened', recipient: 'ada@example.com', atMs: nowMs - 5_000 })]) // prettier-ignore
    const [event] = (await listEvents(store, { limit: 1 }, nowMs)).events
    const ids = { event_ids: [event?.id ?? ''], events: 1_001 }
    const at = await entered({
      waiting: async () => ({ entries: [{ ...WAITING, ...ids }], next: '50' }),
      givenUp: async () => ({ entries: [{ ...WAITING, id: 'evt-9', event_ids: [], given_up_at: ATTEMPT.at }], next: null }), // prettier-ignore
      attempts: async () => ({ entries: [{ ...ATTEMPT, kind: 'batch', ...ids }, ATTEMPT], next: null }),
      ...status({ waiting: 60, given_up: 1 }),
    })
    const html = await at.operator.html(at.path)
    expect(html).toContain(`href="/d/${event?.id}"`)
    const text = textOf(html)
    expect(text).toMatch(/waiting opened ada@example\.com and 1,000 more 2 .+ due now The endpoint answered 500\. holds back 3 events/) // prettier-ignore
    expect(text).toMatch(/given up not stored any more .+ Send again evt-9/)
    expect(text).toMatch(/delivered opened ada@example\.com and 1,000 more probe 12 ms/)
    expect(text).toContain('The oldest 10 of each part.')
    const viewer = (await logIn(at.here, 'viewer')).someone
    const seen = await viewer.html(at.path)
    expect(seen).toContain('opened')
    expect(seen).not.toMatch(new RegExp(`ada@|${event?.id}`))
    const part = await at.operator.html(`${at.path}?show=waiting`)
    expect(part).toContain(`href="${at.path}?show=waiting&amp;cursor=50"`)
    expect(textOf(part)).not.toContain('given up not stored')
  })

  it.each([
    ['/waiting', '?show=waiting#queue'],
    ['/dead-letters?cursor=7', '?show=given-up&cursor=7#queue'],
    ['/filter', undefined],
    ['/secrets', '/settings#secrets'],
    ['/settings/edit', '/settings'],
    ['/replay?from=now-1h', '/send-again?from=now-1h'],
    ['/redrive', '/send-again?what=given-up'],
  ])('the address %s leads on', async (old, now) => {
    const at = await entered()
    const { status: answered, headers } = await at.operator.get(`${at.path}${old}`)
    expect([answered, headers.get('location')]).toEqual(
      now === undefined ? [200, null] : [301, `${at.path}${now}`],
    )
  })
})
