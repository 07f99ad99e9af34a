import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChannelConfig } from '../../src/channels/document.ts'
import { CHANNEL_KINDS, type ChannelKind, adapterOf } from '../../src/channels/index.ts'
import { type ChannelBefore, readChannel } from '../../src/channels/read-document.ts'
import { SIGNING_SECRET, TARGETS } from './notices.ts'

const RULES = { allowPrivate: false, ownHosts: ['postern.example.com'] }
const LOCAL = { allowPrivate: true, ownHosts: [] }
const STORED = { stored: true }

type Change = Readonly<Record<string, unknown>>

/** A valid document of the kind. */
const document = (kind: ChannelKind, change: Change = {}): Change => ({
  kind,
  ...TARGETS[kind].settings,
  secrets: TARGETS[kind].secrets,
  ...change,
})

const pathsOf = (given: unknown, rules = RULES, before?: ChannelBefore): string[] => {
  const read = readChannel(given, before, rules)
  return read.ok ? [] : read.problems.map(({ path }) => path)
}

const problemOf = (given: unknown, rules = RULES): string | undefined => {
  const read = readChannel(given, undefined, rules)
  return read.ok ? undefined : read.problems.map(({ problem }) => problem).join(' ')
}

describe('a document', () => {
  it.each(CHANNEL_KINDS)('of the kind %s gets its defaults', (kind) => {
    expect(readChannel(document(kind), undefined, RULES)).toEqual({
      ok: true,
      config: {
        kind,
        minimum_severity: 'warning',
        grouping_seconds: 30,
        reminder_seconds: 14_400,
        paused: false,
        ...TARGETS[kind].settings,
      },
      secrets: TARGETS[kind].secrets,
      kept: new Set(),
    })
  })

  it.each<[string, Change]>([
    ['a minimum', { minimum_severity: 'critical' }],
    ['no grouping', { grouping_seconds: 0 }],
    ['no reminders', { reminder_seconds: 0 }],
    ['a pause', { paused: true }],
    ['sources', { sources: ['shop', 'shop-2'] }],
    ['quiet hours', { quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' } }],
    ['an exception', { quiet_hours: { from: '12:00', to: '13:00', time_zone: 'UTC', except: 'error' } }],
  ])('may have %s', (_what, change) => expect(pathsOf(document('slack', change))).toEqual([]))

  const quiet = (change: Change) => ({
    quiet_hours: { from: '22:00', to: '07:00', time_zone: 'UTC', ...change },
  })

  it.each<[string, unknown, string[]]>([
    ['nothing', null, ['']],
    ['a list', [], ['']],
    ['no kind', {}, ['kind']],
    ['another kind', document('slack', { kind: 'sms' }), ['kind']],
    ['another kind and more', { kind: 'slak', grouping_seconds: -1 }, ['kind', 'grouping_seconds']],
    ['an inherited kind', document('slack', { kind: 'constructor' }), ['kind']],
    ['an unknown setting', document('slack', { region: 'eu' }), ['region']],
    ['another severity', document('slack', { minimum_severity: 'high' }), ['minimum_severity']],
    ['long grouping', document('slack', { grouping_seconds: 3_601 }), ['grouping_seconds']],
    ['a fraction', document('slack', { reminder_seconds: 0.5 }), ['reminder_seconds']],
    ['no sources', document('slack', { sources: [] }), ['sources']],
    ['a source that is none', document('slack', { sources: ['shop', 'A'] }), ['sources.1']],
    ['another time', document('slack', quiet({ from: '24:00' })), ['quiet_hours.from']],
    ['no time zone', document('slack', quiet({ time_zone: 'Mars/Olympus' })), ['quiet_hours.time_zone']],
    ['a quiet day', document('slack', quiet({ to: '22:00' })), ['quiet_hours.to']],
    ['another region', document('pagerduty', { region: 'asia' }), ['region']],
    ['no recipients', document('mail', { to: [] }), ['to']],
    ['many recipients', document('mail', { to: Array.from({ length: 11 }, () => 'a@example.com') }), ['to']],
    ['two addresses in one', document('mail', { to: ['a@example.com, b@example.com'] }), ['to.0']],
    ['a header in an address', document('mail', { from: 'a@example.com\r\nBcc: b@example.com' }), ['from']],
    ['a thread that is none', document('discord', { thread_id: 'general' }), ['thread_id']],
    ['no URL', document('webhook', { url: undefined }), ['url']],
    ['a private address', document('webhook', { url: 'https://10.0.0.1/' }), ['url']],
    ['http', document('alertmanager', { url: 'http://alerts.example.com/' }), ['url']],
    ['its own host', document('webhook', { url: 'https://postern.example.com/hooks/x' }), ['url']],
    ['secrets that are none', document('slack', { secrets: 'https://hooks.slack.com/' }), ['secrets']],
    ['no secrets', document('slack', { secrets: {} }), ['secrets.webhook_url']],
    ['absent secrets', document('pagerduty', { secrets: undefined }), ['secrets.routing_key']],
    ['a number', document('slack', { secrets: { webhook_url: 1 } }), ['secrets.webhook_url']],
    ['nothing stored', document('slack', { secrets: { webhook_url: STORED } }), ['secrets.webhook_url']],
    ['a secret of another kind', document('mail', { secrets: { api_key: 'x' } }), ['secrets.api_key']],
    [
      'everything at once',
      {
        kind: 'webhook',
        url: 'http://10.0.0.1/',
        minimum_severity: 1,
        color: 'red',
        secrets: { signing_secret: 'x', other: 'y' },
      },
      ['minimum_severity', 'color', 'url', 'url', 'secrets.signing_secret', 'secrets.other'],
    ],
  ])('with %s is refused', (_what, given, paths) => expect(pathsOf(given)).toEqual(paths))

  it('names the kind that somebody probably meant', () => {
    expect(problemOf({ kind: 'slak' })).toContain('Did you mean slack?')
  })

  it('never has a value in its problems', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNEL_KINDS),
        fc.string({ minLength: 12, maxLength: 40 }),
        (kind, text) => {
          const value = `v4lue ${text}`
          const names = [
            ...Object.keys(adapterOf(kind).entries),
            'minimum_severity',
            'quiet_hours',
            'sources',
            value,
          ]
          const secrets = Object.fromEntries(
            [...Object.keys(adapterOf(kind).secrets), value].map((slot) => [slot, value]),
          )
          const given = { kind, ...Object.fromEntries(names.map((name) => [name, value])), secrets }
          const read = readChannel(given, undefined, RULES)
          expect(read.ok).toBe(false)
          expect(JSON.stringify(read)).not.toContain('v4lue')
        },
      ),
    )
  })

  it('is read whatever the JSON', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNEL_KINDS),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.jsonValue(),
        (kind, other, secrets) => {
          expect(readChannel({ ...other, kind, secrets }, undefined, RULES)).toHaveProperty('ok')
        },
      ),
    )
  })
})

