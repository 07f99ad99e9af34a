/** How destinations stand, and what their forms do. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryStatus, DestinationApi } from '../../../src/destinations/api.ts'
import { ACTIVE, ATTEMPT, destinationObjects } from '../../support/destinations.ts'
import { migrate, newConsole } from '../support.ts'
import { lastLine, textOf, visitor } from './visitor.ts'

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
let made = 0

/** An operator in front of a new destination. @param changes what its object answers */
async function entered(changes: Partial<DestinationApi> = {}) {
  const objects = destinationObjects(changes)
  const here = newConsole({ DESTINATIONS: objects })
  const name = `app-${made++}`
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

describe('the dashboard', () => {
  it('shows each destination with its host, its state and its numbers', async () => {
    const at = await entered(
      status({ state: 'circuit_open', reason: 'failing', backlog: 1_234, waiting: 7, dead_letters: 2 }),
    )
    const text = await at.operator.text('/destinations')
    expect(text).toMatch(
      new RegExp(`${at.name} (?:secret )?app\\.example\\.com circuit open Most attempts .+ 1,234 7 2 – none`),
    )
    expect(text).not.toContain('token=1')
    await at.here.api('DELETE', `/api/destinations/${at.name}`)
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
    expect(await at.operator.text(at.path)).toMatch(expected)
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
      expect(await lastLine(at.here)).toMatchObject({ action, target: `destination/${at.name}` })
    expect(await at.operator.text(done.headers.get('location') ?? '')).not.toContain('undefined')
  })
})

describe('before something is done that cannot be taken back', () => {
  it('skip asks, and takes a reason for the audit log', async () => {
    const at = await entered({ waiting: async () => ({ entries: [WAITING], next: null }) })
    expect(await at.operator.html(at.path)).toContain(`href="${at.path}/skip?id=evt-1"`)
    at.objects.calls.length = 0
    expect(await at.operator.text(`${at.path}/skip?id=evt-1`)).toContain('becomes a dead letter')
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
    expect(await at.operator.text(`${at.path}/redrive`)).toContain('4 deliveries get all tries again.')
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
    const empty = await at.operator.html(`${at.path}/replay`)
    expect(empty).not.toMatch(/<form method="post" action="\/destinations/)
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
