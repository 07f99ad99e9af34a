/** The kinds of secrets that are not public keys. */
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { SecretKind } from '../../../src/providers/shared/secret-kinds.ts'
import { sendgrid } from '../../../src/providers/sendgrid.ts'
import { SourceConfigSchema } from '../../../src/registry/sources/document.ts'
import { checkSecrets } from '../../../src/registry/secrets/index.ts'
import { anyText } from '../../support/any-text.ts'

const CONFIG = v.parse(SourceConfigSchema, { provider: 'made-up' })

async function check(kind: SecretKind, value: unknown) {
  const provider = {
    ...sendgrid,
    secrets: { slot: kind },
    authMethods: [
      {
        name: 'm',
        slots: ['slot'],
        covers: 'body' as const,
        credentials: () => ({ scheme: 'none', problem: 'proof_missing', field: 'x' }) as const,
      },
    ],
  }
  return checkSecrets(provider, CONFIG, { slot: value })
}

/** The accepted secret, or the problems as text. */
async function resultOf(kind: SecretKind, value: unknown) {
  const checked = await check(kind, value)
  return checked.ok
    ? checked.secrets['slot']?.[0]
    : checked.problems.map(({ path, problem }) => `${path}: ${problem}`).join('\n')
}

const LONG = 'a-secret-0123456789'

type Row = readonly [kind: SecretKind, what: string, value: unknown, expected: object | RegExp]

const TAKEN: readonly (readonly [SecretKind, string, unknown, object])[] = [
  ['text', 'eight characters', 'tok_5e1f', { kind: 'text', text: 'tok_5e1f' }],
  ['text', 'colons, spaces and umlauts inside', 'hook: pass/wörd-1', { text: 'hook: pass/wörd-1' }],
  ['text', "an ESP's API key", 'SG.abcdefghij.klmnop', { text: 'SG.abcdefghij.klmnop' }],
  ['standard-webhooks', 'the prefix', 'whsec_s2vJ4uTqkWn0bXyLr7dHfPzA1cE6gMiO', { kind: 'standard-webhooks', key: 's2vJ4uTqkWn0bXyLr7dHfPzA1cE6gMiO' }],
  ['standard-webhooks', 'no prefix', 's2vJ4uTqkWn0bXyLr7dHfPzA1cE6gMiO', { key: 's2vJ4uTqkWn0bXyLr7dHfPzA1cE6gMiO' }],
  ['standard-webhooks', 'no padding', 'whsec_Wm9vcC1wcm9vZi1vZi10aGUta2l0dA', { key: 'Wm9vcC1wcm9vZi1vZi10aGUta2l0dA==' }],
  ['standard-webhooks', 'a public key', 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', { kind: 'public-key', algorithm: 'ed25519', spki: 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=' }],
  ['basic', 'a pair', { username: 'hooks', password: LONG }, { kind: 'basic', username: 'hooks', password: LONG }],
  ['basic', 'no user name', { username: '', password: LONG }, { username: '' }],
  ['named-values', 'two headers', { 'X-One': LONG, 'x-two': `${LONG}2` }, { kind: 'named-values', values: { 'X-One': LONG, 'x-two': `${LONG}2` } }],
  ['topic-arn', 'a topic', 'arn:aws:sns:us-east-1:123456789012:ses-events', { kind: 'topic-arn', arn: 'arn:aws:sns:us-east-1:123456789012:ses-events' }],
  ['topic-arn', 'a topic in China', 'arn:aws-cn:sns:cn-north-1:123456789012:t', { kind: 'topic-arn' }],
  ['topic-arn', 'a topic in the Sovereign Cloud', 'arn:aws-eusc:sns:eusc-de-east-1:123456789012:t', { kind: 'topic-arn' }],
  ['scaleway-topic', 'a topic', 'arn:scw:sns:fr-par:project-d4730602-0495-4bb6-bb94-de3a9b000660:mail', { kind: 'scaleway-topic', arn: 'arn:scw:sns:fr-par:project-d4730602-0495-4bb6-bb94-de3a9b000660:mail' }],
  ['account', 'a handle', 'abc123', { kind: 'account', id: 'abc123' }],
  ['account', 'all that a handle may have', 'A.b_c-1', { id: 'A.b_c-1' }],
  ['certificate-sha256', 'hex', 'ab'.repeat(32), { kind: 'certificate-sha256', fingerprint: 'ab'.repeat(32) }],
  ['certificate-sha256', "OpenSSL's spelling", Array.from({ length: 32 }, () => 'AB').join(':'), { fingerprint: 'ab'.repeat(32) }],
  ['jwks-url', 'https', 'https://issuer.example/jwks', { kind: 'jwks-url', url: 'https://issuer.example/jwks' }],
  ['jwks-url', 'a local server', 'http://127.0.0.1:3000/jwks', { url: 'http://127.0.0.1:3000/jwks' }],
  ['oauth2', 'what is needed', { introspection_url: 'https://auth.example/', client_id: 'postern', client_secret: LONG }, { kind: 'oauth2', introspectionUrl: 'https://auth.example/', clientId: 'postern', clientSecret: LONG, scope: null, tokenClientId: null }],
  ['oauth2', 'all there is', { introspection_url: 'https://auth.example/', client_id: 'postern', client_secret: LONG, scope: 'a b:c', token_client_id: 'esp' }, { scope: 'a b:c', tokenClientId: 'esp' }],
  ['signed-url', 'a URL with everything', 'https://user:pass@hooks.example/in?b=2&a=1', { kind: 'signed-url', url: 'https://user:pass@hooks.example/in?b=2&a=1' }],
  ['signed-url', 'a URL as it was written', 'http://requestb.in', { url: 'http://requestb.in' }],
] // prettier-ignore

