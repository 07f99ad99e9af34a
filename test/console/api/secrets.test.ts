import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { sending } from '../credentials.ts'
import { migrate, newConsole, registryWith } from '../support.ts'

const SECRET = 'a-shared-secret-of-the-secrets-test'
const BROUGHT = 'a-brought-secret-of-the-secrets-test'
const GENERIC = { provider: 'generic', secrets: { hmac: SECRET } }

beforeAll(migrate)

async function withSource(document: Record<string, unknown> = GENERIC) {
  const here = newConsole()
  const name = `secrets-${crypto.randomUUID()}`
  await here.api('PUT', `/api/sources/${name}`, document)
  const post = (path: string, body: unknown, reason?: string) =>
    sending(here, env.ADMIN_TOKEN)(
      'POST',
      `/api/sources/${name}/secrets/${path}`,
      body,
      reason === undefined ? {} : { 'x-reason': reason },
    )
  return { here, name, post }
}

it('a slot that is not there is answered with those that are', async () => {
  const { api } = newConsole()
  await api('PUT', '/api/sources/slots', { provider: 'sendgrid' })
  const { status, json } = await api('POST', '/api/sources/slots/secrets/publickey/rotate', { value: 'x' })
  expect([status, json['code']]).toEqual([404, 'secret_unknown'])
  expect(json['detail']).toBe(
    'The source has no slot of this name. Its slots are public_key, oauth2, esp_api_token.',
  )
})

describe('a rotation', () => {
  it('with If-Match is made once for the version that its sender saw', async () => {
    const { here, name } = await withSource()
    const { headers } = await here.api('GET', `/api/sources/${name}`)
    const rotate = (value: string) =>
      sending(here, env.ADMIN_TOKEN)(
        'POST',
        `/api/sources/${name}/secrets/hmac/rotate`,
        { value },
        { 'if-match': headers.get('etag') ?? '' },
      )
    expect((await rotate(BROUGHT)).status).toBe(200)
    expect(await rotate(`${BROUGHT}-2`)).toMatchObject({ status: 412, json: { code: 'version_conflict' } })
  })

  it('of a generated value returns a link and never the value, and stays pending until the link is used', async () => {
    const { here, name, post } = await withSource()
    const { status, json } = await post('hmac/rotate', {})
    expect(status).toBe(200)
    expect(json).toEqual({
      source: name,
      slot: 'hmac',
      version: 2,
      state: 'pending',
      link: {
        url: expect.stringMatching(/^https:\/\/console\.example\/retrieve\?link=[A-Za-z0-9_-]{43}$/),
        ends_at: expect.any(String),
      },
      esp: null,
      unreached_guards: [],
    })
    const endsInMs = Date.parse((json['link'] as { ends_at: string }).ends_at) - here.clock.nowMs
    expect(Math.abs(endsInMs - 24 * 3_600_000)).toBeLessThan(60_000)
    const read = await here.api('GET', `/api/sources/${name}`)
    expect(read.json['rotations']).toEqual([
      expect.objectContaining({ slot: 'hmac', state: 'waiting', made_here: true }),
    ])
  })

  it('to the operator’s own value is active immediately, without a link', async () => {
    const { post } = await withSource()
    const { json } = await post('hmac/rotate', { value: BROUGHT, grace_seconds: 60 })
    expect(json).toMatchObject({ version: 2, state: 'active', link: null })
    expect(JSON.stringify(json)).not.toContain(BROUGHT)
  })

  it('in an emergency is active immediately', async () => {
    const { here, name, post } = await withSource()
    const { json } = await post('hmac/rotate', { emergency: true }, 'It stood in a ticket.')
    expect(json).toMatchObject({ version: 2, state: 'active', link: { url: expect.any(String) } })
    const read = await here.api('GET', `/api/sources/${name}`)
    expect(read.json['secret_versions']).toMatchObject([{ state: 'revoked' }, { state: 'active' }])
  })

  it.each<[string, string, unknown, number, string]>([
    ['an unknown slot', 'nothing/rotate', {}, 404, 'secret_unknown'],
    ['a placeholder as the value', 'hmac/rotate', { value: 'changeme' }, 422, 'document_invalid'],
    ['an unknown field', 'hmac/rotate', { urgent: true }, 422, 'body_invalid'],
    ['a link that lasts too long', 'hmac/rotate', { link_seconds: 8 * 86_400 }, 422, 'body_invalid'],
    ['a grace period of a year', 'hmac/rotate', { grace_seconds: 365 * 86_400 }, 422, 'body_invalid'],
    ['a malformed version', 'hmac/one/activate', {}, 404, 'secret_unknown'],
    ['the last secret', 'hmac/1/revoke', {}, 409, 'would_strand'],
    ['a link for an active version', 'hmac/1/link', {}, 404, 'secret_unknown'],
  ])('is refused for %s', async (_what, path, body, status, code) => {
    const { post } = await withSource()
    const refused = await post(path, body)
    expect({ status: refused.status, code: refused.json['code'] }).toEqual({ status, code })
    expect(JSON.stringify(refused.json)).not.toContain('changeme')
  })

  it('of a secret that the ESP generates needs its value', async () => {
    const { post } = await withSource({ provider: 'mailgun', secrets: { signing_key: SECRET } })
    expect((await post('signing_key/rotate', {})).json).toMatchObject({ status: 409, code: 'value_needed' })
  })
})

