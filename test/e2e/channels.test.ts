/** An incident through all three Workers to a channel of every kind, and to channels that answer as servers do on a bad day. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Request, Response as LocalResponse } from 'miniflare'
import { expect, it } from 'vitest'
import { jsonOf } from '../../src/simulator/http.ts'
import { ROOT } from '../../scripts/workers.ts'
import { CHANNEL_KINDS, type ChannelKind } from '../../src/channels/index.ts'
import { type Seen, vendorAnswer } from '../channels/fake.ts'
import { SIGNING_SECRET, TARGETS } from '../channels/notices.ts'
import { signGeneric } from '../support/generic.ts'
import { MovedClock } from '../../scripts/local/moved-clock.ts'
import { simulated, until, untilForwarded, untilWatched, withInstallation } from './postern.ts'

const CHANNELS: Readonly<Record<ChannelKind, string>> = {
  mail: 'mail.example.com',
  slack: 'hooks.slack.com',
  pagerduty: 'events.pagerduty.com',
  teams: 'contoso.12.environment.api.powerplatform.com',
  discord: 'discord.com',
  jira_service_management: 'api.atlassian.com',
  alertmanager: 'alerts.example.com',
  webhook: 'pager.example.com',
}

/** Channels by how they answer first. After that they accept everything, but for the one that is gone. */
const BAD_DAYS = {
  busy: () => new LocalResponse(null, { status: 429, headers: { 'retry-after': '2' } }),
  gone: () => new LocalResponse(null, { status: 410 }),
  failing: () => new LocalResponse(null, { status: 500 }),
  silent: () => sleep(60_000, new LocalResponse(null), { ref: false }),
} as const
type BadDay = keyof typeof BAD_DAYS

const seen: Seen[] = []
const sentTo = (host: string): readonly Seen[] => seen.filter(({ url }) => new URL(url).hostname === host)
/** Only a vendor's channel is given up at once; one's own webhook is tried again. */
const GONE_HOST = 'gone.12.environment.api.powerplatform.com'
const badHost = (day: BadDay): string => (day === 'gone' ? GONE_HOST : `${day}.example.com`)
const GONE_URL = `https://${GONE_HOST}:443/workflows/0f1e/triggers/manual/paths/invoke?api-version=1&sig=w9Xk2`

async function internet(request: Request): Promise<LocalResponse> {
  const { hostname, searchParams } = new URL(request.url)
  if (hostname === 'cloudflare-dns.com') {
    const answer = searchParams.get('type') === '1' ? [{ type: 1, data: '93.184.215.14' }] : []
    return LocalResponse.json({ Status: 0, Answer: answer })
  }
  const one = {
    url: request.url,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
    redirect: request.redirect,
  }
  seen.push(one)
  if (hostname === CHANNELS.mail) return LocalResponse.json({ messageId: '<1@mail.example.com>' })
  const day = (Object.keys(BAD_DAYS) as BadDay[]).find((name) => badHost(name) === hostname)
  if (day !== undefined)
    return sentTo(hostname).length === 1 || day === 'gone'
      ? BAD_DAYS[day]()
      : new LocalResponse(null, { status: 204 })
  const answer = await vendorAnswer(one)
  if (answer === undefined) return new LocalResponse('no such host', { status: 502 })
  // A status such as 204 allows no body, not even an empty one.
  const text = await answer.text()
  return new LocalResponse(text === '' ? null : text, { status: answer.status })
}

const clock = new MovedClock()
const postern = withInstallation({
  clock,
  entries: { consumer: `${ROOT}test/e2e/entries/mailing-consumer.ts` },
  outbound: internet,
})

async function put(name: string, document: object): Promise<void> {
  const answer = await postern.console.put(`/api/channels/${name}`, { grouping_seconds: 0, ...document })
  expect(answer.status, `${name}: ${answer.body.toString()}`).toBe(201)
}

interface Listed {
  readonly channels: readonly {
    readonly name: string
    readonly status: {
      readonly state: string
      readonly last_error: { readonly status: number | null } | null
    }
  }[]
}

const states = async () =>
  new Map(
    (jsonOf(await postern.console.get('/api/channels')) as Listed).channels.map(
      ({ name, status: { state, last_error } }) => [name, { state, last: last_error?.status }],
    ),
  )

