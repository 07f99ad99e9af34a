import { describe, expect, it } from 'vitest'
import { standardWebhooks } from '../../../src/gateway/authenticate/standard-webhooks.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import type { StandardWebhooksCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { contextWith, encode, hmacWith, pairOf, signWith } from './making.ts'
import { describeScheme } from './suite.ts'

const SIGNED = utf8('msg_1.1800000000.{"event":"bounced"}')
const covered = { slots: ['key'], identity: [utf8('msg_1')], coversBody: true } as const

const credentialsOf = (signatures: string, signed = SIGNED): StandardWebhooksCredentials => ({
  ...covered,
  scheme: 'standard-webhooks',
  signatures,
  signed: [signed],
})

interface Made {
  readonly secret: Secret
  readonly entry: string
}

async function symmetric(): Promise<Made> {
  const key = crypto.getRandomValues(new Uint8Array(24))
  const secret: Secret = { kind: 'standard-webhooks', key: toBase64(key) }
  return { secret, entry: `v1,${encode(await hmacWith('SHA-256', key, SIGNED), 'base64')}` }
}

async function asymmetric(): Promise<Made> {
  const { secret, privateKey } = await pairOf('ed25519')
  return { secret, entry: `v1a,${encode(await signWith('Ed25519', privateKey, SIGNED), 'base64')}` }
}

for (const [title, make] of [
  ['Standard Webhooks v1', symmetric],
  ['Standard Webhooks v1a', asymmetric],
] as const) {
  describeScheme<StandardWebhooksCredentials>({
    title,
    scheme: standardWebhooks,
    harmless: ['a space before'],
    takesText: true,
    codes: ['signature_mismatch', 'proof_malformed'],
    presented: ({ signatures }) => signatures,
    present: (credentials, signatures) => ({ ...credentials, signatures }),
    signed: (credentials, bytes) => ({ ...credentials, signed: [bytes] }),
    async valid() {
      const { secret, entry } = await make()
      return { credentials: credentialsOf(entry), secret }
    },
  })
}

describe('a list of Standard Webhooks signatures', () => {
  const WRONG = `v1,${toBase64(new Uint8Array(32))}`
  const judge = async (list: (entry: string) => string, make = symmetric) => {
    const { secret, entry } = await make()
    return standardWebhooks.verify(credentialsOf(list(entry)), contextWith([secret]))
  }

  it.each<[string, (entry: string) => string]>([
    ['after a wrong one', (entry) => `${WRONG} ${entry}`],
    ['before a wrong one', (entry) => `${entry} ${WRONG}`],
    ['after an unknown version', (entry) => `v2,abc ${entry}`],
    ['after entries that are none', (entry) => `v1 ,,, v1, v1,%%% v1,QQ== =${entry} ${entry}`],
    ['after entries as long that are none', (entry) => `${`v1,${'!'.repeat(44)} `.repeat(9)}${entry}`],
    ['after the other version', (entry) => `v1a,${toBase64(new Uint8Array(64))} ${entry}`],
    ['twice', (entry) => `${entry} ${entry}`],
    ['between two spaces', (entry) => `${WRONG}  ${entry}`],
  ])('is passed by a right one %s', async (_what, list) => {
    expect(await judge(list)).toMatchObject({ ok: true })
  })

  it.each<[string, (entry: string) => string]>([
    ['without its version', (entry) => entry.slice(3)],
    ['under an unknown version', (entry) => entry.replace('v1', 'v2')],
    ['under the other version', (entry) => entry.replace('v1,', 'v1a,')],
    ['in upper case', (entry) => entry.replace('v1', 'V1')],
    ['parted by a comma', (entry) => `${WRONG},${entry}`],
    ['parted by a tab', (entry) => `${WRONG}\t${entry}`],
    ['behind a fourth wrong one', (entry) => `${WRONG} ${WRONG} ${WRONG} ${WRONG} ${entry}`],
    ['without its padding', (entry) => entry.replace(/=+$/, '')],
  ])('is refused with a right one %s', async (_what, list) => {
    expect(await judge(list)).toMatchObject({ ok: false })
  })

  it.each([
    ['v1', 31, symmetric],
    ['v1', 33, symmetric],
    ['v1a', 63, asymmetric],
    // In base64 as long as the right one: WebCrypto here throws on them instead of saying no.
    ['v1a', 65, asymmetric],
    ['v1a', 66, asymmetric],
  ])('holds none that is malformed: %s of %i bytes', async (version, bytes, make) => {
    expect(await judge(() => `${version},${toBase64(new Uint8Array(bytes).fill(7))}`, make)).toEqual({
      ok: false,
      refusal: { code: 'proof_malformed', field: 'signature' },
    })
  })

  it.each([
    ['the first', `v1,${'!'.repeat(44)} v1a,${toBase64(new Uint8Array(64))}`],
    ['the second', `${WRONG} v1a,${'!'.repeat(88)}`],
  ])('is told to be wrong rather than malformed where only %s version is malformed', async (_what, list) => {
    const secrets = [(await symmetric()).secret, (await asymmetric()).secret]
    expect(await standardWebhooks.verify(credentialsOf(list), contextWith(secrets))).toMatchObject({
      refusal: { code: 'signature_mismatch' },
    })
  })

  it('never takes a v1a signature for a v1 one, nor the public key for an HMAC key', async () => {
    const { secret } = await asymmetric()
    const publicKey = secret.kind === 'public-key' ? secret.spki : ''
    const forged = encode(await hmacWith('SHA-256', utf8(publicKey), SIGNED), 'base64')
    expect(await judge(() => `v1,${forged}`, asymmetric)).toMatchObject({ ok: false })
  })
})
