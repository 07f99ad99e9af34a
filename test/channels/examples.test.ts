/** The exact message of each kind, for one notice. The adapters name the vendors' pages. */
import { describe, expect, it } from 'vitest'
import type { Outgoing } from '../../src/channels/adapter.ts'
import { type ChannelKind, adapterOf } from '../../src/channels/index.ts'
import { KEY, NOW_MS, TARGETS, notice } from './notices.ts'

type Change = Parameters<typeof notice>[0]

async function only(kind: ChannelKind, ...changes: readonly Change[]): Promise<Outgoing> {
  const notices = changes.length === 0 ? [notice()] : changes.map((change) => notice(change))
  const messages = await adapterOf(kind).compose(notices, TARGETS[kind], NOW_MS)
  const [message] = messages
  if (message === undefined || messages.length > 1) throw new Error('one message was expected')
  return message
}

async function request(kind: ChannelKind, ...changes: readonly Change[]) {
  const message = await only(kind, ...changes)
  if (message.via !== 'http') throw new Error('a request was expected')
  const { url, headers, body } = message
  return { url, headers, body: JSON.parse(body) as unknown }
}

const TITLE = 'Firing, critical: More bounces than usual · incident 17 · since 2026-11-27 02:55 UTC'
const OVER = 'Resolved: More bounces than usual · incident 17 · since 2026-11-27 02:55 UTC'
const HEADLINE = 'shop-sendgrid: bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)'
const LINES = ['Networks never seen before: 12', 'Hard bounces: 39']
const LINK = 'https://console.example.com/incidents/17?tab=a&b=c'
const HEADERS = { 'content-type': 'application/json', 'user-agent': 'Postern' }

const plain = (text: string) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } })

describe('Slack', () => {
  const body = (title: string, color: string) => ({
    text: `${title} · ${HEADLINE}`,
    blocks: [plain(title)],
    attachments: [
      {
        color,
        blocks: [
          plain(HEADLINE),
          plain(LINES.join('\n')),
          {
            type: 'section',
            text: {
              type: 'mrkdwn',
              text: '<https://console.example.com/incidents/17?tab=a&amp;b=c|Open>',
              verbatim: true,
            },
          },
        ],
      },
    ],
  })

  it('gets a message with a color', async () => {
    expect(await request('slack')).toEqual({
      url: 'https://hooks.slack.com/services/T0AAA/B0BBB/hV8sWqLr2nJx5Kd',
      headers: HEADERS,
      body: body(TITLE, '#C0392B'),
    })
  })

  it('gets a second message when it is over', async () => {
    expect((await request('slack', { state: 'resolved' })).body).toEqual(body(OVER, '#2ECC71'))
  })

  it('gets one message for several incidents', async () => {
    const { body } = await request(
      'slack',
      { incident: 17 },
      { incident: 18 },
      { incident: 9, state: 'resolved' },
    )
    expect(body).toMatchObject({
      blocks: [plain('2 firing, 1 resolved')],
      attachments: [
        { blocks: [plain(TITLE), {}, {}, {}] },
        {
          blocks: [
            plain('Firing, critical: More bounces than usual · incident 18 · since 2026-11-27 02:55 UTC'),
            {},
            {},
            {},
          ],
        },
        {
          blocks: [
            plain('Resolved: More bounces than usual · incident 9 · since 2026-11-27 02:55 UTC'),
            {},
            {},
            {},
          ],
        },
      ],
    })
  })
})

describe('Discord', () => {
  it('gets an embed, and pings nobody', async () => {
    expect(await request('discord')).toEqual({
      url: 'https://discord.com/api/webhooks/112233/tOk-En_9Zq4?wait=true&thread_id=77',
      headers: HEADERS,
      body: {
        username: 'Postern',
        embeds: [
          {
            title: TITLE,
            description: `**shop-sendgrid: bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)**
Networks never seen before\\: 12
Hard bounces\\: 39
[Open](${LINK})`,
            color: 0xc0392b,
          },
        ],
        allowed_mentions: { parse: [] },
      },
    })
  })

  it('gets a second message when it is over', async () => {
    const { body } = await request('discord', { state: 'resolved' })
    expect(body).toMatchObject({ embeds: [{ title: OVER, color: 0x2ecc71 }] })
  })
})

