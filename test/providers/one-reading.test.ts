/**
 * A signature covers a text, not its parts. Anyone who holds a signed text may split it differently: an old time becomes the
 * beginning of a body. So at most one way to split a text may be accepted.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concat, toHex, utf8 } from '../../src/platform/bytes.ts'
import type { Delivery } from '../../src/providers/shared/presented-credentials.ts'
import { providerNamed } from '../../src/providers/index.ts'
import type { SourceSettings } from '../../src/providers/shared/provider.ts'
import { deliveryOf, posted } from './simulated-events.ts'

/** One way to sign. A text is all parts, with the separators around and between them. */
interface Form {
  readonly provider: string
  readonly settings?: SourceSettings
  readonly separators: readonly string[]
  /** Parts that are accepted. */
  readonly example: readonly string[]
  /** Parts that are signed and must not come in. */
  readonly refused: readonly (readonly string[])[]
  readonly deliver: (parts: readonly string[]) => Delivery
}

/** @param query what a URL of this source may end with */
function delivery(headers: Record<string, string>, body: string, query = ''): Delivery {
  if (!/^(?:\?|$)/.test(query)) throw new RangeError('the URL of another source')
  return deliveryOf({ ...posted(body, headers), query })
}

const SIGNATURE = { algorithm: 'hmac-sha256', header: 'x-signature', encoding: 'hex' } as const
const NAMED = { timestampHeader: 'x-time', idHeader: 'x-id' } as const
const URL_OF_SOURCE = 'https://postern.example/hooks/suite'

/** A free signature whose template has these placeholders, in this order, with these separators. */
function free(
  signed: string,
  example: readonly string[],
  ...refused: Form['refused']
): readonly [string, Form] {
  // Only the query of the URL varies.
  const texts = signed.replace('{url}', `${URL_OF_SOURCE}{query}`).split(/\{(id|timestamp|body|query)\}/)
  const names = texts.filter((_, at) => at % 2 === 1)
  const form: Form = {
    provider: 'generic',
    settings: { signature: { ...SIGNATURE, ...NAMED, signed } },
    separators: texts.filter((_, at) => at % 2 === 0),
    example,
    refused,
    deliver(parts) {
      const of = (name: string) => parts[names.indexOf(name)] ?? ''
      const headers = { 'x-signature': 'ab', 'x-id': of('id'), 'x-time': of('timestamp') }
      return delivery(headers, of('body'), of('query'))
    },
  }
  return [`a free ${signed} with ${JSON.stringify(example)}`, form]
}

const NOW = '1764000000'
const OLD = '1664000000'
const EVENT = '{"a":[1.5,"1764000000.{}"]}'

const standardWebhooks = (provider: string, family: string): Form => ({
  provider,
  separators: ['', '.', '.', ''],
  example: ['msg_1', NOW, EVENT],
  refused: [
    ['msg.1', NOW, EVENT],
    // With an id that has dots, its end may be read as the time, and the old time as part of the body.
    [`msg.${NOW}.x`, OLD, EVENT],
    ['', NOW, EVENT],
    ['msg_1', '', EVENT],
  ],
  deliver: ([id = '', timestamp = '', body = '']) =>
    delivery(
      { [`${family}-id`]: id, [`${family}-timestamp`]: timestamp, [`${family}-signature`]: 'v1,ab' },
      body,
    ),
})

/** A time in a header, then a separator, then the body. */
const timed = (
  provider: string,
  [before, between]: readonly [string, string],
  headers: (timestamp: string) => Record<string, string>,
  refused: Form['refused'] = [['', EVENT]],
): Form => ({
  provider,
  separators: [before, between, ''],
  example: [NOW, EVENT],
  refused,
  deliver: ([timestamp = '', body = '']) => delivery(headers(timestamp), body),
})

const SNS_LINES = ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type']