const incidents = async () =>
  (jsonOf(await postern.console.get('/api/incidents')) as { incidents: { number: number; kind: string }[] })
    .incidents

it('carries the beginning and the end of an incident, once each, whatever single channels answer', async () => {
  for (const kind of CHANNEL_KINDS) {
    const { settings, secrets } = TARGETS[kind]
    await put(kind.replaceAll('_', '-'), { kind, ...settings, secrets })
  }
  for (const day of Object.keys(BAD_DAYS) as BadDay[])
    await put(
      day,
      day === 'gone'
        ? { kind: 'teams', secrets: { workflow_url: GONE_URL } }
        : {
            kind: 'webhook',
            url: `https://${badHost(day)}/hook`,
            secrets: { signing_secret: SIGNING_SECRET },
          },
    )
  const { account, deliver } = await postern.source('generic', 'attacked')
  // A stored delivery wakes the watch.
  expect((await deliver(await account.deliver([simulated()], clock.nowSeconds()))).status).toBe(200)
  for (let i = 0; i < 20; i++) {
    const request = await account.deliver([simulated()], clock.nowSeconds())
    const { headers } = await signGeneric(request.body, 'not-the-secret-of-this-source', clock.nowSeconds())
    expect((await deliver({ ...request, headers })).status).toBe(401)
  }
  const hosts = Object.values(CHANNELS)
  await untilWatched(clock, async () => (await incidents()).length > 0)
  await until(async () => hosts.every((host) => sentTo(host).length > 0))
  expect(hosts.filter((host) => sentTo(host).length !== 1)).toEqual([])

  // The answers of the bad days, and then what a second try meets.
  await untilForwarded(
    clock,
    async () => (['busy', 'failing', 'silent'] as const).every((day) => sentTo(badHost(day)).length > 1),
    () => 1_000,
  )
  await until(async () => (await states()).get('silent')?.state === 'working')
  const now = await states()
  for (const kind of CHANNEL_KINDS)
    expect(now.get(kind.replaceAll('_', '-')), kind).toMatchObject({ state: 'working' })
  expect(now.get('busy')).toEqual({ state: 'working', last: 429 })
  expect(now.get('failing')).toEqual({ state: 'working', last: 500 })
  expect(now.get('silent')).toEqual({ state: 'working', last: null })
  expect(now.get('gone')).toEqual({ state: 'broken', last: 410 })
  expect(sentTo(badHost('gone'))).toHaveLength(1)
  const tries = (['busy', 'failing', 'silent'] as const).map((day) => sentTo(badHost(day)))
  for (const [first, second, ...more] of tries) {
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(more).toEqual([])
  }

  // The others tell of the one that is gone.
  await untilWatched(clock, async () => (await incidents()).some(({ kind }) => kind === 'channel_failing'))
  await untilWatched(clock, async () => sentTo(CHANNELS.webhook).length > 1)
  expect(sentTo(CHANNELS.webhook).at(-1)?.body).toContain('channel gone (Microsoft Teams)')

  const before = new Map(hosts.map((host) => [host, sentTo(host).length]))
  const attack = (await incidents()).find(({ kind }) => kind === 'brute_force')
  await postern.console.post(`/api/incidents/${attack?.number}/resolve`, {})
  // Some may still be at work with the notice before: they are sent the next one when they are due again.
  await untilForwarded(
    clock,
    async () => hosts.every((host) => sentTo(host).length > (before.get(host) ?? 0)),
    () => 1_000,
  )
  for (const [host, count] of before) {
    // Alertmanager hears of what is open each minute.
    if (host !== CHANNELS.alertmanager) expect(sentTo(host), host).toHaveLength(count + 1)
  }
  expect(sentTo(CHANNELS.webhook).at(-1)?.body).toContain('"type":"alert.resolved"')
  expect(JSON.parse(sentTo(CHANNELS.pagerduty).at(-1)?.body ?? '')).toMatchObject({ event_action: 'resolve' })
  expect(sentTo(CHANNELS.jira_service_management).at(-1)?.url).toMatch(/\/close/)
  expect(sentTo(badHost('gone'))).toHaveLength(1)
}, 200_000)
