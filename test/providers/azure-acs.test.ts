import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { azureAcs as sender } from '../../src/simulator/senders/azure-acs.ts'
import { statusOf } from '../../src/gateway/respond.ts'
import { utf8 } from '../../src/platform/bytes.ts'
import { azureAcs } from '../../src/providers/azure-acs.ts'
import type { Delivery } from '../../src/providers/shared/presented-credentials.ts'
import { NOW_SECONDS, deliveryOf, withHeader, posted } from './simulated-events.ts'
import { jwkPair, token } from '../gateway/authenticate/tokens.ts'
import { readDocument } from '../../src/registry/sources/read-document.ts'
import { judge, sent } from './judge.ts'
import { identityOf, open, readItem } from './natives.ts'
import { describeProvider } from './suite.ts'

describeProvider(sender, azureAcs, { signsTime: false, batches: true })

const DELIVERY = 'Microsoft.Communication.EmailDeliveryReportReceived'
const ENGAGEMENT = 'Microsoft.Communication.EmailEngagementTrackingReportReceived'

const eventGrid = (eventType: string, data: Record<string, unknown>) => ({
  id: 'e1',
  topic: '/acs',
  eventType,
  data: { messageId: 'm1', recipient: 'ada@example.com', ...data },
  eventTime: '2025-11-24T15:59:30Z',
})

const cloudEvent = (type: string, data: Record<string, unknown>) => ({
  specversion: '1.0',
  id: 'e1',
  source: '/acs',
  type,
  data: { messageId: 'm1', recipient: 'ada@example.com', ...data },
  time: '2025-11-24T15:59:30Z',
})

describe.each([
  ['Event Grid', eventGrid],
  ['CloudEvents', cloudEvent],
] as const)('Azure in the schema of %s', (_schema, event) => {
  it.each([
    ['Delivered', { type: 'email.delivered' }],
    ['Expanded', { type: 'email.sent' }],
    ['Bounced', { type: 'email.bounced', bounce_type: 'hard' }],
    ['Suppressed', { type: 'email.rejected', reject_reason: 'other' }],
    ['FilteredSpam', { type: 'email.bounced', bounce_type: 'blocked' }],
    ['Quarantined', { type: 'email.bounced', bounce_type: 'blocked' }],
    ['Failed', { type: 'email.bounced', bounce_type: 'undetermined' }],
    ['Invented', { type: 'email.unknown' }],
  ])('a report of %s', (status, expected) => {
    expect(readItem(azureAcs, event(DELIVERY, { status }))).toMatchObject([
      {
        ...expected,
        native_type: `${DELIVERY}/${status}`,
        provider_event_id: 'e1',
        message_id: 'm1',
        recipient: 'ada@example.com',
      },
    ])
  })

  it.each(['click', 'Click'])('a %s, whose context is the link', (engagementType) => {
    const data = { engagementType, engagementContext: 'https://example.net/a', userAgent: 'UA' }
    expect(readItem(azureAcs, event(ENGAGEMENT, data))).toMatchObject([
      { type: 'email.clicked', url: 'https://example.net/a', user_agent: 'UA' },
    ])
  })

  it.each(['view', 'View'])(
    'a %s, whose context is no link and whose recipient may be missing',
    (engagementType) => {
      const data = { engagementType, engagementContext: 'x', userAgent: '', recipient: undefined }
      const [draft] = readItem(azureAcs, event(ENGAGEMENT, data)) ?? []
      expect(draft).toMatchObject({ type: 'email.opened', native_type: `${ENGAGEMENT}/${engagementType}` })
      expect([draft?.url, draft?.user_agent, draft?.recipient]).toEqual([undefined, undefined, undefined])
    },
  )

  it('a report that has the Message-ID header, which finds the message as well', () => {
    const data = { status: 'Delivered', internetMessageId: '<own-id@example.net>' }
    expect(readItem(azureAcs, event(DELIVERY, data))).toMatchObject([
      { message_id: 'm1', other_message_ids: ['<own-id@example.net>'] },
    ])
  })

  it.each(['SMSReceived', 'SMSDeliveryReportReceived', 'ChatMessageReceived', 'AdvancedMessageReceived'])(
    'an event of another channel is dropped: %s',
    (name) => {
      const data = { from: '+4917612345678', message: 'Your code is 1234' }
      expect(readItem(azureAcs, event(`Microsoft.Communication.${name}`, data))).toEqual([])
    },
  )

  it('an event of another product is kept', () => {
    expect(readItem(azureAcs, event('Microsoft.Storage.BlobCreated', {}))).toMatchObject([
      { type: 'email.unknown', native_type: 'Microsoft.Storage.BlobCreated' },
    ])
  })

  it.each([
    'deliveryAttemptTimeStamp',
    'deliveryAttemptTimestamp',
    'userActionTimeStamp',
    'userActionTimestamp',
  ])('prefers the time %s to the time of the envelope', (field) => {
    const data = { status: 'Delivered', [field]: '2025-11-24T15:59:00.2855749Z' }
    expect(readItem(azureAcs, event(DELIVERY, data))).toMatchObject([
      { occurredAtMs: Date.parse('2025-11-24T15:59:00.285Z') },
    ])
    expect(readItem(azureAcs, event(DELIVERY, { status: 'Delivered' }))).toMatchObject([
      { occurredAtMs: Date.parse('2025-11-24T15:59:30Z') },
    ])
  })

  it('reads the reason and its codes', () => {
    const data = { status: 'Bounced', deliveryStatusDetails: { statusMessage: '550 5.1.1 User unknown' } }
    expect(readItem(azureAcs, event(DELIVERY, data))).toMatchObject([
      { reason: '550 5.1.1 User unknown', smtp_code: '550', enhanced_code: '5.1.1' },
    ])
  })
})