describe('Microsoft Teams', () => {
  const text = (words: string, look: object) => ({ type: 'TextBlock', text: words, wrap: true, ...look })

  it('gets an adaptive card', async () => {
    expect(await request('teams')).toEqual({
      url: TARGETS.teams.secrets['workflow_url'],
      headers: HEADERS,
      body: {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: {
              type: 'AdaptiveCard',
              $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
              version: '1.4',
              body: [
                {
                  type: 'Container',
                  style: 'attention',
                  items: [
                    text(TITLE, { isSubtle: true }),
                    text(HEADLINE.replace('(', '\\(').replace(')', '\\)'), { weight: 'Bolder' }),
                    ...LINES.map((line) => text(line, { spacing: 'Small' })),
                    { type: 'ActionSet', actions: [{ type: 'Action.OpenUrl', title: 'Open', url: LINK }] },
                  ],
                },
              ],
            },
          },
        ],
      },
    })
  })

  it('gets a green card when it is over', async () => {
    const { body } = await request('teams', { state: 'resolved' })
    expect(body).toMatchObject({ attachments: [{ content: { body: [{ style: 'good' }] } }] })
  })
})

describe('PagerDuty', () => {
  it('gets an event that triggers', async () => {
    expect(await request('pagerduty')).toEqual({
      url: 'https://events.pagerduty.com/v2/enqueue',
      headers: HEADERS,
      body: {
        routing_key: 'R0a1b2c3d4e5f60718293a4b5c6d7e8f',
        dedup_key: KEY,
        event_action: 'trigger',
        client: 'Postern',
        client_url: LINK,
        links: [{ href: LINK, text: 'Open' }],
        payload: {
          summary: HEADLINE,
          source: 'shop-sendgrid',
          severity: 'critical',
          timestamp: '2026-11-27T02:55:00.000Z',
          class: 'bounce_share',
          custom_details: { incident: 17, evidence: LINES },
        },
      },
    })
  })

  it('gets an event that resolves', async () => {
    const { body } = await request('pagerduty', { state: 'resolved' })
    expect(body).toEqual({
      routing_key: 'R0a1b2c3d4e5f60718293a4b5c6d7e8f',
      dedup_key: KEY,
      event_action: 'resolve',
    })
  })

  it('in Europe has another host', async () => {
    const target = { ...TARGETS.pagerduty, settings: { region: 'eu' } }
    const [message] = await adapterOf('pagerduty').compose([notice()], target, NOW_MS)
    expect(message).toMatchObject({ url: 'https://events.eu.pagerduty.com/v2/enqueue' })
  })
})

describe.each(['pagerduty', 'jira_service_management'] as const)('news at %s', (kind) => {
  it('are a new alert, and then the earlier ones end', async () => {
    const worse = notice({ state: 'worse', alert: 2, earlierAlerts: [0, 1] })
    const messages = await adapterOf(kind).compose([worse], TARGETS[kind], NOW_MS)
    const told = messages.map((one) => ('body' in one ? `${one.url} ${one.body}` : ''))
    expect(told.map((text) => /event_action":"resolve|\/close\?/.test(text))).toEqual([false, true, true])
    const keys = told.map((text) => /postern-[0-9a-f]{32}/.exec(text)?.[0])
    expect(new Set(keys).size).toBe(3)
    expect(keys[1]).toBe(KEY)
    expect(messages.every(({ notices }) => notices[0] === worse)).toBe(true)
  })
})

describe.each([
  ['jira_service_management', 'https://api.atlassian.com/jsm/ops/integration/v2/alerts'],
] as const)('%s', (kind, url) => {
  const headers = { ...HEADERS, authorization: 'GenieKey 7c1b5f0e-8d2a-4b66-9e3f-0a1b2c3d4e5f' }

  it('gets an alert', async () => {
    expect(await request(kind)).toEqual({
      url,
      headers,
      body: {
        alias: KEY,
        message: HEADLINE,
        description: [HEADLINE, TITLE, ...LINES, `Open: ${LINK}`].join('\n'),
        priority: 'P1',
        tags: ['postern', 'bounce_share'],
        details: { incident: '17', kind: 'bounce_share' },
        entity: 'shop-sendgrid',
        source: 'Postern',
      },
    })
  })

  it('closes it', async () => {
    expect(await request(kind, { state: 'resolved' })).toEqual({
      url: `${url}/${KEY}/close?identifierType=alias`,
      headers,
      body: { source: 'Postern', note: OVER },
    })
  })
})

