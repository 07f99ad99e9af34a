import { beforeAll, describe, expect, it } from 'vitest'
import { createSns } from '../../../src/gateway/authenticate/sns.ts'
import { ClientMemory } from '../../../src/gateway/authenticate/client-memory.ts'
import type { SchemeContext } from '../../../src/gateway/authenticate/scheme.ts'
import { NO_SHARED_FILES, type SharedFiles } from '../../../src/gateway/authenticate/shared-files.ts'
import { type Bytes, textOf, utf8 } from '../../../src/platform/bytes.ts'
import type { SnsCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import { NOW_SECONDS, contextWith, pairOf } from './making.ts'
import { type Keys, URL, VALIDITY, credentialsWith, makeKeys, network, spkiOf, topic } from './sns-making.ts'
import { certificateOf } from './x509.ts'

let keys: Keys
beforeAll(async () => {
  keys = await makeKeys()
}, 60_000)
const credentialsOf = (version: '1' | '2' = '2', change: Partial<SnsCredentials> = {}) =>
  credentialsWith(keys, version, change)
const certificate = (version: '1' | '2' = '2') => network(() => new Response(keys.pem[version]))

describe('the certificate of an SNS message', () => {
  it('is fetched once for all deliveries, also for those that come at once', async () => {
    const { asked, fetch } = certificate()
    const sns = createSns()
    const credentials = await credentialsOf()
    const context = contextWith([topic()], { fetch })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => sns.verify(credentials, context)),
    )
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(await sns.verify(credentials, context)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['before it begins', VALIDITY.fromSeconds - 1, false],
    ['in its first second', VALIDITY.fromSeconds, true],
    ['in its last second', VALIDITY.toSeconds, true],
    ['after its end', VALIDITY.toSeconds + 1, false],
  ])('is judged for the time of the delivery: %s', async (_what, nowSeconds, passes) => {
    const { fetch } = certificate()
    const sns = createSns()
    // Cached while valid: the cache must not outlive the certificate.
    await sns.verify(await credentialsOf(), contextWith([topic()], { fetch }))
    const outcome = await sns.verify(await credentialsOf(), contextWith([topic()], { fetch, nowSeconds }))
    expect(outcome.ok).toBe(passes)
    if (!outcome.ok) expect(outcome.refusal).toEqual({ code: 'certificate_refused', problem: 'expired' })
  })
})

const redirect = () => new Response(null, { status: 302, headers: { location: URL } })
const refused = (problem: string) => ({ code: 'certificate_refused', problem })
const DOWN = { code: 'proof_unavailable', dependency: 'signing-certificate' }

