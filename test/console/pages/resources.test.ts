/** Every page that shows something, each with the same questions: its content, text from outside, actions by role, scope, and what is down. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { emailServiceEvent } from '../../../src/simulator/email-service.ts'
import { CHANNEL_KINDS } from '../../../src/channels/index.ts'
import { readEmailService } from '../../../src/consumer/email-service.ts'
import { consume } from '../../../src/consumer/consume.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import { deliveryPath, messagePath, originalPath } from '../../../src/console/pages/delivery/paths.ts'
import { personPath } from '../../../src/console/pages/people/person.tsx'
import type { Role } from '../../../src/registry/operators/operator.ts'
import { storeDeadLetter } from '../../../src/store/dead-letters.ts'
import { listEvents } from '../../../src/store/events.ts'
import { listQuarantine } from '../../../src/store/quarantine.ts'
import { consumeEvents, consumerDeps } from '../../support/consumer.ts'
import { decision } from '../../support/decision.ts'
import { ATTEMPT, destinationObjects } from '../../support/destinations.ts'
import { incident, incidentObjects, incidentsKept } from '../../support/incidents.ts'
import { compressed } from '../../../src/event/original/original.ts'
import { NOON_MS, contentsOf, deliveryFacts, mailEvent } from '../../support/mail-events.ts'
import { putIntoQuarantine } from '../../support/quarantine.ts'
import { TestMessage, batchOf, inlineEnvelope } from '../../support/queue.ts'
import { emptyStore } from '../../support/store.ts'
import { watcherObjects } from '../../support/watchers.ts'
import { newConsole, registryWith, store } from '../support.ts'
import { type Visitor, logIn, textOf, visitor } from './visitor.ts'

/** An attack in every field that somebody else can set. */
const HOSTILE = `<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202E\u001B[31m\u0000</td>`
const SECRET = `whsec_${btoa('a'.repeat(32))}`
const REFUSED = 'req_00000000000000000000000a'
/** The request id that `consumeEvents` stores. */
const ACCEPTED = 'req_000000000000000000000001'
/** Given up by the queue. */
const LOST = 'req_00000000000000000000000d'
/** Of two events, and what was not understood. */
const SEVERAL = 'req_00000000000000000000000e'

const FAILED = {
  id: 'evt-1',
  event_ids: ['evt-1'],
  events: 1,
  tries: 2,
  first_failed_at: '2026-06-02T10:00:00.000Z',
  error: 'The endpoint answered 500.',
  status: 500,
}
const WAITING = { ...FAILED, next_try_at: '2026-06-02T10:05:00.000Z', blocked: 3 }
const DEAD = { ...FAILED, id: 'evt-9', tries: 11, given_up_at: '2026-06-03T10:00:00.000Z' }

const objects = {
  DESTINATIONS: destinationObjects({
    attempts: async () => ({
      entries: [ATTEMPT, { ...ATTEMPT, error: HOSTILE, response: `no such user ${HOSTILE}`, id: HOSTILE }],
      next: null,
    }),
    waiting: async () => ({ entries: [WAITING], next: '1' }),
    givenUp: async () => ({ entries: [DEAD], next: null }),
  }),
  INCIDENTS: incidentsKept([
    incident({
      number: 8,
      source: 'own',
      sources: ['own'],
      state: 'reviewed',
      acknowledgedMs: NOON_MS,
      resolvedMs: NOON_MS,
      assignee: HOSTILE,
      headline: HOSTILE,
      subject: HOSTILE,
      networks: [HOSTILE],
      risk: { level: 'low', reasons: [HOSTILE] },
      advice: [HOSTILE],
      actions: [
        { label: HOSTILE, source: null, contain: null, command: `postern incidents review 8 ${HOSTILE}` },
      ],
      timeline: [{ atMs: 0, kind: 'notice_failed', text: HOSTILE, who: 'access:ada@example.com' }],
      review: { cause: HOSTILE, lessons: 'First line.\nSecond line.', by: HOSTILE, atMs: 0 },
    }),
    incident({ number: 17, source: 'own', sources: ['own'] }),
  ]),
}
const channelStatus = async () => [
  {
    name: 'ops',
    failures: 3,
    failingSinceMs: 1,
    lastSuccessMs: null,
    lastError: { error: `Slack answered 404. ${HOSTILE}`, status: 404, atMs: 1 },
    isBroken: false,
  },
]
const here = newConsole({
  ...objects,
  INCIDENTS: {
    getByName: () => new Proxy(objects.INCIDENTS.getByName('incidents'), { get: (all, call) => (call === 'channelStatus' ? channelStatus : Reflect.get(all, call)) }), // prettier-ignore
  },
})

