import { describe, expect, it } from 'vitest'
import { fits, keysFor } from '../../../src/gateway/authenticate/keys.ts'
import type { KeyUse } from '../../../src/gateway/authenticate/scheme.ts'
import { toBase64 } from '../../../src/platform/bytes.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { pairOf, textSecret } from './making.ts'

const KEY = crypto.getRandomValues(new Uint8Array(24))

/** Of SendGrid's helper libraries. */
const PUBLISHED_P256 =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=='
/** Of the Standard Webhooks libraries, with its private half. */
const PUBLISHED_ED25519 = 'MCowBQYDK2VwAyEA1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='

const SECRETS: readonly (readonly [what: string, make: () => Promise<Secret>, uses: readonly KeyUse[]])[] = [
  [
    'a text',
    async () => textSecret(crypto.randomUUID()),
    ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
  ],
  [
    'a text that is base64',
    async () => textSecret(toBase64(KEY)),
    ['hmac-sha1', 'hmac-sha256', 'hmac-sha256-base64', 'hmac-sha384', 'hmac-sha512'],
  ],
  [
    'a secret of Standard Webhooks',
    async () => ({ kind: 'standard-webhooks', key: toBase64(KEY) }),
    ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'],
  ],
  ['a key of P-256', async () => (await pairOf('ecdsa-p256')).secret, ['ecdsa-p256-sha256']],
  ['a key of RSA', async () => (await pairOf('rsa')).secret, ['rsa-pkcs1-sha1', 'rsa-pkcs1-sha256']],
  ['a key of Ed25519', async () => (await pairOf('ed25519')).secret, ['ed25519']],
  ["Mandrill's key for tests", async () => textSecret('test-webhook'), []],
  ['a published key in base64', async () => textSecret('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), []],
  [
    'a published secret of Standard Webhooks',
    async () => ({ kind: 'standard-webhooks', key: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }),
    [],
  ],
  [
    'a placeholder as a secret of Standard Webhooks',
    async () => ({ kind: 'standard-webhooks', key: btoa('your-webhook-secret') }),
    [],
  ],
  [
    'a published key of P-256',
    async () => ({ kind: 'public-key', algorithm: 'ecdsa-p256', spki: PUBLISHED_P256 }),
    [],
  ],
  [
    'a published key of Ed25519',
    async () => ({ kind: 'public-key', algorithm: 'ed25519', spki: PUBLISHED_ED25519 }),
    [],
  ],
  ['a topic', async () => ({ kind: 'topic-arn', arn: 'arn:aws:sns:us-east-1:123456789012:t' }), []],
]

const USES: readonly KeyUse[] = [
  'hmac-sha1', 'hmac-sha256', 'hmac-sha256-base64', 'hmac-sha384', 'hmac-sha512',
  'ecdsa-p256-sha256', 'rsa-pkcs1-sha1', 'rsa-pkcs1-sha256', 'ed25519',
] // prettier-ignore

describe.each(SECRETS)('%s', (_what, make, uses) => {
  it('is a key for its own uses, and after it was one for one of them for no others', async () => {
    const secret = await make()
    for (let round = 0; round < 2; round++) {
      expect(USES.filter((use) => fits(secret, use))).toEqual(uses)
      for (const use of USES)
        expect(await keysFor([secret], use), use).toHaveLength(uses.includes(use) ? 1 : 0)
    }
  })

  it('is imported once', async () => {
    const secret = await make()
    const [use] = uses
    if (use === undefined) return
    const first = await keysFor([secret], use)
    const again = await keysFor([secret], use)
    expect(again).toHaveLength(1)
    expect(again[0]).toBe(first[0])
  })
})
