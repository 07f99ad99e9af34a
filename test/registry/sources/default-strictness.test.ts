import { describe, expect, it } from 'vitest'
import { LEVELS } from '../../../src/event/decision.ts'
import { PROVIDERS } from '../../../src/providers/index.ts'
import { readDocument } from '../../../src/registry/sources/read-document.ts'

const HMAC = 'hmac-secret-of-a-test-0123456789'
const API_KEY = 'api-key-of-a-test-0123456789'
const BASIC = { username: 'hooks', password: 'a-password-of-a-test-0123' }

async function strictnessOf(document: Record<string, unknown>): Promise<string> {
  const read = await readDocument(document, undefined)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return `${read.config.level}${read.config.requireSourceIp ? ', from there alone' : ''}`
}

describe('a source that names no level', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['standard', 'whose body is signed', { provider: 'generic', secrets: { hmac: HMAC } }],
    [
      'standard',
      'whose body is signed, from published networks',
      { provider: 'mailtrap', secrets: { signing_secret: HMAC } },
    ],
    [
      'standard',
      'whose body is signed, from a list',
      { provider: 'generic', secrets: { hmac: HMAC }, allowedIps: ['192.0.2.0/24'] },
    ],
    ['enhanced', 'that signs a time and a token', { provider: 'mailgun', secrets: { signing_key: HMAC } }],
    [
      'enhanced, from there alone',
      'that signs a time and a token, from a list',
      { provider: 'mailgun', secrets: { signing_key: HMAC }, allowedIps: ['192.0.2.0/24'] },
    ],
    ['enhanced', 'that presents credentials', { provider: 'postmark', secrets: { basic_auth: BASIC } }],
    [
      'enhanced, from there alone',
      'that presents credentials, from a list',
      { provider: 'postmark', secrets: { basic_auth: BASIC }, allowedIps: ['192.0.2.0/24'] },
    ],
    [
      'enhanced, from there alone',
      'that presents credentials, from published networks',
      { provider: 'brevo', secrets: { basic_auth: BASIC } },
    ],
    [
      'enhanced',
      'of which the weakest of two ways is enough',
      { provider: 'generic', secrets: { hmac: HMAC, api_key: API_KEY } },
    ],
    [
      'standard',
      'that needs both ways',
      { provider: 'generic', secrets: { hmac: HMAC, api_key: API_KEY }, auth: { require: 'all' } },
    ],
    [
      'standard',
      'that uses the strong way alone',
      { provider: 'generic', secrets: { hmac: HMAC, api_key: API_KEY }, auth: { methods: ['signature'] } },
    ],
    [
      'enhanced',
      'that uses the weak way alone',
      { provider: 'generic', secrets: { hmac: HMAC, api_key: API_KEY }, auth: { methods: ['api_key'] } },
    ],
  ])('is of level %s: one %s', async (level, _what, document) => {
    expect(await strictnessOf(document)).toBe(level)
  })

  it.each([true, false])(
    'is not closed or open otherwise: %s is what the document says',
    async (requireSourceIp) => {
      const there = requireSourceIp ? ', from there alone' : ''
      const brevo = { provider: 'brevo', secrets: { basic_auth: BASIC }, requireSourceIp }
      expect(await strictnessOf(brevo)).toBe(`enhanced${there}`)
      expect(await strictnessOf({ ...brevo, level: 'standard' })).toBe(`standard${there}`)
      expect(await strictnessOf({ provider: 'generic', secrets: { hmac: HMAC }, requireSourceIp })).toBe(
        `standard${there}`,
      )
    },
  )

  it.each(LEVELS)('has the level of the document: %s', async (level) => {
    expect(await strictnessOf({ provider: 'brevo', secrets: { basic_auth: BASIC }, level })).toBe(level)
    expect(await strictnessOf({ provider: 'generic', secrets: { hmac: HMAC }, level })).toBe(level)
  })
})

describe('providers without an auth method that covers the body', () => {
  it('are those that docs/proofs.md lists', () => {
    const open = PROVIDERS.filter(
      ({ authMethods }) => authMethods.length > 0 && authMethods.every(({ covers }) => covers !== 'body'),
    )
    expect(open.map(({ name }) => name).sort()).toEqual([
      'azure-acs', 'braze', 'brevo', 'elasticemail', 'iterable', 'mailgun', 'mailjet', 'mailomat',
      'netcore', 'plunk', 'postmark', 'smtp2go', 'sparkpost', 'tencent-ses',
    ]) // prettier-ignore
  })
})