let quarantineId = ''
let eventId = ''
let messageId = ''
let personIndex = ''
const visitors = new Map<Role | 'limited', Visitor>()

beforeAll(async () => {
  await emptyStore()
  for (const name of ['own', 'foreign'])
    await here.api('PUT', `/api/sources/${name}`, {
      provider: 'generic',
      secrets: { hmac: 'a-shared-secret-of-the-pages' },
    })
  await here.api('PUT', '/api/destinations/app', {
    url: 'https://app.example.com/email-events?token=1',
    secrets: { signing_secret: SECRET },
    filter: { types: ['email.bounced'], where: { bounce_type: 'hard' } },
    batch: { max_events: 10 },
    headers: { 'x-key': 'value-of-the-header' },
    personal: 'pseudonym',
  })
  await here.api('PUT', '/api/channels/ops', {
    kind: 'slack',
    secrets: { webhook_url: 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd' },
    quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' },
  })
  await here.api('PUT', '/api/channels/team', {
    kind: 'mail',
    from: 'postern@example.com',
    to: ['ada@example.com'],
  })
  const event = { atMs: here.clock.nowMs - 5_000, source: 'own', recipient: `${HOSTILE}ada@example.com` }
  const deps = consumerDeps(store)
  const bounced = await mailEvent({ ...event, type: 'email.bounced', bounce_type: 'hard', message_id: `m-${HOSTILE}`, reason: HOSTILE, native_type: HOSTILE }) // prettier-ignore
  const original = compressed({ event: 'bounce', said: HOSTILE }) ?? ''
  await consumeEvents(deps, [{ ...bounced, original }])
  const [stored] = (await listEvents(store, { limit: 1 }, here.clock.nowMs)).events
  eventId = stored?.id ?? ''
  messageId = stored?.message_id ?? ''
  personIndex = await store.people.indexOf(event.recipient)
  await consumeEvents(
    deps,
    await Promise.all(
      ['email.sent', 'email.delivered'].map((type, nr) =>
        mailEvent({
          type: type as 'email.sent',
          nr,
          atMs: event.atMs - 60_000,
          source: 'own',
          message_id: 'm-several',
        }),
      ),
    ),
    undefined,
    { request_id: SEVERAL },
  )
  const sent = { kind: 'email.delivered', messageId: 'm-1', recipient: 'bo@example.com', occurredAtSeconds: Math.floor(event.atMs / 1_000) - 60 } // prettier-ignore
  const message = new TestMessage(emailServiceEvent(sent), {
    id: 'f'.repeat(32),
    timestamp: new Date(event.atMs),
  })
  await consume(batchOf([message], 'postern-email-service'), deps, readEmailService)
  await here.api('POST', '/api/suppressions', { address: 'suppressed@example.com', note: HOSTILE })
  const envelope = await inlineEnvelope(
    contentsOf([await mailEvent({ ...event, type: 'email.sent' })]),
    `${LOST}/0`,
  )
  await storeDeadLetter(
    store,
    { messageId: 'q', envelope: { ...envelope, source: 'own' }, reason: 'store_failed', attempts: 1 },
    NOON_MS,
  )
  await putIntoQuarantine(
    store,
    {
      problem: 'item_unreadable',
      content_type: HOSTILE,
      query: '',
      headers: {},
      body: toBase64(utf8(`{"text": "${HOSTILE}"}`)),
      item: true,
    },
    deliveryFacts({ provider: 'sendgrid', methods: [HOSTILE], source: 'own' }),
  )
  quarantineId = (await listQuarantine(store, { limit: 1 })).quarantine[0]?.id ?? ''
  const refusal = {
    requestId: REFUSED,
    atMs: here.clock.nowMs,
    source: 'own',
    provider: 'generic',
    code: 'timestamp_outside_window',
    status: 401,
    detail: { ageSeconds: 400, windowSeconds: 300, header: HOSTILE },
    decision: decision({ alerts: [HOSTILE] }),
    network: HOSTILE,
  }
  const minute = Math.floor(here.clock.nowMs / 60_000)
  const counted = { minute, source: 'own', code: refusal.code, network: HOSTILE, count: 3_000 }
  await env.REFUSALS.getByName('refusals').report({
    latest: [refusal],
    counts: [counted, { ...counted, network: '192.0.2.0/24', count: 1 }],
  })
  for (const role of ['admin', 'operator', 'viewer'] as const)
    visitors.set(role, (await logIn(here, role)).someone)
  visitors.set('limited', (await logIn(here, 'operator', ['own'])).someone)
})

const as = (role: Role | 'limited'): Visitor => visitors.get(role) ?? visitor(here)

interface Shown {
  readonly path: () => string
  /** In the text of the page. */
  readonly shows: readonly (string | RegExp)[]
  /** Shown to operators and not to viewers. */
  readonly personal?: string
  /** Actions and forms that a page offers, without the path of the page. */
  readonly offers: Readonly<Record<Role, readonly string[]>>
  /** For a token for the source `own`. */
  readonly limited: 200 | 403
  /** Where the forms of its rows lead, if that is not below the page. */
  readonly below?: string
  readonly hasHostile?: false
}

const NONE = { viewer: [], operator: [], admin: [] }
/** The pages of a source. */
const OF_SOURCE = ['setup', 'activity', 'settings', 'capture']
const TABS = {
  viewer: OF_SOURCE,
  operator: [...OF_SOURCE, 'pause'],
  admin: [...OF_SOURCE, 'pause'],
}
const OF_DESTINATION = ['settings', 'test', 'pause', 'send-again', 'retry', 'redrive', 'skip']
const OF_PERSON = ['lift', 'places', 'export', 'erase']
const OF_CHANNEL = ['test', 'pause']
const PAGES: readonly (readonly [string, Shown])[] = [
  [
    'the overview',
    {
      path: () => '/',
      shows: ['Incident 17', 'own 3 events in 24 hours under attack', 'bounced'],
      personal: 'ada@example.com',
      offers: NONE,
      limited: 200,
    },
  ],
  [
    'deliverability',
    {
      path: () => '/deliverability?by=source',
      shows: ['By source', 'From sent to delivered'],
      offers: NONE,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the events',
    { path: () => '/activity', shows: ['5 s ago'], personal: 'ada@example.com', offers: NONE, limited: 200 }, // prettier-ignore
  ],
  [
    'the sources',
    {
      path: () => '/sources',
      shows: ['https://gate.example/hooks/own'],
      offers: NONE,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the destinations',
    {
      path: () => '/destinations',
      shows: [/app app\.example\.com , batches nothing sent yet/],
      offers: NONE,
      limited: 403,
      hasHostile: false,
    },
  ],
  [
    'the refusals',
    {
      path: () => '/activity?show=refused',
      shows: [/refused .+ own Signed too long ago/, 'Of a burst a sample is listed'],
      offers: NONE,
      limited: 200,
    },
  ],
  [
    'a refusal',
    {
      path: () => deliveryPath(REFUSED),
      shows: [
        '400 seconds ago',
        'How to mend it',
        'Settings and secrets of own',
        'clock of the sender',
        'Window seconds 300',
        'timestamp_outside_window',
      ],
      offers: NONE,
      limited: 200,
    },
  ],
  [
    'the capture of a source',
    {
      path: () => '/sources/own/capture',
      shows: ['Nothing is captured.', 'postern verify FILE --source own'],
      offers: { viewer: [], operator: ['begin'], admin: ['begin'] },
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the dead letters',
    {
      path: () => '/activity?show=gave-up',
      below: '/dead-letters',
      shows: ['The store kept failing.', /By destinations .+ given up, app, /],
      offers: { viewer: [], operator: ['redrive'], admin: ['redrive'] },
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the quarantine',
    {
      path: () => '/activity?show=quarantined',
      below: '/quarantine',
      shows: ['The item is not of the provider’s form.'],
      offers: { viewer: [], operator: ['replay'], admin: ['replay'] },
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'an event',
    {
      path: () => deliveryPath(eventId),
      shows: ['Hard bounce', ACCEPTED, 'app test: 200 in 12 ms', /Verified by/],
      personal: 'ada@example.com',
      offers: { viewer: [], operator: ['original'], admin: ['original'] },
      limited: 200,
    },
  ],
  [
    'an event of a message',
    {
      path: () => deliveryPath(eventId),
      shows: ['Hard bounce', /Send again To app/, /Message .+ bounced this one/],
      personal: '/destinations/app/send-again?from=',
      offers: { viewer: [], operator: ['original'], admin: ['original'] },
      limited: 200,
    },
  ],
  [
    'a person',
    {
      path: () => personPath(personIndex),
      shows: ['must not be written to', 'hard bounce', /Events of this person.*own/],
      offers: { viewer: [], operator: OF_PERSON, admin: OF_PERSON },
      limited: 403,
    },
  ],
  [
    'the suppressions',
    {
      path: () => '/suppressions',
      shows: ['suppressed@example.com', 'by hand', 'ada@example.com'],
      offers: { viewer: [], operator: ['addresses', 'check'], admin: ['addresses', 'check'] },
      limited: 403,
    },
  ],
  [
    'a source',
    {
      path: () => '/sources/own',
      shows: ['https://gate.example/hooks/own', 'under attack', 'Signed too long ago', 'Block the network'],
      offers: TABS,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the settings and secrets of a source',
    {
      path: () => '/sources/own/settings',
      shows: ['hmac/1', 'active'],
      offers: { viewer: [], operator: ['edit'], admin: ['edit'] },
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the system',
    {
      path: () => '/system',
      shows: ['Look and time zone', /registry answers/],
      offers: NONE,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'the set-up of a source',
    {
      path: () => '/sources/own/setup',
      shows: ['https://gate.example/hooks/own', 'hmac/1', 'x-webhook-signature: sha256='],
      offers: NONE,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'a destination',
    {
      path: () => '/destinations/app',
      shows: [
        /waiting not stored any more 2 .+ due now The endpoint answered 500\. holds back 3 events/,
        /given up not stored any more 11 .+ The endpoint answered 500/,
        /delivered test test 12 ms status 200 ok/,
      ],
      // An endpoint may quote an address.
      personal: 'no such user',
      offers: { viewer: ['settings'], operator: OF_DESTINATION, admin: OF_DESTINATION },
      limited: 403,
    },
  ],
  [
    'the settings of a destination',
    {
      path: () => '/destinations/app/settings',
      shows: ['batches of 10', 'keep x-key', 'a keyed hash in place of the address', 'signing_secret/1'],
      offers: { viewer: [], operator: ['edit', 'remove'], admin: ['edit', 'remove'] },
      limited: 403,
      hasHostile: false,
    },
  ],
  [
    'the list of channels',
    {
      path: () => '/channels',
      shows: ['ops Slack failing', 'team'],
      offers: { ...NONE, admin: CHANNEL_KINDS.map((kind) => `new/${kind}`) },
      limited: 403,
      hasHostile: false,
    },
  ],
  [
    'a channel',
    {
      path: () => '/channels/ops',
      shows: ['Slack answered 404.', 'Its status 404', 'Webhook URL stored', 'Europe/Berlin'],
      offers: { viewer: [], operator: OF_CHANNEL, admin: [...OF_CHANNEL, 'edit', 'remove'] },
      limited: 403,
    },
  ],
  [
    'a channel with addresses',
    {
      path: () => '/channels/team',
      shows: ['postern@example.com'],
      personal: 'ada@example.com',
      offers: { viewer: [], operator: OF_CHANNEL, admin: [...OF_CHANNEL, 'edit', 'remove'] },
      limited: 403,
      hasHostile: false,
    },
  ],
  [
    'the list of incidents',
    { path: () => '/incidents', shows: ['17: Wrong secrets'], offers: NONE, limited: 200 },
  ],
  [
    'an incident that is over',
    {
      path: () => '/incidents/8',
      shows: [
        'wrong secrets 20, usually 0',
        'postern incidents review 8',
        'Notice failed',
        'ada@example.com',
        'First line. Second line.',
      ],
      offers: { viewer: [], operator: ['notes', 'review'], admin: ['notes', 'review'] },
      limited: 200,
    },
  ],
  [
    'an incident',
    {
      path: () => '/incidents/17',
      shows: ['Only refused deliveries are involved.', 'Block the network for an hour.'],
      offers: {
        viewer: [],
        operator: ['acknowledge', 'assign', 'notes', 'resolve'],
        admin: ['acknowledge', 'assign', 'notes', 'resolve'],
      },
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'a delivery with one event',
    { path: () => deliveryPath(ACCEPTED), shows: ['Hard bounce', /Verified by/], personal: '/lift"', offers: NONE, limited: 200 }, // prettier-ignore
  ],
  [
    'a delivery of several events',
    {
      path: () => deliveryPath(SEVERAL),
      shows: ['2 events accepted', /Its events .+ sent .+ postern events list --request-id/],
      personal: 'ada@example.com',
      offers: NONE,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'a dead letter of the queue',
    {
      path: () => deliveryPath(`${LOST}.0`),
      shows: ['Given up by the queue', 'The store kept failing. · 1 try'],
      personal: 'action="/dead-letters/redrive"',
      offers: NONE,
      limited: 200,
      hasHostile: false,
    },
  ],
  [
    'a quarantined item',
    {
      path: () => deliveryPath(quarantineId),
      shows: ['Not understood', 'One item; the rest of its batch went through.'],
      personal: 'What was sent',
      offers: NONE,
      limited: 200,
    },
  ],
]

/** Targets of forms below the page, and of links below a page about one thing. */
const offersIn = (html: string, path: string): string[] => [
  ...new Set(
    [
      ...html.matchAll(
        path.lastIndexOf('/') > 0 || path === '/channels'
          ? /(?:action|href)="([^"#?]+)[^"]*"/g
          : /action="([^"#?]+)[^"]*"/g,
      ),
    ]
      .map(([, target = '']) => target)
      .filter((target) => path !== '/' && target.startsWith(`${path}/`))
      .filter((target) => path !== '/channels' || target.startsWith('/channels/new/'))
      .map((target) => target.slice(path.length + 1))
      .filter((target) => target !== 'signals'),
  ),
]

describe.each(PAGES)('%s', (_what, { path, below, shows, personal, offers, limited, hasHostile }) => {
  it('shows what there is, and no secret', async () => {
    const html = await as('operator').html(path())
    const text = textOf(html)
    for (const one of shows)
      if (typeof one === 'string') expect(text).toContain(one)
      else expect(text).toMatch(one)
    expect(html).not.toMatch(/a-shared-secret-of|hV8sWqLr2nJx5Kd|value-of-the-header|whsec_/)
    // A URL may hold a token, so lists show its host.
    if (path() === '/destinations') expect(html).not.toContain('token=1')
  })

  it('shows text from outside as text', async () => {
    const html = await as('operator').html(path())
    if (hasHostile !== false) {
      expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
      expect(html).toContain('U+202E')
      expect(html).toContain('U+001B')
    }
    expect(html).not.toMatch(/<script(?! src="\/app\.js)|<img src=x/i)
    // Fields return values unchanged, so only the other text is checked.
    const shown = html.replaceAll(/<input[^>]*>|<textarea.*?<\/textarea>/gs, '')
    // oxlint-disable-next-line no-control-regex -- these characters must not appear
    expect(shown).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u202A-\u202E]/)
  })

  it.each(['viewer', 'operator', 'admin'] as const)('offers a %s their actions', async (role) => {
    const html = await as(role).html(path())
    expect(offersIn(html, below ?? path()).toSorted()).toEqual([...offers[role]].toSorted())
    if (personal !== undefined) expect(html.includes(personal)).toBe(role !== 'viewer')
  })

  it('shows a token for one source only that source', async () => {
    const response = await as('limited').get(path())
    expect(response.status).toBe(limited)
    const html = await response.text()
    expect(html).not.toMatch(/(?<!topic_)foreign|href="\/(destinations|suppressions|channels)"/)
    const [first = ''] = shows
    if (limited === 200) expect(textOf(html)).toMatch(first)
  })
})

describe.each([
  '/activity',
  '/suppressions',
  '/sources/own',
  '/destinations/app',
  '/channels',
  '/channels/ops',
  '/incidents/17',
  '/access',
])('a notice of %s', (path) => {
  it.each(['notice=constructor', 'notice=retried&count=-1', `notice=${encodeURIComponent(HOSTILE)}`])(
    '%s is none of ours',
    async (query) => {
      expect(await as('admin').html(`${path}?${query}`)).not.toMatch(/class="notice [^>]*role=/)
    },
  )
})

it.each([
  ['/activity?show=gave-up&notice=redriven&count=2', '2 dead letters put back'],
  ['/destinations/app?notice=retried&count=2002', '2,002 deliveries are tried again now.'],
])('%s says so', async (path, says) => expect(await as('admin').text(path)).toContain(says))

it('shows the original of an event as text, to operators', async () => {
  const path = originalPath(eventId)
  const html = await as('operator').html(path)
  expect(textOf(html)).toContain('{ &quot;event&quot;: &quot;bounce&quot;, &quot;said&quot;')
  expect(html).not.toContain(HOSTILE)
  expect((await as('viewer').get(path)).status).toBe(403)
  expect((await as('limited').get(path)).status).toBe(200)
})

it('tells what became of a message of the Email Service', async () => {
  expect(await as('admin').text(deliveryPath(`msg_${'f'.repeat(32)}`))).toContain('cloudflare-email')
})

it.each<[Role | 'limited', string, () => string, number]>([
  ['viewer', 'own', () => messageId, 303],
  ['limited', 'own', () => messageId, 303],
  ['limited', 'foreign', () => messageId, 404],
  ['operator', 'own', () => 'none', 404],
])('leads a %s from a message of %s to its newest event', async (who, source, id, status) => {
  const { headers, status: answered } = await as(who).get(messagePath(source, id()))
  expect([answered, /^\/d\/[0-9a-f]{44}$/.test(headers.get('location') ?? '')]).toEqual([
    status,
    status === 303,
  ])
})

it.each<[string, () => string, () => string]>([
  ['events', () => eventId, () => deliveryPath(eventId)],
  ['requests', () => REFUSED, () => deliveryPath(REFUSED)],
  ['quarantine', () => quarantineId, () => deliveryPath(quarantineId)],
  ['messages/own', () => messageId, () => messagePath('own', messageId)],
])('leads from an old address of %s', async (place, id, to) => {
  const { status, headers } = await as('viewer').get(`/${place}/${encodeURIComponent(id())}`)
  expect([status, headers.get('location')]).toEqual([301, to()])
})

it('lists names of events that are no source, and keeps one that is chosen', async () => {
  const of = '/activity?source=cloudflare-email'
  expect(await as('viewer').html('/sources')).toContain('source=cloudflare-email">cloudflare-email</a>')
  expect(await as('viewer').html(of)).toContain('<option value="cloudflare-email" selected')
  expect(await as('viewer').text('/sources/cloudflare-email')).toContain('come by a queue')
})

it('tells of an unknown event when it would have happened', async () => {
  const gone = deliveryPath(`0190${eventId.slice(4)}`)
  expect(await as('viewer').text(gone)).toContain('No event has this id. It would have happened 2024-')
})

it.each<[string, number]>([
  ['/sources/none', 404],
  ['/sources/none/settings', 404],
  ['/sources/none/secrets/hmac/rotate', 404],
  ['/sources/none/secrets/hmac/1/revoke', 404],
  ['/sources/own/secrets/none/rotate', 404],
  ['/destinations/none', 404],
  ['/destinations/none/send-again', 404],
  ['/destinations/none/secrets/signing_secret/rotate', 404],
  ['/channels/none', 404],
  ['/channels/none/edit', 404],
  ['/channels/none/remove', 404],
  ['/channels/new/fax', 404],
  ...['0', '01', '99', 'one', '1e3'].map(
    (number) => [`/incidents/${number}`, 404] satisfies [string, number],
  ),
  ...[
    'none',
    'req_1',
    'req_000000000000000000000009',
    `msg_${'0'.repeat(32)}`,
    '0'.repeat(32),
    '0'.repeat(44),
  ].map((id) => [deliveryPath(id), 404] satisfies [string, number]),
])('%s is %d', async (path, status) => {
  expect((await as('admin').get(path)).status).toBe(status)
})

describe('if something does not answer', () => {
  const fails = () => Promise.reject(new Error('down'))
  const broken = newConsole({
    REFUSALS: {
      getByName: (name) => Object.assign(env.REFUSALS.getByName(name), { latest: fails, totals: fails }),
    },
    DESTINATIONS: destinationObjects({ status: fails, attempts: fails, waiting: fails, givenUp: fails }),
    INCIDENTS: incidentObjects({
      list: fails,
      incident: fails,
      channelStatus: fails,
      status: fails,
      findings: fails,
    }),
    SOURCE_WATCHERS: watcherObjects(null),
  })
  let someone: Visitor
  beforeAll(async () => {
    someone = visitor(broken)
    await someone.enter()
  })

  it.each<[string, number, readonly string[]]>([
    ['/', 200, ['the watch does not answer the console', 'bounced']],
    ['/activity?show=refused', 200, ['The refusal log did not answer.']],
    ['/activity', 200, ['Refused did not answer.', 'bounced']],
    ['/activity?cursor=!~-~-~-', 200, ['Accepted did not answer.']],
    ['/sources', 200, ['own']],
    ['/destinations', 200, ['unknown', 'no answer']],
    ['/destinations/app', 200, ['What delivers to it did not answer. Load', 'Waiting', 'Settings']],
    ['/destinations/app?show=waiting', 200, ['What delivers to it did not answer.']],
    [`/d/${ACCEPTED}`, 200, ['Did not answer: refusals, destinations, incidents.', 'Stored 1 event']],
    ['/d/req_0000000000000000000000ff', 200, ['Delivery unknown', 'Did not answer: refusals.']],
    ['/channels', 200, ['ops Slack unknown']],
    ['/system', 200, ['refusals, incidents down', 'Archived until', 'Restore practiced']],
    ['/channels/ops', 200, ['What sends notices did not answer.']],
    ['/incidents', 200, ['did not answer']],
    ['/incidents/17', 503, ['does not answer']],
    [
      '/sources/own',
      200,
      ['The object that watches the source did not answer', 'The refusal log did not answer', 'hmac/1'],
    ],
  ])('%s says so and shows the rest', async (path, status, shows) => {
    const response = await someone.get(path)
    expect(response.status).toBe(status)
    const text = textOf(await response.text())
    for (const one of shows) expect(text).toContain(one)
    expect(broken.logged).toContainEqual(expect.objectContaining({ event: 'dependency_unavailable' }))
  })

  it('the sources say so without the registry', async () => {
    const other = newConsole({ REGISTRY: registryWith({ sources: { list: fails } }) })
    const person = visitor(other)
    await person.enter()
    expect(await person.text('/sources')).toContain('The registry did not answer.')
    expect(other.logged).toContainEqual(
      expect.objectContaining({ event: 'dependency_unavailable', message: 'registry' }),
    )
  })
})

it.each(['viewer', 'operator', 'admin'] as const)(
  'shows a %s what a source lacks, and how to add it if he may',
  async (role) => {
    await here.api('PUT', '/api/sources/bare', { provider: 'generic' })
    const html = await as(role).html('/sources/bare')
    expect(textOf(html)).toContain('The source refuses every delivery')
    expect(html).toContain('href="/sources/bare/setup#secret"')
    const setup = await as(role).html('/sources/bare/setup')
    expect(setup).toContain('https://gate.example/hooks/bare')
    expect(setup.includes('action="/sources/bare/setup/secret"')).toBe(role !== 'viewer')
    await here.api('DELETE', '/api/sources/bare')
  },
)