describe('a certificate that cannot be had', () => {
  it.each<[string, () => Response | Promise<Response>, object]>([
    ['a redirect', redirect, refused('not_a_certificate')],
    ['404', () => new Response('no', { status: 404 }), refused('not_a_certificate')],
    [
      '206 with a certificate',
      () => new Response(keys.pem['2'], { status: 206 }),
      refused('not_a_certificate'),
    ],
    ['a page', () => new Response('<html></html>'), refused('not_a_certificate')],
    ['nothing', () => new Response(null), refused('not_a_certificate')],
    ['too much', () => new Response(keys.pem['2'] + ' '.repeat(16_384)), refused('too_large')],
    ['a server error', () => new Response('', { status: 503 }), DOWN],
    ['too many requests', () => new Response('', { status: 429 }), DOWN],
    ['a broken connection', () => Promise.reject(new TypeError('gone')), DOWN],
  ])('refuses: %s, and costs one request', async (_what, answer, refusal) => {
    const { asked, fetch } = network(answer)
    const sns = createSns()
    const credentials = await credentialsOf()
    const context = contextWith([topic()], { fetch })
    for (let i = 0; i < 5; i++) expect(await sns.verify(credentials, context)).toEqual({ ok: false, refusal })
    expect(asked).toHaveLength(1)
  })

  it('is asked for again after a while', async () => {
    let answer: () => Response = () => new Response('', { status: 503 })
    const { asked, fetch } = network(() => answer())
    const sns = createSns()
    const credentials = await credentialsOf()
    const at = (nowSeconds: number) => sns.verify(credentials, contextWith([topic()], { fetch, nowSeconds }))
    expect(await at(NOW_SECONDS)).toMatchObject({ ok: false })
    answer = () => new Response(keys.pem['2'])
    expect(await at(NOW_SECONDS + 4)).toMatchObject({ ok: false })
    expect(await at(NOW_SECONDS + 5)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(2)
  })

  it('counts as down when it takes longer than three seconds', async () => {
    const { fetch } = network(() => new Promise<Response>(() => undefined))
    const started = Date.now()
    const outcome = await createSns().verify(await credentialsOf(), contextWith([topic()], { fetch }))
    expect(outcome).toEqual({ ok: false, refusal: DOWN })
    expect(Date.now() - started).toBeLessThan(4_500)
  }, 10_000)

  it('counts as down when its body never ends', async () => {
    const { fetch } = network(
      () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
    )
    const outcome = await createSns().verify(await credentialsOf(), contextWith([topic()], { fetch }))
    expect(outcome).toEqual({ ok: false, refusal: DOWN })
  }, 10_000)

  it('is not of another kind or too weak', async () => {
    const curve = await pairOf('ecdsa-p256')
    const weakPair = (await crypto.subtle.generateKey(
      {
        name: 'RSASSA-PKCS1-v1_5',
        hash: 'SHA-256',
        modulusLength: 1_024,
        publicExponent: Uint8Array.of(1, 0, 1),
      },
      true,
      ['sign', 'verify'],
    )) as CryptoKeyPair
    const weakSpki = new Uint8Array(
      (await crypto.subtle.exportKey('spki', weakPair.publicKey)) as ArrayBuffer,
    )
    for (const [spki, problem] of [
      [spkiOf(curve), 'not_a_certificate'],
      [weakSpki, 'weak_key'],
    ] as const) {
      const text = await certificateOf(spki, keys.sha256.privateKey, VALIDITY)
      const { fetch } = network(() => new Response(text))
      const outcome = await createSns().verify(await credentialsOf(), contextWith([topic()], { fetch }))
      expect(outcome).toEqual({ ok: false, refusal: refused(problem) })
    }
  })

  it.each([
    ['us-east-1', 'sns.amazonaws.com', true],
    ['us-east-1', 'SNS.amazonaws.com', true],
    ['af-south-1', 'sns-signing.af-south-1.amazonaws.com', true],
    ['af-south-1', 'sns.af-south-1.amazonaws.com', true],
    ['us-east-1', 'sns.af-south-1.amazonaws.com', false],
    ['us-east-1', 'sns-signing.af-south-1.amazonaws.com', false],
    ['us-east-1', 'sqs.amazonaws.com', false],
    ['us-east-1', 'xsns.amazonaws.com', false],
    ['us-east-1', 'sns.amazonaws.com.evil.example', false],
    ['us-east-1', 'amazonaws.com', false],
    ['us-east-1', '*.amazonaws.com', false],
    ['us-east-1', 'sns-us-gov-west-1.amazonaws.com', false],
    ['us-east-1', '', false],
  ])('in %s is of SNS when it is called "%s": %s', async (region, commonName, passes) => {
    const text = await certificateOf(spkiOf(keys.sha256), keys.sha256.privateKey, VALIDITY, commonName)
    const { asked, fetch } = network(() => new Response(text))
    const arn = `arn:aws:sns:${region}:123456789012:ses-events`
    const certificateUrl = `https://sns.${region}.amazonaws.com/a.pem`
    const credentials = await credentialsOf('2', { topicArn: arn, certificateUrl })
    const outcome = await createSns().verify(credentials, contextWith([topic(arn)], { fetch }))
    expect(outcome).toEqual(
      passes ? { ok: true, value: undefined } : { ok: false, refusal: refused('not_of_sns') },
    )
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['aws-cn', 'cn-north-1', 'amazonaws.com.cn', 'sns-cn-north-1.amazonaws.com.cn', true],
    ['aws-cn', 'cn-north-1', 'amazonaws.com.cn', 'sns.amazonaws.com', false],
    ['aws-us-gov', 'us-gov-east-1', 'amazonaws.com', 'sns-us-gov-west-1.amazonaws.com', true],
    ['aws-us-gov', 'us-gov-east-1', 'amazonaws.com', 'sns.amazonaws.com', false],
    ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu', 'sns-signing.eusc-de-east-1.amazonaws.eu', true],
    ['aws-eusc', 'eusc-de-east-1', 'amazonaws.eu', 'sns.amazonaws.com', false],
  ])('of %s in %s has the names of its partition', async (partition, region, suffix, commonName, passes) => {
    const text = await certificateOf(spkiOf(keys.sha256), keys.sha256.privateKey, VALIDITY, commonName)
    const { fetch } = network(() => new Response(text))
    const arn = `arn:${partition}:sns:${region}:123456789012:ses-events`
    const certificateUrl = `https://sns.${region}.${suffix}/a.pem`
    const credentials = await credentialsOf('2', { topicArn: arn, certificateUrl })
    const outcome = await createSns().verify(credentials, contextWith([topic(arn)], { fetch }))
    expect(outcome.ok).toBe(passes)
  })
})

const from = (address: string) => ({ ...contextWith([]).client, address })
const THEIRS = '192.0.2.1'

/** An isolate with sources of one topic each, a service that has two certificates, and strangers who name others. */
function isolate(sharedFiles = NO_SHARED_FILES) {
  const nextUrl = URL.replace('0123', '4567')
  const asked: string[] = []
  const fetcher = (async (url: string) => {
    asked.push(url)
    return [URL, nextUrl].includes(url) ? new Response(keys.pem['2']) : new Response('no', { status: 403 })
  }) as typeof fetch
  const clientMemory = new ClientMemory(() => false)
  const sns = createSns()
  let forged = 0
  const judge = async (certificateUrl: string, address: string, change: Partial<SchemeContext> = {}) => {
    const outcome = await sns.verify(
      await credentialsOf('2', { certificateUrl }),
      contextWith([topic()], {
        fetch: fetcher,
        client: from(address),
        clientMemory,
        sharedFiles,
        ...change,
      }),
    )
    return outcome.ok ? 'passed' : outcome.refusal.code
  }
  return {
    asked,
    nextUrl,
    clientMemory,
    judge,
    /** So many forged deliveries, in turn from so many networks. */
    attack: async (deliveries: number, networks: number, change: Partial<SchemeContext> = {}) => {
      for (let i = 0; i < deliveries; i++) {
        const url = `https://sns.us-east-1.amazonaws.com/forged-${forged++}.pem`
        await judge(url, `10.${(i % networks) >> 8}.${(i % networks) & 255}.${i % 250}`, change)
      }
    },
  }
}

describe('strangers who know the topic and name certificates that are not there', () => {
  it.each([
    [1, 30],
    [5, 50],
    [50, 60],
    [100, 60],
  ])('cause a bounded number of requests in a minute, from %i networks', async (networks, most) => {
    const { asked, attack } = isolate()
    await attack(200, networks)
    expect(asked.length).toBeLessThanOrEqual(most)
    const before = asked.length
    await attack(200, networks, { nowSeconds: NOW_SECONDS + 60 })
    expect(asked.length).toBe(2 * before)
  })

  it.each([1, 20, 50])('from %i networks keep no certificate from the same source', async (networks) => {
    const { attack, judge } = isolate()
    await attack(200, networks)
    expect(await judge(URL, THEIRS)).toBe('passed')
  })

  it('from a hundred networks keep none from another source', async () => {
    const { attack, judge } = isolate()
    await attack(200, 100)
    expect(await judge(URL, THEIRS, { source: 'other' })).toBe('passed')
  })

  it('from a hundred networks keep no new one from a network that was verified', async () => {
    const { attack, judge, nextUrl, clientMemory } = isolate()
    expect(await judge(URL, THEIRS)).toBe('passed')
    clientMemory.noteVerified('shop', THEIRS)
    await attack(200, 100)
    expect(await judge(URL, '198.51.100.1')).toBe('passed')
    expect(await judge(nextUrl, THEIRS)).toBe('passed')
  })

  it('from a hundred networks keep none that isolates share from a new isolate', async () => {
    const files = new Map<string, Bytes>()
    const shared = sharedIn(files)
    await isolate(shared).judge(URL, THEIRS)
    expect([...files.keys()]).toEqual([URL])
    const { asked, attack, judge } = isolate(shared)
    await attack(200, 100)
    const before = asked.length
    expect(await judge(URL, THEIRS)).toBe('passed')
    expect(asked).toHaveLength(before)
  })

  it('cause a bounded number of looks into what isolates share', async () => {
    let looks = 0
    const shared = { ...NO_SHARED_FILES, get: async () => void looks++ }
    const { attack } = isolate(shared)
    await attack(1_000, 300)
    expect(looks).toBeLessThanOrEqual(600)
    expect(looks).toBeGreaterThan(60)
  })

  it('do not answer for others who name the same certificate at the same time', async () => {
    const { attack, judge } = isolate()
    await attack(200, 1)
    const outcomes = await Promise.all([judge(URL, '10.0.0.9'), judge(URL, THEIRS), judge(URL, '10.0.0.9')])
    expect(outcomes[1]).toBe('passed')
  })

  it('push no certificate out that is in use', async () => {
    const old = await certificateOf(spkiOf(keys.sha256), keys.sha256.privateKey, {
      fromSeconds: NOW_SECONDS - 9,
      toSeconds: NOW_SECONDS - 1,
    })
    const { asked, judge } = isolate()
    expect(await judge(URL, THEIRS)).toBe('passed')
    const { fetch } = network(() => new Response(old))
    for (let i = 0; i < 200; i++)
      expect(
        await judge(`https://sns.us-east-1.amazonaws.com/old-${i}.pem`, '10.0.0.9', {
          fetch,
          nowSeconds: NOW_SECONDS + i * 60,
        }),
      ).toBe('certificate_refused')
    expect(await judge(URL, THEIRS)).toBe('passed')
    expect(asked).toEqual([URL])
  })
})

const sharedIn = (files: Map<string, Bytes>): SharedFiles => ({
  get: async (url) => files.get(url),
  put: async (url, file) => void files.set(url, file),
})

describe('a file that isolates share', () => {
  it.each<[string, () => Promise<string> | string]>([
    ['no certificate', () => '<html></html>'],
    ['empty', () => ''],
    ['too large', () => keys.pem['2'] + ' '.repeat(16_384)],
    [
      'of another name',
      () => certificateOf(spkiOf(keys.sha256), keys.sha256.privateKey, VALIDITY, 'sqs.amazonaws.com'),
    ],
    [
      'out of date',
      () =>
        certificateOf(spkiOf(keys.sha256), keys.sha256.privateKey, {
          fromSeconds: NOW_SECONDS - 9,
          toSeconds: NOW_SECONDS - 1,
        }),
    ],
  ])('is judged like one from the network, which is asked where it is %s', async (_what, text) => {
    const files = new Map([[URL, utf8(await text())]])
    const { asked, judge } = isolate(sharedIn(files))
    expect(await judge(URL, THEIRS)).toBe('passed')
    expect(asked).toEqual([URL])
    expect(textOf(files.get(URL) ?? utf8(''))).toBe(keys.pem['2'])
  })

  it('is looked for once for deliveries that come at once', async () => {
    const files = new Map([[URL, utf8(keys.pem['2'])]])
    let looks = 0
    const { asked, judge } = isolate({
      ...sharedIn(files),
      get: async (url) => {
        looks++
        return files.get(url)
      },
    })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => judge(URL, THEIRS)))
    expect(new Set(outcomes)).toEqual(new Set(['passed']))
    expect([looks, asked]).toEqual([1, []])
  })

  it('is never one that was refused', async () => {
    const files = new Map<string, Bytes>()
    const { attack } = isolate(sharedIn(files))
    await attack(20, 5)
    expect(files.size).toBe(0)
  })
})