const REFUSED: readonly Row[] = [
  ['text', 'nothing', '', /Is empty/],
  ['text', 'blanks', '          ', /Is blank/],
  ['text', 'seven characters', 'seven77', /too short/],
  ['text', 'a space before', ` ${LONG}`, /white space/],
  ['text', 'a line feed behind', `${LONG}\n`, /white space/],
  ['text', 'a line feed inside', `${LONG}\n${LONG}`, /control characters/],
  ['text', 'a NUL', `${LONG}\0x`, /control characters/],
  ['text', 'half a character', `${LONG}\ud800x`, /broken Unicode/],
  ['text', 'a placeholder', 'your-secret-here', /a placeholder/],
  ['text', 'a template', '${WEBHOOK_SECRET}', /a placeholder/],
  ['text', "Mandrill's key for tests", 'test-webhook', /a placeholder/],
  ['text', "the key of Mailgun's manual", 'key-3ax6xnjp29jd6fds4gc373sgvjxteol0', /a placeholder/],
  ['text', 'a published key of another kind', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /a placeholder/],
  ['text', 'a whole file', 'x1'.repeat(3_000), /too long/],
  ['text', 'a public key', `-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----`, /this is a public key/],
  ['text', 'a public key in base64', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVbXNvCJaZNTh1cZ4', /this is a public key/],
  ['text', 'an RSA public key in base64', 'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA57cTGdG', /this is a public key/],
  ['text', 'a private key', `-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----`, /this is a private key/],
  ['text', 'a certificate', `-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----`, /this is a certificate/],
  ['text', 'the public half of a pair', 'whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=', /Standard Webhooks public key/],
  ['text', 'an object', { secret: LONG }, /Must be text/],
  ['text', 'true', true, /Must be text/],
  ['standard-webhooks', 'nothing', '', /Is empty/],
  ['standard-webhooks', 'the prefix alone', 'whsec_', /too short/],
  ['standard-webhooks', '15 bytes', 'whsec_AQEBAQEBAQEBAQEBAQEB', /too short/],
  ['standard-webhooks', 'zeros', `whsec_${'A'.repeat(32)}`, /a placeholder/],
  ['standard-webhooks', 'the key of the libraries', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /a placeholder/],
  ['standard-webhooks', 'the same without its prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /a placeholder/],
  ['standard-webhooks', 'a placeholder in base64', `whsec_${btoa('your-webhook-secret')}`, /a placeholder/],
  ['standard-webhooks', 'a masked value in base64', `whsec_${btoa('*'.repeat(24))}`, /a placeholder/],
  ['standard-webhooks', 'the public key of the libraries', 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=', /a placeholder/],
  ['standard-webhooks', 'no base64', 'whsec_not base64 at all!', /not base64/],
  ['standard-webhooks', 'a space before', ' whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /white space/],
  ['standard-webhooks', 'the private half of a pair', 'whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', /private key/],
  ['standard-webhooks', 'a SendGrid key', 'SG.abcdefghij.klmnop', /a SendGrid API key/],
  ['standard-webhooks', 'a Resend API key', 're_123456789_abcdefghijkl', /a Resend API key/],
  ['standard-webhooks', 'a public key in base64', 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVbXNvCJaZNTh1cZ4', /a public key/],
  ['standard-webhooks', 'a broken public key', 'whpk_AAAA', /Ed25519/],
  ['standard-webhooks', 'a list', {}, /Must be text/],
  ['basic', 'text', 'user:password', /"username" and "password"/],
  ['basic', 'no password', { username: 'hooks' }, /slot\.password: Must be text/],
  ['basic', 'a weak password', { username: 'hooks', password: 'password' }, /slot\.password: Is a placeholder/],
  ['basic', 'a published password', { username: 'hooks', password: 'test-webhook' }, /slot\.password: Is a placeholder/],
  ['basic', 'a colon in the name', { username: 'a:b', password: LONG }, /slot\.username: .*colon/],
  ['basic', 'a line feed in the name', { username: 'a\nb', password: LONG }, /slot\.username: .*control/],
  ['basic', 'both wrong', { username: 7, password: '' }, /username.*\n.*password/],
  ['basic', 'another field', { username: 'a', password: LONG, realm: 'x' }, /Known fields: username, password/],
  ['named-values', 'text', 'X-Token: abc', /names and secret values/],
  ['named-values', 'none', {}, /at least one/],
  ['named-values', 'nine', Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`x-${i}`, LONG])), /too many/],
  ['named-values', 'a weak value', { 'x-token': 'secret' }, /slot\.x-token: Is too short/],
  ['named-values', 'a published value', { 'x-token': 'test-webhook' }, /slot\.x-token: Is a placeholder/],
  ['named-values', 'a name with a space', { 'x token': LONG }, /no header/],
  ['named-values', 'an empty name', { '': LONG }, /no header/],
  ['topic-arn', 'a subscription', 'arn:aws:sns:us-east-1:123456789012:t:11111111-2222-3333-4444-555555555555', /ARN of a subscription/],
  ['topic-arn', 'a queue', 'arn:aws:sqs:us-east-1:123456789012:t', /ARN of something else/],
  ['topic-arn', 'a wildcard', 'arn:aws:sns:us-east-1:123456789012:*', /arn:aws:sns:<region>/],
  ['topic-arn', 'another partition', 'arn:aws-iso:sns:us-iso-east-1:123456789012:t', /arn:aws:sns:<region>/],
  ['topic-arn', 'a space behind', 'arn:aws:sns:us-east-1:123456789012:t ', /arn:aws:sns:<region>/],
  ['topic-arn', 'a name', 'ses-events', /arn:aws:sns:<region>/],
  ['topic-arn', 'a topic of Scaleway', 'arn:scw:sns:fr-par:project-d4730602-0495-4bb6-bb94-de3a9b000660:mail', /arn:aws:sns:<region>/],
  ['topic-arn', 'a number', 1, /as text/],
  ['scaleway-topic', 'a subscription', 'arn:scw:sns:fr-par:project-d4730602-0495-4bb6-bb94-de3a9b000660:mail:b9f52ee5-fa03-42ad-9065-587e3e22efd9', /ARN of a subscription/],
  ['scaleway-topic', 'an unknown region', 'arn:scw:sns:pl-waw:project-d4730602-0495-4bb6-bb94-de3a9b000660:mail', /arn:scw:sns:<region>/],
  ['scaleway-topic', 'a topic of Amazon', 'arn:aws:sns:us-east-1:123456789012:t', /arn:scw:sns:<region>/],
  ['scaleway-topic', 'a number', 1, /as text/],
  ['account', 'two of them', 'abc123, def456', /without spaces/],
  ['account', 'nothing', '', /id of an account/],
  ['account', 'a number', 7, /id of an account/],
  ['account', 'a long text', 'a'.repeat(129), /id of an account/],
  ['certificate-sha256', 'SHA-1', 'ab'.repeat(20), /SHA-1/],
  ['certificate-sha256', 'the certificate', '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----', /this is a certificate/],
  ['certificate-sha256', 'colons in wrong places', `a:${'ab'.repeat(31)}b`, /64 hex digits/],
  ['certificate-sha256', 'base64', 'q83vq83vq83vq83vq83vq83vq83vq83vq83vq83vq80=', /64 hex digits/],
  ['certificate-sha256', 'null', null, /as text/],
  ['jwks-url', 'http', 'http://issuer.example/jwks', /https/],
  ['jwks-url', 'a metadata address', 'https://169.254.169.254/', /public internet/],
  ['jwks-url', 'the set itself', { keys: [] }, /URL of a JWKS/],
  ['oauth2', 'text', 'https://auth.example/', /Must be an object/],
  ['oauth2', 'nothing in it', {}, /introspection_url.*\n.*client_id.*\n.*client_secret/],
  ['oauth2', 'a private address', { introspection_url: 'https://10.0.0.1/', client_id: 'a', client_secret: LONG }, /slot\.introspection_url: .*public internet/],
  ['oauth2', 'a weak secret', { introspection_url: 'https://auth.example/', client_id: 'a', client_secret: 'changeme' }, /slot\.client_secret: Is a placeholder/],
  ['oauth2', 'an empty scope', { introspection_url: 'https://auth.example/', client_id: 'a', client_secret: LONG, scope: '' }, /slot\.scope/],
  ['oauth2', 'scopes as a list', { introspection_url: 'https://auth.example/', client_id: 'a', client_secret: LONG, scope: ['a'] }, /slot\.scope/],
  ['oauth2', 'another field', { introspection_url: 'https://auth.example/', client_id: 'a', client_secret: LONG, aud: 'x' }, /Known fields/],
  ['signed-url', 'a path', '/hooks/x', /absolute URL/],
  ['signed-url', 'a space behind', 'https://hooks.example/ ', /absolute URL/],
  ['signed-url', 'another protocol', 'ftp://hooks.example/', /https or http/],
  ['signed-url', 'a masked one', 'https://***@hooks.example/in?b=***', /masked/],
  ['signed-url', 'a list', {}, /Must be a URL/],
] // prettier-ignore

describe('a secret', () => {
  it.each(TAKEN)('of kind %s is accepted: %s', async (kind, _what, value, expected) => {
    expect(await resultOf(kind, value)).toMatchObject(expected)
  })

  it.each(REFUSED)('of kind %s is refused: %s', async (kind, _what, value, expected) => {
    expect(await resultOf(kind, value)).toMatch(expected as RegExp)
  })

  it.each(REFUSED)('of kind %s is not quoted: %s', async (kind, _what, value) => {
    const result = JSON.stringify(await resultOf(kind, value))
    for (const text of textsIn(value).filter(({ length }) => length >= 9)) expect(result).not.toContain(text)
  })

  const KINDS: readonly SecretKind[] = [
    ...new Set(TAKEN.map(([kind]) => kind)),
    'ecdsa-p256-public',
    'rsa-public',
    'ed25519-public',
    'any-public',
  ]
  it.each(KINDS)('of kind %s is accepted or refused, whatever the input', async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), anyText(), fc.base64String()), async (value) => {
        const checked = await check(kind, value)
        return checked.ok || checked.problems.every(({ problem }) => /^[A-Z].*[.]$/.test(problem))
      }),
      { numRuns: 200 },
    )
  })
})

const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value.trim()]
    : Object.values(typeof value === 'object' && value !== null ? value : {}).flatMap(textsIn)
