/** Home: what needs somebody, the last day beside the week before, news, first steps. Deliverability and times beside it. */
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ROLES } from '../../../src/api/route.ts'
import { findingAnswer } from '../../../src/console/api/health.ts'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import { ACTIONS, actionOf } from '../../../src/console/pages/overview/actions.ts'
import type { Role } from '../../../src/registry/operators/operator.ts'
import type { Incident } from '../../../src/watch/incidents/incident.ts'
import { KINDS } from '../../../src/watch/names.ts'
import type { CurrentFinding } from '../../../src/watch/operations/finding.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { decision } from '../../support/decision.ts'
import { destinationObjects } from '../../support/destinations.ts'
import { incident, incidentObjects } from '../../support/incidents.ts'
import { type SimulatedEvent, mailEvent } from '../../support/mail-events.ts'
import { emptyStore } from '../../support/store.ts'
import { ensureSources, holder } from '../credentials.ts'
import { type TestConsole, migrate, newConsole, store } from '../support.ts'
import { type Visitor, logIn, textOf } from './visitor.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const WEEK_MS = 168 * HOUR_MS
/** Half past an hour, not a fixed date: the registry ends sessions by the real clock. */
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS + 30 * MINUTE_MS

let here: TestConsole
let someone: Visitor
let nr = 0

beforeAll(async () => {
  await migrate()
})

beforeEach(async () => {
  await emptyStore()
  here = newConsole({ DESTINATIONS: destinationObjects() })
  here.clock.nowMs = NOW_MS
  someone = (await logIn(here, 'viewer')).someone
})

async function happened(agoMs: number, changes: readonly Partial<SimulatedEvent>[]): Promise<void> {
  const atMs = NOW_MS - agoMs
  const events = await Promise.all(
    changes.map((change) => mailEvent({ type: 'email.delivered', atMs, nr: nr++, ...change })),
  )
  await consumeEvents(consumerDeps(store, { nowMs: () => atMs }), events)
}

const times = (count: number, change: Partial<SimulatedEvent> = {}): Partial<SimulatedEvent>[] =>
  Array.from({ length: count }, () => change)

/** Of endpoints. */
const SECRET = `whsec_${btoa('a'.repeat(32))}`

const bounced = { type: 'email.bounced', bounce_type: 'hard' } as const

const finding = (change: Partial<CurrentFinding> = {}): CurrentFinding => ({
  kind: 'destination_failing',
  subject: 'app',
  source: null,
  severity: 'warning',
  sinceMs: NOW_MS - 20 * MINUTE_MS,
  evidence: 'app has had no success for 20 min',
  advice: ['Mend it.'],
  incident: null,
  ...change,
})

/** Home of a console whose watch says that. */
async function homeWith(
  found: readonly CurrentFinding[] | Error,
  role: Role = 'admin',
  changes: Partial<ConsoleEnv> = {},
) {
  const findings = async () => {
    if (found instanceof Error) throw found
    return [...found]
  }
  const there = newConsole({ INCIDENTS: incidentObjects({ findings }), ...changes })
  there.clock.nowMs = NOW_MS
  return { there, ...(await logIn(there, role)) }
}

