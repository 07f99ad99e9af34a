import { beforeAll, describe, expect, it } from 'vitest'
import { createEventBridge } from '../../../src/gateway/authenticate/alibaba-eventbridge.ts'
import { toBase64, utf8 } from '../../../src/platform/bytes.ts'
import type { AlibabaEventBridgeCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import { NOW_SECONDS, type Pair, contextWith, pairOf, signWith, textSecret } from './making.ts'
import { VALIDITY, network, spkiOf } from './sns-making.ts'
import { describeScheme } from './suite.ts'
import { certificateOf } from './x509.ts'

const HOST = 'cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com'
const URL = `https://${HOST}/x509_public_certificate_2021012101.pem`
const TOKEN = 'a-token-of-the-target-itself'
const SIGNED = utf8('https://hooks.example/\n{}')

let keys: Pair
let pem: string
beforeAll(async () => {
  keys = await pairOf('rsa')
  pem = await certificateOf(spkiOf(keys), keys.privateKey, VALIDITY)
}, 60_000)

const certificate = (text = () => pem) => network(() => new Response(text()))

async function credentialsOf(
  change: Partial<AlibabaEventBridgeCredentials> = {},
  { privateKey } = keys,
): Promise<AlibabaEventBridgeCredentials> {
  return {
    scheme: 'alibaba-eventbridge',
    slots: ['signature_token'],
    signature: toBase64(await signWith('RSASSA-PKCS1-v1_5', privateKey, SIGNED)),
    certificateUrl: URL,
    token: TOKEN,
    readings: [[utf8('something else')], [SIGNED]],
    identity: [utf8('{}')],
    coversBody: true,
    ...change,
  }
}

/** EventBridge signs for everybody with the same key: what tells two sources apart is the token alone. */
let tokens = 0
describeScheme<AlibabaEventBridgeCredentials>({
  title: 'Alibaba EventBridge',
  scheme: {
    name: 'alibaba-eventbridge',
    verify: (credentials, context) =>
      createEventBridge().verify(credentials, { ...context, fetch: certificate().fetch }),
  },
  encoding: 'base64',
  codes: ['signature_mismatch', 'proof_malformed', 'credentials_wrong'],
  presented: ({ signature }) => signature,
  present: (credentials, signature) => ({ ...credentials, signature }),
  signed: (credentials, bytes) => ({ ...credentials, readings: [[bytes]] }),
  async valid() {
    const token = `${TOKEN}-${++tokens}`
    return { credentials: await credentialsOf({ token }), secret: textSecret(token) }
  },
})

const verify = async (
  change: Partial<AlibabaEventBridgeCredentials>,
  { asked, fetch } = certificate(),
  context: Parameters<typeof contextWith>[1] = {},
) => ({
  outcome: await createEventBridge().verify(
    await credentialsOf(change),
    contextWith([textSecret(TOKEN)], { fetch, ...context }),
  ),
  asked,
})

/** One isolate that verifies the same delivery at several times. */
async function verifyingAt(fetcher: typeof fetch) {
  const scheme = createEventBridge()
  const credentials = await credentialsOf()
  return (nowSeconds: number) =>
    scheme.verify(credentials, contextWith([textSecret(TOKEN)], { fetch: fetcher, nowSeconds }))
}

describe('Alibaba EventBridge', () => {
  it.each([
    ['', 'proof_missing'],
    [`${TOKEN}x`, 'credentials_wrong'],
    [TOKEN.slice(0, -1), 'credentials_wrong'],
    [TOKEN.toUpperCase(), 'credentials_wrong'],
    [`${TOKEN}, ${TOKEN}`, 'credentials_wrong'],
    ['A'.repeat(60_000), 'proof_malformed'],
  ])('fetches nothing for the token "%.40s"', async (token, code) => {
    const { outcome, asked } = await verify({ token })
    expect(outcome).toMatchObject({ refusal: { code } })
    expect(asked).toEqual([])
  })

  it('fetches nothing for a signature that cannot be one', async () => {
    const { outcome, asked } = await verify({ signature: 'not base64' })
    expect(outcome).toMatchObject({ refusal: { code: 'proof_malformed' } })
    expect(asked).toEqual([])
  })

  it('asks before each verification', async () => {
    const readings = Array.from({ length: 9 }, () => [utf8('something else')])
    let left = 3
    const attempts = { take: () => left-- > 0 }
    const { outcome } = await verify({ readings: [...readings, [SIGNED]] }, certificate(), { attempts })
    expect(outcome).toMatchObject({ refusal: { code: 'signature_mismatch' } })
    expect(left).toBe(-1)
  })

  it.each(['cn-hangzhou', 'ap-southeast-1', 'eu-central-1', 'us-east-1'])(
    'takes the certificate of %s, without following a redirect',
    async (region) => {
      const certificateUrl = URL.replace('cn-hangzhou', region)
      const { outcome, asked } = await verify({ certificateUrl })
      expect(outcome).toMatchObject({ ok: true })
      expect(asked).toEqual([{ url: certificateUrl, redirect: 'manual' }])
    },
  )
})

/** Buckets that anybody may make, hosts that look like it, and spellings that mean another place. */
const LOOK_ALIKES = [
  'https://xx-nowhere-9-eventbridge.oss-accelerate.aliyuncs.com/a.pem',
  'https://cn-hangzhou-2-eventbridge.oss-accelerate.aliyuncs.com/a.pem',
  'https://cn-shanghai-eventbridge.oss-accelerate.aliyuncs.com/a.pem',
  'https://-eventbridge.oss-accelerate.aliyuncs.com/a.pem',
  'https://eventbridge.oss-accelerate.aliyuncs.com/a.pem',
  `https://x${HOST}/a.pem`,
  `https://x.${HOST}/a.pem`,
  `https://${HOST}.evil.example/a.pem`,
  `https://${HOST}./a.pem`,
  `https://evil.example/${HOST}/a.pem`,
  `https://${HOST.replaceAll('.', 'x')}/a.pem`,
  `https://${HOST.replace('oss-accelerate', 'oss-cn-hangzhou')}/a.pem`,
  `https://${HOST.toUpperCase()}/a.pem`,
  `http://${HOST}/a.pem`,
  `HTTPS://${HOST}/a.pem`,
  `https://${HOST}:443/a.pem`,
  `https://user@${HOST}/a.pem`,
  `https://${HOST}@evil.example/a.pem`,
  `https://${HOST}\\@evil.example/a.pem`,
  `https://${HOST}/a.pem?x=.pem`,
  `https://${HOST}/a.pem#`,
  `https://${HOST}/?a.pem`,
  `https://${HOST}/../a.pem`,
  `https://${HOST}/a%2epem`,
  `https://${HOST}/a.PEM`,
  `https://${HOST}/.pem/`,
  `https://${HOST}/a.crt`,
  `https://${HOST}/${'a'.repeat(201)}.pem`,
  `https://${HOST}/a.pem\n`,
  ` https://${HOST}/a.pem`,
  `https://${HOST}`,
  'file:///a.pem',
  '',
]

describe('the certificate of Alibaba EventBridge', () => {
  it.each(LOOK_ALIKES)('is not fetched from "%s"', async (certificateUrl) => {
    const { outcome, asked } = await verify({ certificateUrl })
    expect(outcome).toMatchObject({ refusal: { code: 'certificate_refused', problem: 'url' } })
    expect(asked).toEqual([])
  })

  it.each([
    ['before it begins', VALIDITY.fromSeconds - 1],
    ['after its end', VALIDITY.toSeconds + 1],
  ])('counts %s, too: its address vouches for it', async (_what, nowSeconds) => {
    expect((await verify({}, certificate(), { nowSeconds })).outcome).toMatchObject({ ok: true })
  })

  it.each([
    [1_024, 'passed'],
    [896, 'certificate_refused'],
  ])('has a key of %d bits: %s', async (modulusLength, expected) => {
    const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: Uint8Array.of(1, 0, 1) }
    const pair = (await crypto.subtle.generateKey({ ...rsa, modulusLength }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const spki = new Uint8Array((await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer)
    const text = await certificateOf(spki, keys.privateKey, VALIDITY)
    const { fetch } = certificate(() => text)
    const outcome = await createEventBridge().verify(
      await credentialsOf({}, { ...keys, privateKey: pair.privateKey }),
      contextWith([textSecret(TOKEN)], { fetch }),
    )
    expect(outcome.ok ? 'passed' : outcome.refusal.code).toBe(expected)
  })

  it('is fetched once, and again when an hour is over', async () => {
    const { asked, fetch } = certificate()
    const at = await verifyingAt(fetch)
    await Promise.all(Array.from({ length: 20 }, async () => at(NOW_SECONDS)))
    expect(await at(NOW_SECONDS + 3_599)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(1)
    expect(await at(NOW_SECONDS + 3_600)).toMatchObject({ ok: true })
    expect(await at(NOW_SECONDS + 3_601)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(2)
  })

  it('proves nothing once its address has another', async () => {
    const other = await pairOf('rsa')
    const theirs = await certificateOf(spkiOf(other), other.privateKey, VALIDITY)
    let text = pem
    const { fetch } = certificate(() => text)
    const at = await verifyingAt(fetch)
    expect(await at(NOW_SECONDS)).toMatchObject({ ok: true })
    text = theirs
    expect(await at(NOW_SECONDS + 3_600)).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })

  it('still counts while its address is down, and no longer once it is gone', async () => {
    let answer = () => new Response(pem)
    const { asked, fetch } = network(() => answer())
    const at = await verifyingAt(fetch)
    expect(await at(NOW_SECONDS)).toMatchObject({ ok: true })
    answer = () => new Response('', { status: 503 })
    for (const later of [3_600, 3_601, 3_604])
      expect(await at(NOW_SECONDS + later)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(2)
    answer = () => new Response('', { status: 404 })
    expect(await at(NOW_SECONDS + 3_605)).toMatchObject({ refusal: { code: 'certificate_refused' } })
  })

  it('is not one that isolates share: its address alone vouches for it', async () => {
    const { asked, fetch } = certificate()
    let looks = 0
    const sharedFiles = { get: async () => void looks++, put: async () => void looks++ }
    const context = contextWith([textSecret(TOKEN)], { fetch, sharedFiles })
    expect(await createEventBridge().verify(await credentialsOf(), context)).toMatchObject({ ok: true })
    expect([asked.length, looks]).toEqual([1, 0])
  })

  it('is not fetched without end for who knows the token', async () => {
    const { asked, fetch } = network(() => new Response('no', { status: 404 }))
    const scheme = createEventBridge()
    const context = contextWith([textSecret(TOKEN)], { fetch })
    for (let i = 0; i < 100; i++)
      await scheme.verify(await credentialsOf({ certificateUrl: `https://${HOST}/forged-${i}.pem` }), context)
    expect(asked).toHaveLength(30)
  })
})