describe('a secret', () => {
  it.each<[ChannelKind, string, string | undefined]>([
    ['slack', 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd', undefined],
    ['slack', 'https://hooks.slack-gov.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd', undefined],
    ['slack', 'https://hooks.slack.com/triggers/T0AAA/1/x', 'starts a workflow'],
    ['slack', 'https://hooks.slack.com.evil.example/services/T0AAA/B0BBB/x', 'Must be a URL such as'],
    ['slack', 'https://evil.example/hooks.slack.com/services/T0AAA/B0BBB/x', 'Must be a URL such as'],
    ['slack', 'https://hooks.slack.com:8443/services/T0AAA/B0BBB/x', 'Must be a URL such as'],
    ['slack', 'http://hooks.slack.com/services/T0AAA/B0BBB/x', 'https'],
    ['slack', 'https://hooks.slack.com/services/T0AAA', 'Must be a URL such as'],
    ['slack', 'https://a@hooks.slack.com/services/T0AAA/B0BBB/x', 'user name'],
    ['slack', 'http://localhost:9000/services/a/b/c', 'Must be a URL such as'],
    ['discord', 'https://discord.com/api/v10/webhooks/112233/tOk-En_9Zq4', undefined],
    ['discord', 'https://discordapp.com/api/webhooks/112233/tOk-En_9Zq4', undefined],
    ['discord', 'https://discord.com/api/webhooks/112233/tOk-En_9Zq4/slack', 'leave out /slack'],
    ['discord', 'https://discord.com/channels/1/2', 'Must be a URL such as'],
    [
      'teams',
      'https://prod-12.westeurope.logic.azure.com:443/workflows/0f1e/triggers/manual/paths/invoke?sig=w9Xk2',
      undefined,
    ],
    [
      'teams',
      'https://contoso.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4',
      'switched off connectors',
    ],
    ['teams', 'https://outlook.office.com/webhook/1@2/IncomingWebhook/3/4', 'switched off connectors'],
    [
      'teams',
      'https://logic.azure.com/workflows/0f1e/triggers/manual/paths/invoke?sig=w9Xk2',
      'Must be a URL such as',
    ],
    [
      'teams',
      'https://contoso.12.environment.api.powerplatform.com/workflows/0f1e/triggers/manual/paths/invoke?sp=1',
      'Must have sig',
    ],
    [
      'teams',
      'https://environment.api.powerplatform.com.evil.example/workflows/0/triggers/manual/paths/invoke',
      'Must be a URL',
    ],
    ['pagerduty', 'R0a1b2c3d4e5f60718293a4b5c6d7e8', '32 letters and digits'],
    ['pagerduty', 'https://events.pagerduty.com/', '32 letters and digits'],
    ['jira_service_management', 'short', 'API integration'],
    ['jira_service_management', 'GenieKey 7c1b5f0e-8d2a-4b66-9e3f-0a1b2c3d4e5f', 'API integration'],
    ['alertmanager', 'Bearer x\r\ny: z', 'Authorization header'],
    ['alertmanager', 'Basic dXNlcjpwYXNz', undefined],
    ['webhook', SIGNING_SECRET, undefined],
    ['webhook', SIGNING_SECRET.slice(6), 'whsec_'],
    ['webhook', 'whsec_c2hvcnQ=', '24 to 64 bytes'],
    ['webhook', `whsec_${btoa('\0'.repeat(32))}`, 'placeholder'],
  ])('of %s: %s', (kind, value, expected) => {
    const [slot = ''] = Object.keys(adapterOf(kind).secrets)
    const problem = problemOf(document(kind, { secrets: { [slot]: value } }))
    if (expected === undefined) expect(problem).toBeUndefined()
    else expect(problem).toContain(expected)
  })

  it.each(['slack', 'discord', 'teams'] as const)(
    'of %s may lead to this machine under npm start only',
    (kind) => {
      const [slot = ''] = Object.keys(adapterOf(kind).secrets)
      const given = document(kind, { secrets: { [slot]: 'http://127.0.0.1:9000/fake' } })
      expect([problemOf(given, LOCAL), pathsOf(given)]).toEqual([undefined, [`secrets.${slot}`]])
    },
  )
})

describe('stored secrets', () => {
  const before = (kind: ChannelKind, ...slots: string[]): ChannelBefore => ({
    config: { ...document(kind), kind, secrets: undefined } as unknown as ChannelConfig,
    slots: new Set(slots),
  })

  const keptBy = (given: unknown, past: ChannelBefore) => {
    const read = readChannel(given, past, RULES)
    return read.ok ? [...read.kept] : read.problems.map(({ path }) => path)
  }

  it.each<[string, Change, ChannelBefore, string[]]>([
    [
      'an absent slot keeps them',
      document('slack', { secrets: {} }),
      before('slack', 'webhook_url'),
      ['webhook_url'],
    ],
    [
      'absent secrets keep them',
      document('slack', { secrets: undefined }),
      before('slack', 'webhook_url'),
      ['webhook_url'],
    ],
    [
      'the marker keeps them',
      document('slack', { secrets: { webhook_url: STORED } }),
      before('slack', 'webhook_url'),
      ['webhook_url'],
    ],
    ['a new value replaces them', document('slack'), before('slack', 'webhook_url'), []],
    [
      'another path keeps them',
      document('alertmanager', { url: 'https://alerts.example.com/other', secrets: {} }),
      before('alertmanager', 'authorization'),
      ['authorization'],
    ],
    [
      'another host does not get them',
      document('alertmanager', { url: 'https://evil.example.com/', secrets: {} }),
      before('alertmanager', 'authorization'),
      [],
    ],
    [
      'another host needs new ones',
      document('webhook', { url: 'https://evil.example.com/', secrets: {} }),
      before('webhook', 'signing_secret'),
      ['secrets.signing_secret'],
    ],
    [
      'another kind does not get them',
      document('discord', { secrets: {} }),
      before('slack', 'webhook_url'),
      ['secrets.webhook_url'],
    ],
  ])('%s', (_what, given, past, expected) => expect(keptBy(given, past)).toEqual(expected))
})