describe('Home', () => {
  it('counts the last day beside the week before, and how the mail ended', async () => {
    await happened(10 * MINUTE_MS, [...times(6), ...times(2, bounced), { type: 'email.spam_reported' }])
    await happened(2 * HOUR_MS, times(9))
    await happened(WEEK_MS + 40 * MINUTE_MS, [...times(3), ...times(1, bounced)])
    // Half of this hour is over.
    await happened(WEEK_MS + 10 * MINUTE_MS, times(2))
    const text = textOf(await (await logIn(here, 'operator')).someone.html('/'))
    expect(text).toContain('accepted 18 3.6 times the week before')
    expect(text).toContain('Delivered 88.2 % 80 % a week before')
    expect(text).toContain('Bounced 11.8 % 20 % a week before')
    expect(text).toContain('Complaints 6.67 % 0 % a week before Gmail and Yahoo ask for less than 0.3 %')
    expect(text).toContain('Suppressed 1 person')
  })

  it('says nothing of a week before that it does not know', async () => {
    await happened(10 * MINUTE_MS, times(3))
    const text = await someone.text('/')
    expect(text).toContain('accepted 3')
    expect(text).not.toContain('week before')
    expect(text).not.toContain('Suppressed')
  })

  it('leads through the first steps until there is an event', async () => {
    expect(await someone.text('/')).toMatch(/First steps .*Add a source .*Add a destination/)
    await ensureSources(here, ['shop'])
    await happened(MINUTE_MS, times(1))
    const text = await someone.text('/')
    expect(text).not.toContain('First steps')
    expect(text).toMatch(/Sources .* shop .* Gateway .* Worth a look/)
  })

  it.each([
    ['admin', { incident: { number: 7, state: 'open' } }, '/destinations/app/test', 'Test it'],
    ['viewer', { incident: { number: 7, state: 'open' } }, '/incidents/7', 'Look'],
    ['viewer', {}, '/destinations/app', 'Look'],
    ['admin', { kind: 'channel_failing', subject: 'ops' }, '/channels/ops/edit', 'Fix the channel'],
    ['viewer', { kind: 'channel_failing', subject: 'ops' }, '/channels/ops', 'Look'],
    ['viewer', { kind: 'store_filling', subject: 'the store' }, '/system#health', 'Look'],
    ['operator', { kind: 'source_closed', source: 'shop' }, '/sources/shop/setup/secret', 'Paste the key'],
    ['viewer', { kind: 'source_closed', source: 'shop' }, '/sources/shop', 'Look'],
    ['viewer', { kind: 'source_refused', source: 'shop' }, '/sources/shop#refused', 'See why'],
    ['viewer', { kind: 'dead_letters', subject: 'the queues' }, '/activity?show=gave-up', 'Look'],
    ['admin', { kind: 'store_filling', subject: 'the store' }, '/retention/edit', 'Keep less'],
    [
      'operator',
      { kind: 'brute_force', incident: { number: 7, state: 'open' } },
      '/incidents/7/contain',
      'Block the network',
    ],
    ['admin', { kind: 'of_an_older_version' }, '/incidents', 'Look'],
  ] as const)('offers the %s one action: %j leads to %s', async (role, change, href, label) => {
    const { someone: other } = await homeWith([finding(change)], role)
    const html = await other.html('/')
    const part = html.slice(
      html.indexOf('<ul class="needs">'),
      html.indexOf('</ul>', html.indexOf('class="needs"')),
    )
    expect(part).toContain(`<a class="button" href="${href}"`)
    expect(part).toContain(`>${label}<`)
    expect(textOf(part)).toMatch(/app .*has had no success for 20 min/)
    expect(textOf(html)).toContain('1 thing needs attention')
  })

  it.each([...KINDS.keys()])('has an action for the finding %s', (kind) => {
    expect(ACTIONS).toHaveProperty([kind])
    for (const role of ROLES) {
      const actor = { actor: 'somebody', role, sources: null }
      const shown = findingAnswer(finding({ kind, source: 'shop' }))
      expect(actionOf(shown, actor)).toEqual({
        label: expect.stringMatching(/^[A-Z]/),
        href: expect.stringMatching(/^\/[a-z]/),
        opens: expect.any(Boolean),
      })
    }
  })

  it('counts what needs somebody, names the subject, and leaves out what somebody takes care of', async () => {
    const { someone: other } = await homeWith([
      finding({
        severity: 'critical',
        evidence: 'nothing is stored',
        subject: 'the store',
        kind: 'dependency_down',
      }),
      finding({
        severity: 'error',
        source: 'shop',
        subject: null,
        evidence: 'every delivery of shop was refused',
      }),
      finding({ incident: { number: 9, state: 'acknowledged' } }),
      finding({ severity: 'info' }),
    ])
    const text = await other.text('/')
    expect(text).toContain('2 things need attention')
    expect(text).toMatch(/the store : nothing is stored .* Every delivery of shop was refused/)
    expect(text).toContain('2 more findings , for information or taken care of')
    expect(text).not.toContain('Incident 9')
  })

  it('does not say of a source that it works if all of its deliveries are refused', async () => {
    const { there, someone: other } = await homeWith([
      finding({ kind: 'source_refused', source: 'shop', subject: 'shop' }),
    ])
    await ensureSources(there, ['shop'])
    await happened(MINUTE_MS, times(1))
    expect(await other.text('/')).toMatch(
      /events in 24 hours All 1 shop 1 events in 24 hours refuses everything/,
    )
    expect(await other.text('/sources')).toMatch(/shop .*refuses everything .* this hour/)
  })

  it('reads only what is wrong with the sources of whoever looks', async () => {
    const asked: unknown[] = []
    const findings = async (sources: readonly string[] | null) => {
      asked.push(sources)
      return []
    }
    const there = newConsole({ INCIDENTS: incidentObjects({ findings }) })
    there.clock.nowMs = NOW_MS
    const { someone: limited } = await logIn(there, 'viewer', ['bare'])
    const text = await limited.text('/')
    expect(text).toContain('nothing needs attention')
    expect(text).not.toContain('Destinations')
    expect(asked.at(-1)).toEqual(['bare'])
  })

  it('does not say that nothing needs attention if the watch does not answer', async () => {
    const failing = async (): Promise<never> => {
      throw new RangeError('it is down')
    }
    const there = newConsole({ INCIDENTS: incidentObjects({ findings: failing, status: failing }) })
    there.clock.nowMs = NOW_MS
    for (const sources of [undefined, ['bare']]) {
      const { someone: other } = await logIn(there, 'viewer', sources)
      const text = await other.text('/')
      expect(text).toMatch(/the watch does not answer|did not answer/)
      expect(text).not.toContain('nothing needs attention')
    }
  })

  it('shows only news that matter, and refusals of a network for one cause as one', async () => {
    const recipient = 'ada@example.com'
    await happened(3 * MINUTE_MS, [
      { type: 'email.opened', recipient: 'opened@example.com' },
      { ...bounced, recipient, reason: 'user unknown' },
      { type: 'email.unsubscribed', recipient: 'bob@example.com' },
    ])
    const refused = { source: 'shop', provider: 'generic', code: 'signature_mismatch', status: 401 }
    const record = (nr: number, network: string) => ({
      ...refused,
      requestId: `req_${String(nr).padStart(24, '0')}`,
      atMs: NOW_MS - nr * 1_000,
      detail: {},
      decision: decision(),
      network,
    })
    const latest = [record(3, '198.51.100.0/24'), record(2, '203.0.113.0/24'), record(1, '203.0.113.0/24')]
    const counted = { source: 'shop', code: 'signature_mismatch', network: null, count: 3 }
    const counts = [{ ...counted, minute: Math.floor(NOW_MS / MINUTE_MS) - 1 }]
    await env.REFUSALS.getByName('refusals').report({ counts, latest })
    await ensureSources(here, ['shop'])
    const operator = await logIn(here, 'operator')
    const text = await operator.someone.text('/')
    const news = text.slice(text.indexOf('Worth a look'))
    expect(news).toMatch(
      /refused ×2 203\.0\.113\.0\/24 shop .* refused 198\.51\.100\.0\/24 shop .* bounced ada@example\.com/,
    )
    expect(news).toContain('unsubscribed bob@example.com')
    expect(news).not.toContain('opened@')
    const source = await operator.someone.html('/sources/shop')
    expect(textOf(source)).toMatch(
      /shop refuses everything .*were all refused\. See why \. .* Compare the secret.* Settings and secrets/,
    )
    const seen = await someone.text('/')
    expect(seen).toContain('bounced')
    expect(seen).not.toContain(recipient)
  })

  describe('under npm start', () => {
    const COMMAND = 'npx postern drill attack brute_force'
    const demo = (incidents: readonly Incident[] = []) =>
      homeWith([], 'admin', {
        DEMO_ATTACK: COMMAND,
        INCIDENTS: incidentObjects({ list: async ({ kind }) => (kind === null ? [] : [...incidents]) }),
      })

    it('offers an attack, says when it will be seen, and goes when the incident came', async () => {
      const { someone: other } = await demo()
      expect(await other.text('/')).toContain(COMMAND)
      const minute = Math.floor(NOW_MS / MINUTE_MS) - 1
      const count = { source: 'shop', code: 'signature_mismatch', network: null, minute, count: 20 }
      await env.REFUSALS.getByName('refusals').report({ counts: [count], latest: [] })
      expect(await other.text('/')).toMatch(/The incident is here in about \d+ s/)
      expect(await (await demo([incident()])).someone.text('/')).not.toContain('Play an attack')
    })

    it('goes when it is dismissed, and is nowhere else', async () => {
      const { someone: other, form_token } = await demo()
      await other.post('/attack/dismiss', { form_token })
      expect(await other.text('/')).not.toContain('Play an attack')
      expect(await someone.text('/')).not.toContain('Play an attack')
    })
  })
})