/** The lines that are signed of an SNS message, with a subject or without. */
const sns = (names: readonly string[], example: readonly string[]): Form => ({
  provider: 'ses',
  separators: [...names.map((name, at) => `${at === 0 ? '' : '\n'}${name}\n`), '\n'],
  example,
  refused: [example.map((part, at) => (at === 1 ? `${part}\nSubject` : part))],
  deliver: (parts) =>
    delivery(
      {},
      JSON.stringify({
        ...Object.fromEntries(names.map((name, at) => [name, parts[at]])),
        SignatureVersion: '2',
        Signature: 'ab',
        SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/a.pem',
      }),
    ),
})
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:mail'
const AT = '2025-11-24T16:00:00.000Z'

const mandrill = (
  example: readonly string[],
  refused: Form['refused'],
  settings: SourceSettings = {},
): Form => ({
  provider: 'mandrill',
  settings,
  separators: [URL_OF_SOURCE, ...example.map(() => '')],
  example,
  refused,
  deliver(parts) {
    // Names and values, behind a query where there is one.
    const [query = ''] = parts.length % 2 === 1 ? parts : []
    const texts = parts.slice(parts.length % 2)
    const fields = Array.from({ length: texts.length / 2 }, (_, at) => texts.slice(2 * at, 2 * at + 2))
    return delivery({ 'x-mandrill-signature': 'ab' }, new URLSearchParams(fields).toString(), query)
  },
})

