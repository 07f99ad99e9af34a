/** Promises of all kinds of channels, tested on each of them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outgoing } from '../../src/channels/adapter.ts'
import { CHANNEL_KINDS, type ChannelKind, adapterOf } from '../../src/channels/index.ts'
import type { Outcome } from '../../src/channels/judge.ts'
import type { Notice } from '../../src/channels/notice.ts'
import { sendNotices } from '../../src/channels/send.ts'
import { anyText } from '../support/any-text.ts'
import { Fake, type Mood, membersOf } from './fake.ts'
import { NOW_MS, TARGETS, notice } from './notices.ts'

const HTTP_KINDS = CHANNEL_KINDS.filter((kind) => kind !== 'mail')

const compose = (kind: ChannelKind, notices: readonly Notice[]): Promise<readonly Outgoing[]> =>
  Promise.resolve(adapterOf(kind).compose(notices, TARGETS[kind], NOW_MS))

async function send(kind: ChannelKind, fake: Fake, notices: readonly Notice[] = [notice()], change = {}) {
  return sendNotices(notices, adapterOf(kind), TARGETS[kind], fake.deps(change))
}

async function outcomeOf(kind: ChannelKind, mood: Mood): Promise<Outcome> {
  const [result] = await send(kind, new Fake(mood), [notice()], { deadlineMs: 20 })
  if (result === undefined) throw new Error('nothing was sent')
  return result.outcome
}

/** The text of a message as a person or program gets it. */
const bodyOf = (message: Outgoing): string =>
  message.via === 'mail' ? `${message.mail.subject}\n${message.mail.text}` : message.body

describe.each(CHANNEL_KINDS)('%s', (kind) => {
  it.each(['firing', 'reminder', 'resolved'] as const)('delivers what is %s', async (state) => {
    const fake = new Fake()
    const one = notice({ state })
    const results = await send(kind, fake, [one])
    expect(results).toEqual([
      {
        notices: [one],
        outcome: { result: 'delivered', reference: kind === 'mail' ? expect.any(String) : null },
        wasTried: true,
      },
    ])
    expect(fake.seen.every(({ redirect }) => redirect === 'manual')).toBe(true)
  })

  it('carries each of several notices once', async () => {
    const several = [1, 2, 3].map((incident) => notice({ incident, dedupeKey: `key ${incident}` }))
    const results = await send(kind, new Fake(), several)
    expect(results.flatMap(({ notices }) => notices)).toEqual(several)
    expect(results.map(({ outcome }) => outcome.result)).not.toContain('broken')
  })

  it('delivers the longest texts, and says that they are cut', async () => {
    const long = notice({
      source: 'x'.repeat(5_000),
      kind: 'k'.repeat(5_000),
      headline: '& <@1> 🙂*'.repeat(2_000),
      evidence: Array.from({ length: 200 }, () => '<>'.repeat(3_000)),
      actions: Array.from({ length: 50 }, (_, i) => ({
        label: 'l'.repeat(500),
        url: `https://console.example.com/${i}?${'a&'.repeat(200)}`,
      })),
      dedupeKey: 'd'.repeat(5_000),
    })
    const all = Array.from({ length: 40 }, (_, incident) => ({ ...long, incident }))
    const fake = new Fake()
    const results = await send(kind, fake, all)
    expect(new Set(results.map(({ outcome }) => outcome.result))).toEqual(new Set(['delivered']))
    const [text = ''] = fake.mails.map((mail) => mail.text).concat(fake.seen.map(({ body }) => body))
    expect(text).toMatch(/… \\*\(cut\\*\)/)
  })

  it('delivers whatever a stranger wrote, without control characters and addresses of pages', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, hostileText, async (source, headline, line) => {
        const hostile = notice({
          source,
          headline,
          evidence: [line],
          kind: line,
          actions: [{ label: line, url: headline }],
        })
        const fake = new Fake()
        const [result] = await send(kind, fake, [hostile])
        expect(result?.outcome.result).toBe('delivered')
        const [message] = await compose(kind, [{ ...hostile, actions: [] }])
        const texts = message === undefined ? [] : textsOf(message)
        expect(texts.join('')).not.toMatch(/https?:\/\/|evil\.example/)
        expect(texts.join('')).not.toMatch(/\p{Cf}|[^\P{Cc}\n]/u)
      }),
      { numRuns: 60 },
    )
  })

  it('has nothing in its errors that the channel wrote', async () => {
    const outcome = await outcomeOf(kind, { status: 500, body: 'a-word-of-the-channel' })
    expect(JSON.stringify(outcome)).not.toContain('a-word-of-the-channel')
  })

  it('gives up after hours, and not after minutes or days', () => {
    expect(adapterOf(kind).giveUpAfterSeconds).toBe(
      ['mail', 'slack', 'teams', 'discord'].includes(kind) ? 7_200 : 21_600,
    )
  })
})