describe('Alertmanager', () => {
  const alert = (endsAt: string) => ({
    labels: { alertname: 'postern_bounce_share', source: 'shop-sendgrid', severity: 'critical', key: KEY },
    annotations: { summary: HEADLINE, description: LINES.join('\n'), incident: '17' },
    startsAt: '2026-11-27T02:55:00.000Z',
    endsAt,
    generatorURL: LINK,
  })

  it('gets an alert that ends by itself after three minutes', async () => {
    expect(await request('alertmanager')).toEqual({
      url: 'https://alerts.example.com/prometheus/api/v2/alerts',
      headers: { ...HEADERS, authorization: 'Bearer fK3vQ81xZr' },
      body: [alert('2026-11-27T03:15:00.000Z')],
    })
  })

  it('gets the same labels when it is over', async () => {
    const { body } = await request('alertmanager', { state: 'resolved' })
    expect(body).toEqual([alert('2026-11-27T03:12:00.000Z')])
  })
})

describe('a webhook', () => {
  it('is signed, and says all', async () => {
    expect(await request('webhook')).toEqual({
      url: 'https://pager.example.com/hook',
      headers: {
        ...HEADERS,
        'webhook-id': expect.stringMatching(/^notice_[0-9a-f]{32}$/),
        'webhook-timestamp': '1795749120',
        'webhook-signature': expect.stringMatching(/^v1,[\w+/]{43}=$/),
        'postern-hop': '1',
      },
      body: {
        type: 'alert.firing',
        timestamp: '2026-11-27T03:12:00.000Z',
        data: {
          incident: 17,
          source: 'shop-sendgrid',
          sources: ['shop-sendgrid'],
          kind: 'bounce_share',
          severity: 'critical',
          headline: 'bounces are 31 % of outcomes, usually 2.1 % (41 of 132 in 20 min)',
          since: '2026-11-27T02:55:00.000Z',
          evidence: LINES,
          actions: [{ label: 'Open', url: LINK }],
          dedupe_key: KEY,
        },
      },
    })
  })

  it('keeps its id when it is tried again, and gets another one for each notice', async () => {
    const idOf = async (change: Change) => (await request('webhook', change)).headers['webhook-id']
    expect(await idOf({})).toBe(await idOf({ headline: 'now it is 32 %' }))
    const others = [{ sequence: 1 }, { incident: 18 }, { dedupeKey: 'other' }]
    for (const other of others) expect(await idOf(other)).not.toBe(await idOf({}))
  })

  it('is signed with the previous secret, too', async () => {
    const previous = 'whsec_cG9zdGVybi10ZXN0LWNoYW5uZWwtc2VjcmV0LTAy'
    const { settings, secrets } = TARGETS.webhook
    const target = { settings, secrets: { ...secrets, previous_signing_secret: previous } }
    const [message] = await adapterOf('webhook').compose([notice()], target, NOW_MS)
    const signature = message?.via === 'http' ? message.headers['webhook-signature'] : undefined
    expect(signature).toMatch(/^v1,\S+ v1,\S+$/)
  })
})

describe('a mail', () => {
  const body = (title: string) => `${HEADLINE}
${title}
- Networks never seen before: 12
- Hard bounces: 39
Open: ${LINK}
`

  it('says all in its text', async () => {
    expect(await only('mail')).toMatchObject({
      mail: {
        from: 'postern@example.com',
        to: ['ops@example.com'],
        subject: `[Postern] critical (incident 17): ${HEADLINE}`,
        text: body(TITLE),
        headers: { 'Auto-Submitted': 'auto-generated', Importance: 'high' },
      },
    })
  })

  it.each(['<1@mail.example.com>', '1@mail.example.com'])(
    'replies to %s when it is over',
    async (replyTo) => {
      expect(await only('mail', { state: 'resolved', replyTo })).toMatchObject({
        mail: {
          subject: `[Postern] resolved (incident 17): ${HEADLINE}`,
          text: body(OVER),
          headers: {
            'Auto-Submitted': 'auto-generated',
            'In-Reply-To': '<1@mail.example.com>',
            References: '<1@mail.example.com>',
          },
        },
      })
    },
  )

  it.each([
    ['a name with a line break', [{ replyTo: '<1@x>\r\nBcc: y@evil.example' }]],
    ['two names', [{ replyTo: '<1@x>' }, { replyTo: '<2@x>' }]],
  ])('replies to nothing where there is %s', async (_what, changes) => {
    const message = await only('mail', ...changes)
    expect(message.via === 'mail' && Object.keys(message.mail.headers)).toEqual([
      'Auto-Submitted',
      'Importance',
    ])
  })
})
