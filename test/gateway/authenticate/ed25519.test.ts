import { describe, expect, it } from 'vitest'
import { ed25519 } from '../../../src/gateway/authenticate/ed25519.ts'
import { concat, fromHex, toBase64, utf8 } from '../../../src/platform/bytes.ts'
import type { Ed25519Credentials } from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { bytes32, contextWith, encode, numberOf, pairOf, signWith } from './making.ts'
import { bySignature, describeScheme } from './suite.ts'

const BODY = utf8('{"event":"bounced"}')
const covered = { slots: ['key'], identity: [BODY], coversBody: true } as const

describeScheme<Ed25519Credentials>({
  title: 'Ed25519',
  scheme: ed25519,
  ...bySignature('base64'),
  async valid() {
    const { secret, privateKey } = await pairOf('ed25519')
    const text = encode(await signWith('Ed25519', privateKey, BODY), 'base64')
    return {
      credentials: {
        scheme: 'ed25519',
        signatures: [{ text, encoding: 'base64' }],
        signed: [BODY],
        ...covered,
      },
      secret,
    }
  },
})

const bytes = (hex: string) => fromHex(hex) ?? utf8('malformed')
const secretOf = (publicKey: string): Secret => ({
  kind: 'public-key',
  algorithm: 'ed25519',
  spki: toBase64(concat([bytes('302a300506032b6570032100'), bytes(publicKey)])),
})
const credentialsOf = (message: Uint8Array, signature: string): Ed25519Credentials => ({
  ...covered,
  scheme: 'ed25519',
  signatures: [{ text: signature, encoding: 'hex' }],
  signed: [message],
})

/** RFC 8032 section 7.1: public key, message, signature. */
const RFC_8032 = [
  ['TEST 1', 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', '', 'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'],
  ['TEST 2', '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', '72', '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'],
  ['TEST 3', 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'af82', '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'],
] as const // prettier-ignore

/** The order of the base point. */
const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n

describe('Ed25519 known answers', () => {
  it.each(RFC_8032)('are those of RFC 8032 %s', async (_name, publicKey, message, signature) => {
    const context = contextWith([secretOf(publicKey)])
    expect(await ed25519.verify(credentialsOf(bytes(message), signature), context)).toMatchObject({
      ok: true,
    })
    const longer = await ed25519.verify(credentialsOf(bytes(`${message}00`), signature), context)
    expect(longer).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })

  it('refuse the second spelling of a signature, S + L', async () => {
    const [, publicKey, message, signature] = RFC_8032[1]
    const s = numberOf(bytes(signature.slice(64)).toReversed())
    const second = signature.slice(0, 64) + encode(bytes32(s + L).toReversed(), 'hex')
    expect(second).not.toBe(signature)
    const outcome = await ed25519.verify(
      credentialsOf(bytes(message), second),
      contextWith([secretOf(publicKey)]),
    )
    expect(outcome).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })
})