const FORMS: readonly (readonly [string, Form])[] = [
  ['Standard Webhooks', standardWebhooks('standard-webhooks', 'webhook')],
  ['Standard Webhooks by its older names', standardWebhooks('resend', 'svix')],
  ['Sweego', standardWebhooks('sweego', 'webhook')],
  [
    'generic',
    timed('generic', ['', '.'], (timestamp) => ({
      'x-webhook-signature': 'sha256=ab',
      'x-webhook-timestamp': timestamp,
    })),
  ],
  [
    'generic without a time',
    {
      provider: 'generic',
      separators: ['', ''],
      example: [` \t\r\n${EVENT}`],
      refused: [[`${NOW}.${EVENT}`], ['eyJhbGciOiJIUzI1NiJ9.e30'], [''], [' '], ['"a"'], [`\v${EVENT}`]],
      deliver: ([body = '']) => delivery({ 'x-webhook-signature': 'sha256=ab' }, body),
    },
  ],
  [
    'SendGrid',
    timed(
      'sendgrid',
      ['', ''],
      (timestamp) => ({
        'x-twilio-email-event-webhook-signature': 'ab',
        'x-twilio-email-event-webhook-timestamp': timestamp,
      }),
      [
        ['176400000', `0${EVENT}`],
        [`${NOW}1`, EVENT],
        [`0${NOW}`, EVENT],
      ],
    ),
  ],
  [
    'Customer.io',
    timed('customerio', ['v0:', ':'], (timestamp) => ({
      'x-cio-signature': 'ab',
      'x-cio-timestamp': timestamp,
    })),
  ],
  [
    'Emailit',
    timed('emailit', ['', '.'], (timestamp) => ({
      'x-emailit-signature': 'ab',
      'x-emailit-timestamp': timestamp,
    })),
  ],
  [
    'Lettermint',
    timed('lettermint', ['', '.'], (timestamp) => ({ 'x-lettermint-signature': `t=${timestamp},v1=ab` })),
  ],
  [
    'Mailgun',
    {
      provider: 'mailgun',
      separators: ['', '', ''],
      example: [NOW, '0123456789abcdef'],
      refused: [
        ['176400000', '0abcdef'],
        [`${NOW}1`, 'abcdef'],
      ],
      deliver: ([timestamp = '', token = '']) =>
        delivery(
          { 'content-type': 'application/json' },
          JSON.stringify({ signature: { timestamp, token, signature: 'ab' } }),
        ),
    },
  ],
  [
    'Mailomat',
    {
      provider: 'mailomat',
      separators: ['', '.', '.', ''],
      example: ['id-1', 'delivered', NOW],
      refused: [
        ['id.1', 'delivered', NOW],
        ['id-1', 'de.livered', NOW],
      ],
      deliver: ([id = '', event = '', timestamp = '']) =>
        delivery(
          {
            'x-mom-webhook-signature': 'sha256=ab',
            'x-mom-webhook-id': id,
            'x-mom-webhook-event': event,
            'x-mom-webhook-timestamp': timestamp,
          },
          '{}',
        ),
    },
  ],
  [
    'Klaviyo',
    {
      provider: 'klaviyo',
      separators: ['', '', ''],
      example: ['{"meta":{"timestamp":"2025-11-24T16:00:00+00:00"}}', 'Mon, 24 Nov 2025 11:00:00 GMT'],
      refused: [['{"meta":{"timestamp":"2025-11-24T16:00:00+00:00"}', '}Mon, 24 Nov 2025 11:00:00 GMT']],
      deliver: ([body = '', timestamp = '']) =>
        delivery({ 'klaviyo-signature': 'ab', 'klaviyo-timestamp': timestamp }, body),
    },
  ],
  ['SNS', sns(SNS_LINES, ['x\nMessageId\n1', 'id-1', AT, TOPIC, 'Notification'])],
  [
    'SNS with a subject',
    sns(
      ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
      ['x\nMessageId\n1\nSubject\na', 'id-1', 'MessageId', AT, TOPIC, 'Notification'],
    ),
  ],
  [
    'Mandrill',
    mandrill(
      ['?k=v', 'mandrill_events', '[{"event":"open"}]'],
      [
        ['?k=v', 'mandrill_event', 's[{"event":"open"}]'],
        ['?k=v', 'mandrill_events', '{"event":"open"}'],
        ['?k=', 'vmandrill_events', '[{"event":"open"}]'],
      ],
    ),
  ],
  [
    'Mandrill with a field that nobody reads',
    mandrill(
      ['a', '1', 'mandrill_events', '[1]'],
      [
        // The beginning of the events in one unread field, the end in another.
        ['m', 'andrill_events["', 'mandrill_events', '[1]'],
        ['mandrill_events', '[1]', 'z', ''],
        ['mandrill_events', '[1]', 'mandrill_events', '[1]'],
      ],
      { publicUrl: URL_OF_SOURCE },
    ),
  ],
  free('{body}', [EVENT]),
  free('{body}', ['<html>']),
  free('v1:{body}', ['']),
  free(
    '{id}.{timestamp}.{body}',
    ['<a.b@example.com>', NOW, EVENT],
    [`a.${NOW}`, OLD, EVENT],
    [`a.${NOW}.x`, OLD, EVENT],
  ),
  free('{id}.{timestamp}.{body}', ['a', NOW, `x.${OLD}.${EVENT}`]),
  free('{timestamp}.{body}', [NOW, `1.${OLD}.`]),
  free('{timestamp}1.{body}', [NOW, EVENT], [NOW, '<html>']),
  free('{body}.{timestamp}', [`${EVENT}.1`, NOW]),
  free('{id}.{body}', ['a.b', EVENT], ['a', '<html>'], ['a', '']),
  free('{timestamp}.{id}.{body}', [NOW, 'a.b', EVENT], [NOW, 'a.{b', EVENT], [NOW, 'a', `b.${EVENT}`]),
  free('{timestamp}{body}', [NOW, EVENT], [NOW, `1${EVENT}`]),
  free('{id}{body}', ['a-1', EVENT], ['a[', EVENT]),
  free('{timestamp}{id}{body}', [], [NOW, 'a', EVENT]),
  free('{id}{timestamp}{body}', ['a', NOW, EVENT], ['a1', NOW, EVENT]),
  free('{url}{body}', ['?a=1', EVENT], ['?a=[', `1]${EVENT}`], ['?a=[', EVENT]),
  free('{url}.{body}', ['?a=1.2', EVENT], ['?a=.[', `.${EVENT}`], ['?a=1', `2.${EVENT}`]),
  free('{url}?t={timestamp}.{body}', ['', NOW, EVENT], ['?t=1', NOW, EVENT]),
  free('POST{url}{body}{timestamp}', ['?a=1', EVENT, NOW], ['?a=1', `${EVENT}1`, NOW]),
  free('{body}.{timestamp}', [EVENT, NOW]),
  free('{body}{id}', [EVENT, 'a-1'], [EVENT, 'a}'], [`${EVENT}a`, 'b']),
  free('{body}.{id}.{timestamp}', [EVENT, 'a.b', NOW], [EVENT, `a}.${OLD}`, NOW]),
]

