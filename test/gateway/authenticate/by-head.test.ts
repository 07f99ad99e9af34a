/** Refusals by the head: the whole delivery would have been refused as well, and genuine deliveries pass. */
import { describe, expect, it, vi } from 'vitest'
import { type Sender, type OutgoingRequest } from '../../../src/simulator/sender.ts'
import { SENDERS } from '../../../src/simulator/senders/index.ts'
import { authenticate, refusedByHead } from '../../../src/gateway/authenticate/index.ts'
import type { Delivery, DeliveryHead } from '../../../src/providers/shared/presented-credentials.ts'
import { providerNamed } from '../../../src/providers/index.ts'
import { readDocument } from '../../../src/registry/sources/read-document.ts'
import type { Source } from '../../../src/registry/sources/source.ts'
import { NOW_SECONDS, anySimulatedEvent, deliveryOf, posted } from '../../providers/simulated-events.ts'

const noNetwork = vi.fn<typeof fetch>(() => Promise.reject(new TypeError('network down')))
const DEPS = { nowMs: NOW_SECONDS * 1_000, fetch: noNetwork }

async function sourceOf(document: object): Promise<Source> {
  const read = await readDocument(document, undefined)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return { name: 'by-head', version: 1, config: read.config, secrets: read.secrets }
}

async function judged(source: Source, delivery: Delivery) {
  const provider = providerNamed(source.config.provider)
  if (provider === undefined) throw new Error('no such provider')
  const { body, ...head } = delivery
  const [whole, byHead] = [
    await authenticate({ ...head, body }, provider, source, DEPS),
    await refusedByHead(head satisfies DeliveryHead, provider, source, DEPS),
  ]
  return { whole: whole.outcome, byHead: byHead?.outcome }
}

/** Providers whose proof is in the body, or in the body as well: their heads lack nothing. */
const IN_BODY: ReadonlySet<string> = new Set(['mailgun', 'ses', 'scaleway-tem', 'unisender-go'])

async function sent(
  sender: Sender,
): Promise<{ source: Source; request: OutgoingRequest; url: string | undefined }> {
  const account = await sender.open()
  const source = await sourceOf(account.document)
  const request = await account.deliver([anySimulatedEvent(account)], NOW_SECONDS)
  return { source, request, url: source.config.publicUrl }
}

describe.each(SENDERS.map((sender) => [sender.provider, sender] as const))(
  'the head of %s',
  (name, sender) => {
    it('passes when it is genuine', async () => {
      const { source, request, url } = await sent(sender)
      expect((await judged(source, deliveryOf(request, url))).byHead).toBeUndefined()
    })

    it('is refused without its proof, for the same reason as the whole', async () => {
      const { source, request, url } = await sent(sender)
      const headers = { 'content-type': request.headers['content-type'] ?? 'application/json' }
      const { whole, byHead } = await judged(source, deliveryOf({ ...request, headers, query: '' }, url))
      if (IN_BODY.has(name)) expect(byHead).toBeUndefined()
      else {
        expect(byHead).toMatchObject({ ok: false })
        expect(byHead).toEqual(whole)
      }
    })
  },
)

describe('a head', () => {
  const SECRETS = {
    hmac: 'a secret of the tests that nobody guesses',
    api_key: 'a key of the tests that nobody guesses',
    basic_auth: { username: 'shop', password: 'a password of the tests' },
  }
  const SIGNED = {
    'x-webhook-signature': `sha256=${'00'.repeat(32)}`,
    'x-webhook-timestamp': String(NOW_SECONDS),
  }
  const basic = (password: string) => ({ authorization: `Basic ${btoa(`shop:${password}`)}` })
  const headed = (headers: Record<string, string>) => deliveryOf(posted('', headers))

  const any = { provider: 'generic', secrets: SECRETS }
  const all = { ...any, auth: { require: 'all' } }
  const onlyKey = { provider: 'generic', secrets: { api_key: SECRETS.api_key } }
  const onlyBasic = { provider: 'generic', secrets: { basic_auth: SECRETS.basic_auth } }
  const onlyHmac = { provider: 'generic', secrets: { hmac: SECRETS.hmac } }

  it.each<[string, object, Record<string, string>, string | undefined]>([
    ['with no proof at all', any, {}, 'header_missing'],
    ['with a wrong key of several methods', any, { 'x-api-key': 'wrong' }, 'credentials_wrong'],
    ['with a wrong key beside a signature', any, { 'x-api-key': 'wrong', ...SIGNED }, undefined],
    ['with the right key', any, { 'x-api-key': SECRETS.api_key }, undefined],
    ['with the right key where all are needed', all, { 'x-api-key': SECRETS.api_key }, 'header_missing'],
    [
      'with one wrong where all are needed',
      all,
      { ...SIGNED, ...basic(SECRETS.basic_auth.password), 'x-api-key': 'wrong' },
      'credentials_wrong',
    ],
    [
      'with all that are needed',
      all,
      { ...SIGNED, ...basic(SECRETS.basic_auth.password), 'x-api-key': SECRETS.api_key },
      undefined,
    ],
    ['with a key cut short', onlyKey, { 'x-api-key': SECRETS.api_key.slice(0, -1) }, 'credentials_wrong'],
    ['with a wrong password', onlyBasic, basic('wrong'), 'credentials_wrong'],
    ['with Basic of another form', onlyBasic, { authorization: 'Basic ?' }, 'proof_malformed'],
    ['with a time that is none', onlyHmac, { ...SIGNED, 'x-webhook-timestamp': '1e9' }, 'proof_malformed'],
    ['with a signature without its prefix', onlyHmac, { 'x-webhook-signature': '00' }, 'proof_malformed'],
    // The body tells whether a sender signed the old time.
    ['with an old time', onlyHmac, { ...SIGNED, 'x-webhook-timestamp': '1' }, undefined],
    [
      'with a signature and no time',
      onlyHmac,
      { 'x-webhook-signature': SIGNED['x-webhook-signature'] },
      undefined,
    ],
  ])('%s', async (_what, document, headers, code) => {
    const { byHead } = await judged(await sourceOf(document), headed(headers))
    expect(byHead).toEqual(code === undefined ? undefined : expect.objectContaining({ ok: false }))
    if (byHead !== undefined && !byHead.ok) expect(byHead.refusal.code).toBe(code)
  })

  it('of a source without a secret is refused', async () => {
    const source = await sourceOf(onlyKey)
    const { whole, byHead } = await judged(
      { ...source, secrets: {} },
      headed({ 'x-api-key': SECRETS.api_key }),
    )
    expect(byHead).toEqual({ ok: false, refusal: { code: 'secret_missing' } })
    expect(byHead).toEqual(whole)
  })

  it.each([
    ['a token', { provider: 'generic', secrets: { jwks_url: 'https://keys.example/set' } }],
    [
      'an access token',
      {
        provider: 'generic',
        secrets: {
          oauth2: {
            introspection_url: 'https://id.example/introspect',
            client_id: 'postern',
            client_secret: SECRETS.hmac,
          },
        },
      },
    ],
  ])('with %s causes no request', async (_what, document) => {
    const source = await sourceOf(document)
    const provider = providerNamed('generic')
    if (provider === undefined) throw new Error('no such provider')
    noNetwork.mockClear()
    const { body: _, ...head } = headed({ authorization: 'Bearer e30.e30.AAAA' })
    expect(await refusedByHead(head, provider, source, DEPS)).toBeUndefined()
    expect(noNetwork).not.toHaveBeenCalled()
  })
})