describe('a call that cannot be undone', () => {
  const DANGEROUS: readonly [string, string, unknown][] = [
    ['an emergency', 'hmac/rotate', { emergency: true }],
    ['a forced rotation', 'hmac/rotate', { force: true }],
    ['a forced revocation', 'hmac/1/revoke', { force: true }],
  ]

  it.each(DANGEROUS)('needs a reason: %s', async (_what, path, body) => {
    const { here, name, post } = await withSource()
    for (const reason of [undefined, '', '   ']) {
      const { status, json } = await post(path, body, reason)
      expect({ status, code: json['code'] }).toEqual({ status: 400, code: 'reason_needed' })
    }
    const read = await here.api('GET', `/api/sources/${name}`)
    expect(read.json['secret_versions']).toMatchObject([{ slot: 'hmac', version: 1, state: 'active' }])
    expect((await post(path, body, 'The laptop is gone.')).status).toBe(200)
    const lines = await env.REGISTRY.getByName('registry').audit.before(Number.MAX_SAFE_INTEGER, 1)
    expect(lines[0]?.text).toContain('The laptop is gone.')
  })
})

it('lists guards that did not acknowledge a change, and how long they may accept the old value', async () => {
  const view = await env.REGISTRY.getByName('registry').sources.list()
  const [source] = view
  if (source === undefined) throw new Error('there is a source')
  const REGISTRY = registryWith({
    sources: {
      changeSecret: async () => ({
        ok: true,
        created: false,
        changed: true,
        version: 1,
        link: null,
        owner: source,
        unreached: [{ guard: 'shop#0', old_value_may_live_seconds: 30 }],
      }),
    },
  })
  const { json } = await newConsole({ REGISTRY }).api('POST', '/api/sources/shop/secrets/hmac/1/revoke', {})
  expect(json['unreached_guards']).toEqual([{ guard: 'shop#0', old_value_may_live_seconds: 30 }])
})

it('activates and revokes versions by their numbers', async () => {
  const { here, name, post } = await withSource()
  await post('hmac/rotate', { value: BROUGHT })
  expect((await post('hmac/1/activate', {})).json).toMatchObject({ version: 1, state: 'active' })
  expect((await post('hmac/2/revoke', {})).json).toMatchObject({ version: 2, state: 'revoked' })
  const read = await here.api('GET', `/api/sources/${name}`)
  expect(read.json['secret_versions']).toMatchObject([{ state: 'active' }, { state: 'revoked' }])
})