/** All that the parser takes a delivery for, as text; `undefined` where it refuses it or has other bytes signed. */
function readingOf({ provider, settings = {}, deliver }: Form, text: string, parts: readonly string[]) {
  const [method] = providerNamed(provider)?.authMethods ?? []
  let presented
  try {
    presented = deliver(parts)
  } catch {
    // Values that no header can hold are skipped.
    return undefined
  }
  const credentials = method?.credentials(presented, settings)
  if (credentials === undefined || !('signed' in credentials)) return undefined
  if (toHex(concat(credentials.signed)) !== toHex(utf8(text))) return undefined
  const signedAt = credentials.signedAtOnceVerified?.() ?? credentials.signedAtSeconds
  if (typeof signedAt === 'object') return undefined
  return JSON.stringify([signedAt, credentials.identity.map(toHex)])
}

const textOf = ({ separators }: Form, parts: readonly string[]): string =>
  separators.map((separator, at) => separator + (parts[at] ?? '')).join('')

/** Each way to cut a text into parts. */
function* cuts(text: string, [first = '', ...separators]: readonly string[]): Generator<readonly string[]> {
  if (!text.startsWith(first)) return
  yield* cutsBehind(text.slice(first.length), separators)
}
function* cutsBehind(text: string, separators: readonly string[]): Generator<readonly string[]> {
  const [separator = '', ...others] = separators
  if (others.length === 0) {
    if (text.endsWith(separator)) yield [text.slice(0, text.length - separator.length)]
    return
  }
  for (let at = text.indexOf(separator); at >= 0 && at <= text.length; at = nextOf(text, separator, at))
    for (const behind of cutsBehind(text.slice(at + separator.length), others))
      yield [text.slice(0, at), ...behind]
}
const nextOf = (text: string, separator: string, at: number): number =>
  at === text.length ? -1 : text.indexOf(separator, at + 1)

describe.each(FORMS)('%s', (_name, form) => {
  const readings = (text: string) =>
    new Set(
      [...cuts(text, form.separators)]
        .map((parts) => readingOf(form, text, parts))
        .filter((reading) => reading !== undefined),
    )

  if (form.example.length > 0)
    it('accepts a genuine delivery', () => {
      const text = textOf(form, form.example)
      expect(readingOf(form, text, form.example)).toBeTypeOf('string')
      expect(readings(text).size).toBe(1)
    })

  it.each(form.refused.map((parts) => [parts]))('refuses %j', (parts) => {
    expect(readingOf(form, textOf(form, parts), parts)).toBeUndefined()
  })

  it('has one reading for any text', () => {
    const bare = form.separators.slice(1, -1).filter((separator) => separator === '').length
    const longest = (form.separators[0] ?? '').length + ([240, 80, 40][bare] ?? 28)
    // Pieces of the genuine text and of its delimiters.
    const pieces = [...form.example, ...form.refused.flat(), ...form.separators]
    const piece = fc.oneof(
      fc.constantFrom(...pieces, NOW, OLD, EVENT),
      fc.constantFrom('.', '1', '{', '}', '[', ']', '\n', ' ', ':', '?', 'a', 'mandrill_events', ''),
    )
    const part = fc.array(piece, { minLength: 1, maxLength: 3 }).map((found) => found.join('').slice(0, 60))
    const parts = fc
      .tuple(
        fc.array(part, { minLength: 6, maxLength: 6 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      )
      .map(([made, kept]) => made.map((one, at) => (kept[at] === true ? (form.example[at] ?? one) : one)))
    fc.assert(
      fc.property(parts, (some) => {
        const text = textOf(form, some.slice(0, form.separators.length - 1)).slice(0, longest)
        expect(readings(text).size).toBeLessThanOrEqual(1)
      }),
      { numRuns: 30 },
    )
  })
})
