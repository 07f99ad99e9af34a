/** The evidence of an incident: by the API, the page and the report, for whoever may see it. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { consume } from '../../src/consumer/consume.ts'
import { meaningOf } from '../../src/event/cause/causes.ts'
import type { MainCause } from '../../src/watch/main-cause.ts'
import type { Incident, IncidentFinding } from '../../src/watch/incidents/incident.ts'
import { consumerDeps } from '../support/consumer.ts'
import { findingShown, incident, incidentsKept } from '../support/incidents.ts'
import { DAY_MS, HOUR_MS, NOON_MS, contentsOf, mailEvent } from '../support/mail-events.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../support/queue.ts'
import { holder } from './credentials.ts'
import { textOf, visitor } from './pages/visitor.ts'
import { migrate, newConsole, store } from './support.ts'

const NOW_MS = NOON_MS + 2 * DAY_MS
const LEAKED = '198.51.100.0/24'
const OWN = '192.0.2.0/24'

const finding = (kind: string): IncidentFinding =>
  findingShown({
    kind,
    subject: null,
    severity: 'warning',
    sinceMs: NOON_MS,
    raisedMs: NOON_MS,
    endedMs: null,
    evidence: 'bounces are 31 % of outcomes',
    features: [],
  })

const MAIN: MainCause = {
  events: 14,
  cause: 'authentication',
  detail: 'dmarc',
  count: 12,
  campaign: { name: 'spring', count: 9 },
  mailboxProvider: null,
  domain: { name: 'many.example', count: 12 },
}

const about = (number: number, kind: string, change: Partial<Incident> = {}): Incident =>
  incident({ number, kind, findings: [finding(kind)], networks: [], sinceMs: NOON_MS, ...change })

const INCIDENTS = incidentsKept([
  about(1, 'bounce_share'),
  about(2, 'complaint_share'),
  about(3, 'address', { networks: [LEAKED] }),
  about(4, 'brute_force'),
  about(5, 'silence'),
  about(6, 'bounce_share', { sinceMs: NOON_MS + 12 * HOUR_MS }),
  about(7, 'bounce_share', { source: null, sources: ['shop', 'news'] }),
  about(8, 'bounce_share', { main: MAIN, findings: [{ ...finding('bounce_share'), main: MAIN }] }),
])

/** Stores events of one delivery. */
async function deliver(network: string, request: number, of: readonly Parameters<typeof mailEvent>[0][]) {
  const source = of[0]?.source ?? 'shop'
  const request_id = `req_00000000000000000000000${request}`
  const contents = contentsOf(await Promise.all(of.map(mailEvent)), [], { source, network, request_id })
  const message = new TestMessage(await inlineEnvelope(contents, `${request_id}/0`))
  await consume(batchOf([message]), consumerDeps(store))
}

const bounced = (nr: number, recipient: string, campaign_id: string | null) =>
  ({ type: 'email.bounced', bounce_type: 'hard', atMs: NOON_MS + nr * 1_000, nr, recipient, campaign_id, message_id: `m-${nr}` }) as const // prettier-ignore

beforeAll(async () => {
  await migrate()
  const many = Array.from({ length: 12 }, (_, i) => bounced(i, `p${i}@many.example`, 'spring'))
  await deliver(LEAKED, 1, many)
  await deliver(LEAKED, 2, [
    bounced(20, 'ada@her-own.example', null),
    bounced(21, 'ada@her-own.example', 'anna@example.com'),
  ])
  await deliver(OWN, 3, [{ type: 'email.delivered', atMs: NOON_MS, nr: 30, recipient: 'bob@other.example' }])
  await deliver(OWN, 4, [{ ...bounced(40, 'carl@other.example', null), source: 'news' }])
  await env.REFUSALS.getByName('refusals').report({
    counts: [
      {
        minute: NOON_MS / 60_000 + 1,
        source: 'shop',
        code: 'signature_mismatch',
        network: '203.0.113.0/24',
        count: 20,
      },
      { minute: NOON_MS / 60_000 + 1, source: 'shop', code: 'proof_missing', network: OWN, count: 90 },
      { minute: NOON_MS / 60_000 + 1, source: 'news', code: 'signature_mismatch', network: OWN, count: 5 },
    ],
    latest: [],
  })
}, 30_000)

function here() {
  const console = newConsole({ INCIDENTS })
  console.clock.nowMs = NOW_MS
  return console
}

