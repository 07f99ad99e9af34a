/** Meanings of the answers of each ESP, by its description, code of others, or else the usual status with an invented body. A new driver is a row. */
import { describe, expect, it } from 'vitest'
import type { Account, Conversation } from '../../src/drivers/driver.ts'
import { DRIVERS, driverOf } from '../../src/drivers/index.ts'
import { converse } from './converse.ts'
import { FAKES } from './fakes/index.ts'

const NOW_MS = Date.UTC(2026, 11, 1, 12)

type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>]

/** Absent: nobody has published it. `until` ends in 90 s. */
interface Row {
  readonly wrong: readonly Answer[]
  readonly weak?: readonly Answer[]
  readonly missing?: readonly Answer[]
  readonly until: readonly Answer[]
  readonly refused?: readonly Answer[]
}

const later = (body: unknown): readonly Answer[] => [[429, body, { 'retry-after': '90' }]]
const errors = (message: string) => ({ errors: [{ message }] })
const aws = (status: number, code: string): Answer => [
  status,
  { message: 'no' },
  { 'x-amzn-errortype': `${code}:` },
]
const sns = (status: number, code: string): Answer => [
  status,
  `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`,
]
const mandrill = (name: string): Answer => [500, { status: 'error', code: -1, name, message: 'no' }]

const ROWS: Readonly<Record<string, Row>> = {
  brevo: {
    wrong: [[401, { code: 'unauthorized', message: 'Key not found' }]],
    weak: [[403, { code: 'permission_denied' }]],
    missing: [[404, { code: 'document_not_found' }]],
    until: [[429, { code: 'too_many_requests' }, { 'x-sib-ratelimit-reset': '90' }]],
  },
  customerio: { wrong: [[401, errors('unauthorized')]], weak: [[403, errors('no')]], until: later({}) },
  'mailchimp-marketing': {
    wrong: [[401, { title: 'API Key Invalid', status: 401 }]],
    weak: [[403, { title: 'Forbidden', status: 403 }]],
    missing: [[404, { title: 'Resource Not Found', status: 404 }]],
    until: later({ title: 'Too Many Requests' }),
  },
  mailgun: {
    wrong: [[401, 'Forbidden']],
    weak: [[403, { message: 'no' }]],
    missing: [[404, { message: 'Domain not found' }]],
    until: later({}),
  },
  mailjet: { wrong: [[401, { ErrorMessage: 'no' }]], until: later({}) },
  mandrill: {
    wrong: [mandrill('Invalid_Key'), [401, { name: 'Invalid_Key' }]],
    missing: [mandrill('Unknown_Webhook'), mandrill('Unknown_Subaccount')],
    until: later({}),
    refused: [mandrill('ValidationError'), mandrill('PaymentRequired')],
  },
  postmark: {
    wrong: [[401, { ErrorCode: 10, Message: 'Bad or missing API token' }]],
    until: later({ ErrorCode: 429 }),
  },
  resend: {
    wrong: [
      [400, { name: 'validation_error', message: 'API key is invalid' }],
      [401, { name: 'missing_api_key', message: 'Missing API Key' }],
      [403, { name: 'invalid_api_key', message: 'API key is invalid' }],
    ],
    weak: [[401, { name: 'restricted_api_key', message: 'This API key is restricted to only send emails' }]],
    missing: [[404, { name: 'not_found' }]],
    until: later({ name: 'rate_limit_exceeded' }),
    refused: [[400, { name: 'validation_error', message: 'One or more fields are wrong' }]],
  },
  sendgrid: {
    wrong: [[401, errors('The provided authorization grant is invalid, expired, or revoked')]],
    weak: [[403, errors('access forbidden')]],
    missing: [[404, errors('resource not found')]],
    until: [[429, errors('too many requests'), { 'x-ratelimit-reset': `${NOW_MS / 1_000 + 90}` }]],
  },
  ses: {
    wrong: [
      aws(403, 'UnrecognizedClientException'),
      aws(403, 'SignatureDoesNotMatch'),
      aws(403, 'InvalidSignatureException'),
      aws(403, 'MissingAuthenticationTokenException'),
      aws(403, 'ExpiredTokenException'),
      aws(400, 'IncompleteSignature'),
      sns(403, 'InvalidClientTokenId'),
      sns(403, 'SignatureDoesNotMatch'),
    ],
    weak: [aws(403, 'AccessDeniedException'), sns(403, 'AuthorizationError')],
    missing: [aws(404, 'NotFoundException'), sns(404, 'NotFound')],
    until: [
      [400, { message: 'Rate exceeded' }, { 'x-amzn-errortype': 'ThrottlingException', 'retry-after': '90' }],
      ...later({}),
    ],
    refused: [aws(400, 'BadRequestException')],
  },
  sparkpost: {
    wrong: [[401, errors('Unauthorized.')]],
    weak: [[403, errors('Forbidden.')]],
    missing: [[404, errors('resource not found')]],
    until: later(errors('Too many requests')),
  },
}

const WORDS = {
  wrong: 'key_refused',
  weak: 'key_too_weak',
  missing: 'not_found',
  until: 'rate_limited',
  refused: 'refused',
} as const

it('every driver has a row', () => {
  expect(Object.keys(ROWS)).toEqual(DRIVERS.map(({ provider }) => provider))
})

const responseOf = ([status, body, headers = {}]: Answer) =>
  typeof body === 'string'
    ? new Response(body, { status, headers })
    : Response.json(body, { status, headers })

function worldOf(provider: string) {
  const [driver, fake] = [driverOf(provider), FAKES.find((one) => one.provider === provider)]
  if (driver === undefined || fake === undefined) throw new Error(`no driver or fake of ${provider}`)
  const { key, settings } = fake
  return { driver, account: { key, settings, url: 'https://gate.example/hooks/a', nowMs: NOW_MS } }
}

describe.each(Object.entries(ROWS))('an answer of %s', (provider, row) => {
  const { driver, account } = worldOf(provider)
  const cases = (Object.keys(WORDS) as (keyof Row)[]).flatMap((kind) =>
    (row[kind] ?? []).map((answer) => ({ kind, answer })),
  )
  it.each(cases)('$kind: $answer', async ({ kind, answer }) => {
    const seen = driver.webhook?.seen(account)
    if (seen === undefined) throw new Error('nothing to ask')
    expect(await converse(driver, account, seen, () => responseOf(answer))).toMatchObject({
      ok: false,
      code: WORDS[kind],
      untilMs: kind === 'until' ? NOW_MS + 90_000 : null,
    })
  })
})

/** Conversations that read a refusal of their ESP as "there are none". */
it.each<[string, (account: Account) => Conversation<unknown> | undefined, Answer, string]>([
  [
    'resend',
    (account) =>
      driverOf('resend')?.webhook?.details?.(account, {
        id: '1',
        url: null,
        enabled: null,
        types: null,
        signed: null,
        lastError: null,
        counts: null,
      }),
    [403, { name: 'invalid_api_key', message: 'API key is invalid' }],
    'key_refused',
  ],
  [
    'sparkpost',
    (account) =>
      driverOf('sparkpost')?.suppressions?.remove?.(account, [
        { address: 'ada@example.com', reason: 'hard_bounce', scope: null, atMs: null },
      ]),
    [403, errors('Forbidden.')],
    'key_too_weak',
  ],
])('of %s, a refused key is none of them', async (provider, begin, answer, code) => {
  const { driver, account } = worldOf(provider)
  const conversation = begin(account)
  if (conversation === undefined) throw new Error('nothing to ask')
  expect(await converse(driver, account, conversation, () => responseOf(answer))).toMatchObject({ code })
})