describe('the identity of an Azure event', () => {
  it('is its id under its topic, in either schema', () => {
    const one = identityOf(azureAcs, eventGrid(DELIVERY, { status: 'Delivered' }))
    expect(one).toEqual([expect.any(Number), '/acs', 'e1'])
    expect(identityOf(azureAcs, cloudEvent(DELIVERY, { status: 'Delivered' }))).toEqual(one)
  })

  it('is its content if it has no id', () => {
    const [one, other] = ['m1', 'm2'].map((messageId) =>
      identityOf(azureAcs, { ...eventGrid(DELIVERY, { messageId }), id: undefined }),
    )
    expect(one).not.toEqual(other)
  })
})

describe('the handshake of Event Grid', () => {
  const asked = {
    id: 'v1',
    eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
    data: { validationCode: 'code-1', validationUrl: 'https://evil.example/' },
  }

  it('gets its code back and no call', () => {
    expect(open(azureAcs, JSON.stringify([asked]))).toEqual({
      kind: 'handshake',
      json: { validationResponse: 'code-1' },
    })
  })

  it.each([
    ['among other events', [asked, eventGrid(DELIVERY, { status: 'Delivered' })]],
    ['without a code', [{ ...asked, data: {} }]],
    ['with a code that is no text', [{ ...asked, data: { validationCode: ['x'] } }]],
  ])('is none %s', (_what, items) => {
    expect(open(azureAcs, JSON.stringify(items))).toMatchObject({ kind: 'items' })
    expect(readItem(azureAcs, items[0])).toEqual([])
  })

  it('is refused without the secret', async () => {
    const { account, request } = await sent(sender)
    const body = utf8(JSON.stringify([asked]))
    expect(await judge(account, { ...request, query: '', body })).toMatchObject({ ok: false })
  })
})

const asking = (method: string, origin: string | undefined): Delivery => ({
  ...deliveryOf(posted('', origin === undefined ? {} : { 'WebHook-Request-Origin': origin })),
  method,
})

describe('the handshake of CloudEvents', () => {
  it('is allowed for the origin that asks', () => {
    expect(azureAcs.answerValidation?.(asking('OPTIONS', 'eventgrid.azure.net'))).toEqual({
      status: 200,
      headers: { 'webhook-allowed-origin': 'eventgrid.azure.net', 'webhook-allowed-rate': '*' },
    })
  })

  it.each([
    ['POST', 'eventgrid.azure.net'],
    ['OPTIONS', undefined],
    ['OPTIONS', ''],
    ['OPTIONS', '*'],
    ['OPTIONS', 'https://eventgrid.azure.net'],
    ['OPTIONS', 'a b'],
    ['OPTIONS', '-a.example'],
    ['OPTIONS', 'a'.repeat(254)],
  ])('is no answer to %s from %j', (method, origin) => {
    expect(azureAcs.answerValidation?.(asking(method, origin))).toBeUndefined()
  })

  it('returns nothing that a header cannot contain', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.*:/ -~-]{0,300}$/), (origin) => {
        const validation = azureAcs.answerValidation?.(asking('OPTIONS', origin))
        expect(validation?.headers?.['webhook-allowed-origin'] ?? 'a').toMatch(/^[A-Za-z0-9.-]{1,253}$/)
      }),
    )
  })
})