describe('deliverability', () => {
  it('shows the share that bounced beside the week before, and what became worse', async () => {
    const [gmail, yahoo] = [
      { recipient: 'ada@gmail.com', campaign_id: 'spring' },
      { recipient: 'bob@aol.com' },
    ]
    await happened(WEEK_MS, [...times(9, gmail), ...times(1, { ...gmail, ...bounced })])
    await happened(MINUTE_MS, [...times(3, gmail), ...times(1, { ...gmail, ...bounced }), ...times(4, yahoo)])
    const text = await someone.text('/deliverability')
    expect(text.slice(text.indexOf('By mailbox'))).toContain('gmail 3 1 ▲ worse 25 % 10 %')
    expect(text).toContain('All 7 1 ▲ worse 12.5 % 10 %')
    const html = await someone.html('/deliverability?by=campaign')
    expect(html).toMatch(/<a href="\/activity\?[^"]*campaign=spring[^"]*">/)
    expect(await someone.text('/deliverability?source=none')).toContain('No figures yet.')
    expect(await someone.text('/deliverability?by=nothing&days=0')).toContain('By mailbox provider')
  })

  it('says how long each source takes from sent to delivered', async () => {
    const sent = (n: number, ago: number, type: 'email.sent' | 'email.delivered') =>
      happened(ago, [{ type, message_id: `m-${n}`, recipient: `p${n}@example.com` }])
    for (const [n, seconds] of [2, 4, 60].entries()) {
      await sent(n, MINUTE_MS + seconds * 1_000, 'email.sent')
      await sent(n, MINUTE_MS, 'email.delivered')
    }
    await sent(9, MINUTE_MS, 'email.delivered')
    const { json } = await here.api('GET', '/api/deliverability/times')
    expect(json).toEqual({
      times: [
        {
          source: 'shop',
          provider: expect.any(String),
          delivered: 4,
          timed: 3,
          median_seconds: 4,
          p90_seconds: 60,
        },
      ],
    })
    const limited = await logIn(here, 'viewer', ['other'])
    expect(await limited.someone.text('/deliverability')).not.toContain('3 of 4')
    const other = await holder(here, 'viewer', ['other'])
    expect((await other.send('GET', '/api/deliverability/times')).json).toEqual({ times: [] })
    expect(await someone.text('/deliverability')).toMatch(/shop \S.* 4 s 60 s 3 of 4/)
  })
})

it('counts all destinations, also those whose delivery it does not read', async () => {
  const document = { url: 'https://app.example.com/', secrets: { signing_secret: SECRET } }
  for (let i = 1; i <= 21; i++)
    expect(await here.api('PUT', `/api/destinations/app-${i}`, document)).toMatchObject({ status: 201 })
  await happened(HOUR_MS, times(1))
  expect(await someone.text('/')).toMatch(/Destinations succeeded in 24 hours All 21 /)
})