const hostileText = fc.oneof(
  anyText({ maxLength: 200 }),
  fc
    .array(
      fc.constantFrom(
        '<!channel>', '<@U012>', '<https://evil.example|Open>', '@everyone', '<@&1>', '[Open](https://evil.example)', '*', '_',
        '`', '~', '\\', '](', '\r\n', 'Bcc: x@evil.example', '\u202e', '\u200b', 'http://evil.example', 'www.evil.example', '&lt;',
        '<at>Ada</at>', '"', '${x}', '{{x}}', '|', '\u0000', '\ud800',
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
) // prettier-ignore

const textsOf = (message: Outgoing): string[] =>
  message.via === 'mail'
    ? [message.mail.subject, message.mail.text]
    : [
        'text',
        'title',
        'description',
        'content',
        'summary',
        'message',
        'headline',
        'source',
        'entity',
      ].flatMap((name) => membersOf(JSON.parse(message.body), name))

describe.each(HTTP_KINDS)('the answers of %s', (kind) => {
  // The operator's own host may be in the middle of a deployment.
  const refused = ['webhook', 'alertmanager'].includes(kind) ? 'retry' : 'broken'
  it.each<[string, Mood, Partial<Outcome>]>([
    ['408', { status: 408 }, { result: 'retry', status: 408, retryAfterSeconds: null }],
    [
      '429 with seconds',
      { status: 429, headers: { 'retry-after': '7' } },
      { result: 'retry', retryAfterSeconds: 7 },
    ],
    [
      '429 with a long wait',
      { status: 429, headers: { 'retry-after': '86400' } },
      { result: 'retry', retryAfterSeconds: 3_600 },
    ],
    [
      '429 with no wait',
      { status: 429, headers: { 'retry-after': '0' } },
      { result: 'retry', retryAfterSeconds: 1 },
    ],
    [
      '429 with a date',
      { status: 429, headers: { 'retry-after': 'Fri, 27 Nov 2026 03:13:30 GMT' } },
      { result: 'retry', retryAfterSeconds: 90 },
    ],
    ['500', { status: 500, body: 'rollup_error' }, { result: 'retry', status: 500, retryAfterSeconds: null }],
    [
      '503 with seconds',
      { status: 503, headers: { 'retry-after': '30' } },
      { result: 'retry', retryAfterSeconds: 30 },
    ],
    ['nothing', 'silent', { result: 'retry', status: null }],
    ['no connection', 'unreachable', { result: 'retry', status: null }],
    ['400', { status: 400, body: 'invalid_payload' }, { result: refused, status: 400 }],
    ['401', { status: 401 }, { result: refused, status: 401 }],
    ['403', { status: 403 }, { result: refused, status: 403 }],
    ['404', { status: 404 }, { result: refused, status: 404 }],
    ['410', { status: 410, body: 'channel_is_archived' }, { result: refused, status: 410 }],
    ['413', { status: 413 }, { result: refused, status: 413 }],
    ['422', { status: 422 }, { result: refused, status: 422 }],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://evil.example/' } },
      { result: 'broken', status: 302 },
    ],
  ])('%s', async (_what, mood, expected) => {
    expect(await outcomeOf(kind, mood)).toMatchObject(expected)
  })
})

describe('an answer in the form of one kind only', () => {
  it.each<[ChannelKind, string, Mood, Partial<Outcome>]>([
    ['slack', '200 of something else', { status: 200, body: '<html>' }, { result: 'broken', status: 200 }],
    [
      'discord',
      '429 with fractions of seconds in the body',
      { status: 429, body: '{"message":"limited","retry_after":1.337,"global":false}' },
      { result: 'retry', retryAfterSeconds: 2 },
    ],
    [
      'discord',
      '429 with another body',
      { status: 429, body: '<html>' },
      { result: 'retry', retryAfterSeconds: null },
    ],
    ['discord', '204', { status: 204 }, { result: 'delivered' }],
    ['teams', '200', { status: 200 }, { result: 'delivered' }],
    ['pagerduty', '429 without a wait', { status: 429 }, { result: 'retry', retryAfterSeconds: 120 }],
    ['pagerduty', '200', { status: 200 }, { result: 'broken' }],
    [
      'jira_service_management',
      '429 with a period',
      { status: 429, headers: { 'x-ratelimit-period-in-sec': '60' } },
      { result: 'retry', retryAfterSeconds: 60 },
    ],
    ['webhook', '201', { status: 201 }, { result: 'delivered' }],
  ])('%s: %s', async (kind, _what, mood, expected) => {
    expect(await outcomeOf(kind, mood)).toMatchObject(expected)
  })
})

describe('a message', () => {
  it('to Slack holds no mention and no link but those of actions', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const [message] = await compose('slack', [
          notice({
            source: text,
            headline: text,
            evidence: [text],
            actions: [{ label: text, url: 'https://console.example.com/' }],
          }),
        ])
        const texts = membersOf(JSON.parse(bodyOf(message as Outgoing)), 'text')
        const rest = texts.map((one) => one.replaceAll(/<https:\/\/console\.example\.com\/\|[^<>|]*>/g, ''))
        expect(rest.join('')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
      }),
    )
  })

  it('to Discord escapes what its Markdown begins with', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const [message] = await compose('discord', [
          notice({ headline: text, evidence: [text], actions: [] }),
        ])
        const [description = ''] = membersOf(JSON.parse(bodyOf(message as Outgoing)), 'description')
        const bare = description.replaceAll(/\\./gsu, '').replaceAll(/^\*\*|\*\*$/gm, '')
        expect(bare.replaceAll('shop', '')).not.toMatch(/[*_~`|<@[\]#>]/)
      }),
    )
  })

  it('to Teams escapes what its Markdown begins with', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, async (text) => {
        const [message] = await compose('teams', [notice({ headline: text, evidence: [text], actions: [] })])
        const texts = membersOf(JSON.parse(bodyOf(message as Outgoing)), 'text')
        expect(texts.join('\n').replaceAll(/\\./gsu, '')).not.toMatch(/[*_`[\]()<>]/)
      }),
    )
  })

  it('links only to pages, whose addresses end no link early', async () => {
    const urls = [
      'javascript:alert(1)',
      'not a url',
      'https://a:b@console.example.com/',
      'https://console.example.com/a)|>"b c',
    ]
    const actions = urls.map((url) => ({ label: 'Open', url }))
    const [message] = await compose('webhook', [notice({ actions })])
    expect(JSON.parse(bodyOf(message as Outgoing)).data.actions).toEqual([
      { label: 'Open', url: 'https://console.example.com/a%29%7C%3E%22b%20c' },
    ])
  })
})