describe('the credentials of Azure', () => {
  it('also by static headers', async () => {
    const secrets = { headers: { 'X-Postern-Key': 'a long header secret' } }
    const request = { ...(await sent(sender)).request, query: '' }
    const by = (value: string | null) =>
      judge({ document: { provider: 'azure-acs', secrets } }, withHeader(request, 'x-postern-key', value))
    expect(await by('a long header secret')).toMatchObject({ ok: true })
    expect(await by('another header secret')).toMatchObject({ ok: false })
    expect(await by(null)).toMatchObject({ ok: false })
  })

  it.each(['', '?code=', '?code=wrong-but-long-enough', '?CODE=x'])('not by the query %j', async (query) => {
    const { account, request } = await sent(sender)
    expect(await judge(account, { ...request, query })).toMatchObject({ ok: false })
  })

  it('leaves its secret behind: what is kept of a delivery does not hold it', async () => {
    const { account, request } = await sent(sender)
    const judged = await judge(account, { ...request, query: `${request.query}&env=test` })
    expect(judged.ok ? judged.value.delivery.query.toString() : judged.refusal).toBe('env=test')
  })

  it('never gets a 400, 401, 403 or 413 for failed verification, after which Event Grid would not retry', () => {
    expect(statusOf('credentials_wrong', azureAcs)).toBe(429)
    expect(statusOf('queue_unavailable', azureAcs)).toBe(503)
  })
})

describe('a Microsoft Entra ID token', () => {
  const JWKS_URL = 'https://login.example/keys'
  const ISSUER = 'https://login.example/tenant/v2.0'
  const AUDIENCE = 'api://postern'
  const CLAIMS = {
    iss: ISSUER,
    aud: AUDIENCE,
    iat: NOW_SECONDS - 10,
    nbf: NOW_SECONDS - 10,
    exp: NOW_SECONDS + 3_600,
  }
  const documentWith = (jwt: object | undefined) => ({
    provider: 'azure-acs',
    secrets: { jwks_url: JWKS_URL },
    ...(jwt === undefined ? {} : { jwt }),
  })

  it.each<[string, object, boolean]>([
    ['as it must be', {}, true],
    ['of another tenant, under the same keys', { iss: 'https://login.example/other/v2.0' }, false],
    ['for another application', { aud: 'api://other' }, false],
    ['without an issuer', { iss: undefined }, false],
    ['without an audience', { aud: undefined }, false],
    ['that is over', { exp: NOW_SECONDS - 61 }, false],
  ])('%s %j verifies a delivery: %s', async (_what, changes, ok) => {
    const { sign, jwk } = await jwkPair('RS256', 'k1')
    const request = { ...(await sent(sender)).request, query: '' }
    const bearer = await token({ alg: 'RS256', typ: 'JWT', kid: 'k1' }, { ...CLAIMS, ...changes }, sign)
    // The isolate remembers a key set by its URL.
    const jwksUrl = `${JWKS_URL}/${crypto.randomUUID()}`
    const jwt = { issuer: ISSUER, audience: AUDIENCE }
    const document = { provider: 'azure-acs', secrets: { jwks_url: jwksUrl }, jwt }
    const serves = { [jwksUrl]: JSON.stringify({ keys: [jwk] }) }
    const signed = withHeader(request, 'authorization', `Bearer ${bearer}`)
    expect(await judge({ document, serves }, signed)).toMatchObject({ ok })
  })

  it.each<[string, object | undefined, readonly string[]]>([
    ['nothing', undefined, ['jwt.issuer', 'jwt.audience']],
    ['the issuer alone', { issuer: ISSUER }, ['jwt.audience']],
    ['the audience alone', { audience: AUDIENCE }, ['jwt.issuer']],
    ['empty texts', { issuer: '', audience: '' }, ['jwt.issuer', 'jwt.audience']],
    ['both', { issuer: ISSUER, audience: AUDIENCE }, []],
  ])('is refused in a document that sets %s', async (_what, jwt, paths) => {
    const read = await readDocument(documentWith(jwt), undefined)
    expect(read.ok ? [] : read.problems.map(({ path }) => path)).toEqual(paths)
  })

  it('need not be restricted if the source does not use it', async () => {
    const secrets = { jwks_url: JWKS_URL, query: { code: 'a-long-query-secret' } }
    const document = { provider: 'azure-acs', secrets, auth: { methods: ['query'] } }
    expect(await readDocument(document, undefined)).toMatchObject({ ok: true })
  })
})