const evidenceOf = async (number: number): Promise<unknown> =>
  (await here().api('GET', `/api/incidents/${number}`)).json['evidence']

describe('the evidence', () => {
  it('has networks, types, campaigns, domains of many people, and three samples as links', async () => {
    expect(await evidenceOf(1)).toEqual({
      events: 14,
      networks: [{ name: LEAKED, count: 14 }],
      types: [{ name: 'bounced', count: 14 }],
      campaigns: [{ name: 'spring', count: 12 }, { name: expect.stringMatching(/^masked:[0-9a-f]{32}$/), count: 1 }],
      domains: [{ name: 'many.example', count: 12 }],
      samples: [21, 20, 11].map((nr) => ({
        event_id: expect.any(String) as string,
        type: 'email.bounced',
        received_at: expect.any(String) as string,
        request_id: `req_00000000000000000000000${nr > 11 ? 2 : 1}`,
        url: `https://console.example/d/req_00000000000000000000000${nr > 11 ? 2 : 1}`,
      })),
    })
  }) // prettier-ignore

  it.each<[string, number, object | null]>([
    ['without a complaint', 2, null],
    ['of a network that leaked', 3, { events: 14, networks: [{ name: LEAKED, count: 14 }] }],
    ['of wrong proofs', 4, { events: 0, networks: [{ name: '203.0.113.0/24', count: 20 }], samples: [] }],
    ['of a silence', 5, null],
    ['of what came later', 6, null],
    ['of two sources', 7, { events: 15, networks: [{ name: LEAKED, count: 14 }, { name: OWN, count: 1 }] }],
  ])('%s', async (_, number, expected) => {
    if (expected === null) expect(await evidenceOf(number)).toBeNull()
    else expect(await evidenceOf(number)).toMatchObject(expected)
  }) // prettier-ignore

  it('shows a viewer no domain', async () => {
    const console = here()
    const viewer = await holder(console, 'viewer')
    const { json } = await viewer.send('GET', '/api/incidents/1')
    expect(json['evidence']).toMatchObject({ events: 14, domains: [] })
  })

  it('says the main cause beside it, and the page leads to its events', async () => {
    const console = here()
    const { json } = await console.api('GET', '/api/incidents/8')
    const [one] = json['findings'] as object[]
    expect(one).toMatchObject({
      main_cause: {
        events: 14,
        cause: 'authentication',
        cause_detail: 'dmarc',
        count: 12,
        campaign: { name: 'spring', count: 9 },
        mailbox_provider: null,
        domain: { name: 'many.example', count: 12 },
      },
    })
    expect((await console.api('GET', '/api/incidents/1')).json['findings']).toMatchObject([
      { main_cause: null },
    ])
    const someone = visitor(newConsole({ INCIDENTS }))
    await someone.enter()
    const html = await (await someone.get('/incidents/8')).text()
    expect(html).toContain('types=email.bounced&amp;cause=authentication&amp;from=')
    expect(textOf(html)).toMatch(/Main cause +authentication \(dmarc\) *: 12 of the latest 14/)
    expect(textOf(html)).toContain('Most share: many.example (12), spring (9)')
    expect(textOf(html)).toContain(meaningOf('authentication').means)
  })

  it('is not in the list', async () => {
    const { json } = await here().api('GET', '/api/incidents')
    expect((json['incidents'] as object[]).filter((one) => 'evidence' in one)).toEqual([])
  })

  it('is on the page, with links to the deliveries', async () => {
    const someone = visitor(newConsole({ INCIDENTS }))
    await someone.enter()
    const html = await (await someone.get('/incidents/1')).text()
    const text = textOf(html)
    for (const [name, count] of [
      ['many.example', 12],
      ['198.51.100.0/24', 14],
      ['spring', 12],
    ] as const)
      expect(text).toMatch(new RegExp(`${name.replaceAll('.', '\\.')} +${count}\\b`))
    expect(html).toContain('href="/d/req_000000000000000000000002"')
  })

  it('is in the report, without addresses', async () => {
    const response = await here().fetch('/api/incidents/1/report', {
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
    })
    const text = await response.text()
    expect(text).toContain('Of the latest 14 events:\n\n- Networks: 198.51.100.0/24 (14).')
    expect(text).toContain('- Campaigns: spring (12), (an address) (1).')
    expect(text).not.toContain('@')
  })
})
