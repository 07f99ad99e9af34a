import { beforeAll, describe, expect, it } from 'vitest'
import { createSns } from '../../../src/gateway/authenticate/sns.ts'
import { certificateUrl, topicPlace } from '../../../src/gateway/authenticate/sns-names.ts'
import { fromBase64, toBase64, utf8 } from '../../../src/platform/bytes.ts'
import type { SnsEvidence } from '../../../src/providers/evidence.ts'
import type { Secret } from '../../../src/registry/source.ts'
import { NOW_SECONDS, type Pair, contextWith, pairOf, signWith } from './making.ts'
import { describeScheme } from './suite.ts'
import { certificateOf } from './x509.ts'

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:ses-events'
const URL = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem'
const SIGNED = utf8('Message\n{}\nMessageId\n1\n')
const VALIDITY = { fromSeconds: NOW_SECONDS - 86_400, toSeconds: NOW_SECONDS + 86_400 }
const topic = (arn = TOPIC): Secret => ({ kind: 'topic-arn', arn })

let sha1: Pair
let sha256: Pair
let pem: Record<'1' | '2', string>
const spkiOf = ({ secret }: Pair) => fromBase64(secret.spki) ?? utf8('malformed')

beforeAll(async () => {
  sha1 = await pairOf('rsa', 'SHA-1')
  sha256 = await pairOf('rsa')
  pem = {
    '1': await certificateOf(spkiOf(sha1), sha256.privateKey, VALIDITY),
    '2': await certificateOf(spkiOf(sha256), sha256.privateKey, VALIDITY),
  }
}, 60_000)

async function evidenceOf(version: '1' | '2' = '2', change: Partial<SnsEvidence> = {}): Promise<SnsEvidence> {
  const { privateKey } = version === '1' ? sha1 : sha256
  const signature = toBase64(await signWith('RSASSA-PKCS1-v1_5', privateKey, SIGNED))
  return {
    scheme: 'sns',
    slots: ['topic_arns'],
    version,
    signature,
    certificateUrl: URL,
    topicArn: TOPIC,
    signed: [SIGNED],
    identity: [utf8('1')],
    coversBody: true,
    ...change,
  }
}

/** A network that answers each request the same way, and counts them. */
function network(answer: () => Response | Promise<Response>) {
  const asked: { url: string; redirect: string | undefined }[] = []
  const fetcher = (async (url: string, init?: RequestInit) => {
    asked.push({ url, redirect: init?.redirect })
    return answer()
  }) as typeof fetch
  return { asked, fetch: fetcher }
}

const certificate = (version: '1' | '2' = '2') => network(() => new Response(pem[version]))

/** Every topic signs with the same key here, so what tells two sources apart is the topic alone. */
let topics = 0
describeScheme<SnsEvidence>({
  title: 'SNS',
  scheme: {
    name: 'sns',
    verify: (evidence, context) =>
      createSns().verify(evidence, {
        ...context,
        fetch: certificate(evidence.version === '1' ? '1' : '2').fetch,
      }),
  },
  encoding: 'base64',
  codes: ['signature_mismatch', 'proof_malformed', 'topic_foreign'],
  presented: ({ signature }) => signature,
  present: (evidence, signature) => ({ ...evidence, signature }),
  signed: (evidence, bytes) => ({ ...evidence, signed: [bytes] }),
  async valid() {
    const arn = `${TOPIC}-${++topics}`
    return { evidence: await evidenceOf(topics % 2 === 0 ? '1' : '2', { topicArn: arn }), secret: topic(arn) }
  },
})

describe('SNS', () => {
  it.each(['1', '2'] as const)('passes signature version %s with its own hash', async (version) => {
    const { asked, fetch } = certificate(version)
    const outcome = await createSns().verify(await evidenceOf(version), contextWith([topic()], { fetch }))
    expect(outcome).toMatchObject({ ok: true })
    expect(asked).toEqual([{ url: URL, redirect: 'manual' }])
  })

  it('does not take one hash for the other', async () => {
    const { fetch } = certificate('2')
    const evidence = { ...(await evidenceOf('2')), version: '1' }
    const outcome = await createSns().verify(evidence, contextWith([topic()], { fetch }))
    expect(outcome).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })

  it.each(['', '0', '3', '1.0', ' 2', '02', 'constructor'])(
    'refuses signature version "%s" unasked',
    async (version) => {
      const { asked, fetch } = certificate()
      const evidence = await evidenceOf('2', { version })
      const outcome = await createSns().verify(evidence, contextWith([topic()], { fetch }))
      expect(outcome).toMatchObject({ refusal: { code: 'algorithm_unsupported' } })
      expect(asked).toEqual([])
    },
  )

  it.each([
    'arn:aws:sns:us-east-1:999999999999:ses-events',
    'arn:aws:sns:us-east-2:123456789012:ses-events',
    `${TOPIC}x`,
    TOPIC.toUpperCase(),
    '',
  ])('fetches nothing for the foreign topic "%s"', async (topicArn) => {
    const { asked, fetch } = certificate()
    const outcome = await createSns().verify(
      await evidenceOf('2', { topicArn }),
      contextWith([topic()], { fetch }),
    )
    expect(outcome).toMatchObject({ refusal: { code: 'topic_foreign' } })
    expect(asked).toEqual([])
  })
})

/** Hosts that look like SNS, and spellings that mean another place. */
const LOOK_ALIKES = [
  'http://sns.us-east-1.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com.evil.example/a.pem',
  'https://evil.example/sns.us-east-1.amazonaws.com/a.pem',
  'https://snsXus-east-1.amazonaws.com/a.pem',
  'https://sns-us-east-1.amazonaws.com/a.pem',
  'https://xsns.us-east-1.amazonaws.com/a.pem',
  'https://x.sns.us-east-1.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com./a.pem',
  'https://sns.us-east-1.amazonawsxcom/a.pem',
  'https://sns.us-east-1.amazonaws.co/a.pem',
  'https://sns.us-east-2.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com.cn/a.pem',
  'https://sns.us-east-1.s3.amazonaws.com/a.pem',
  'https://s3.us-east-1.amazonaws.com/sns/a.pem',
  'https://sns.amazonaws.com/a.pem',
  'https://sns..amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com:443/a.pem',
  'https://sns.us-east-1.amazonaws.com:8443/a.pem',
  'https://user@sns.us-east-1.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com@evil.example/a.pem',
  'https://sns.us-east-1.amazonaws.com\\@evil.example/a.pem',
  'https://evil.example\\.sns.us-east-1.amazonaws.com/a.pem',
  'https://evil.example#.sns.us-east-1.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com/a.pem?x=.pem',
  'https://sns.us-east-1.amazonaws.com/a.pem#',
  'https://sns.us-east-1.amazonaws.com/a.pem/../b',
  'https://sns.us-east-1.amazonaws.com/?a.pem',
  'https://sns.us-east-1.amazonaws.com/a.pem ',
  ' https://sns.us-east-1.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws.com/a%2epem',
  'https://sns.us-east-1.amazonaws.com/a.PEM',
  'https://sns.us-east-1.amazonaws.com/.pem/',
  'https://sns.us-east-1.amazonaws.com/',
  'https://sns.us-east-1.amazonaws.com',
  'https:/sns.us-east-1.amazonaws.com/a.pem',
  '//sns.us-east-1.amazonaws.com/a.pem',
  'https://ѕns.us-east-1.amazonaws.com/a.pem',
  'https://sns.us-east-1.amazonaws。com/a.pem',
  'https://sns.us-east-1.amazonaws.com\r\n.evil.example/a.pem',
  'https://169.254.169.254/a.pem',
  'file:///a.pem',
  'javascript:alert(1)//.pem',
  '',
]

describe('the certificate of an SNS message', () => {
  it.each(LOOK_ALIKES)('is not fetched from "%s"', async (text) => {
    const { asked, fetch } = certificate()
    const evidence = await evidenceOf('2', { certificateUrl: text })
    const outcome = await createSns().verify(evidence, contextWith([topic()], { fetch }))
    expect(outcome).toMatchObject({ refusal: { code: 'certificate_refused', problem: 'url' } })
    expect(asked).toEqual([])
  })

  it('comes from the host of its own partition and region', () => {
    const url = (arn: string, text: string) => {
      const place = topicPlace(arn)
      return place && certificateUrl(text, place)
    }
    const file = '/SimpleNotificationService-00.pem'
    const china = 'arn:aws-cn:sns:cn-north-1:123456789012:t'
    const government = 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:t'
    expect(url(china, `https://sns.cn-north-1.amazonaws.com.cn${file}`)).toBeDefined()
    expect(url(china, `https://sns.cn-north-1.amazonaws.com${file}`)).toBeUndefined()
    expect(url(government, `https://sns.us-gov-west-1.amazonaws.com${file}`)).toBeDefined()
    expect(
      url('arn:aws-iso:sns:us-iso-east-1:123456789012:t', `https://sns.us-iso-east-1.c2s.ic.gov${file}`),
    ).toBeUndefined()
    // One host, one spelling: the cache is keyed by it.
    expect(url(TOPIC, `HTTPS://SNS.US-EAST-1.amazonaws.com${file}`)).toBeUndefined()
    expect(url(TOPIC, `https://SNS.US-EAST-1.amazonaws.com${file}`)).toBe(
      `https://sns.us-east-1.amazonaws.com${file}`,
    )
  })

  it('is fetched once for all deliveries, also for those that come at once', async () => {
    const { asked, fetch } = certificate()
    const sns = createSns()
    const evidence = await evidenceOf()
    const context = contextWith([topic()], { fetch })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => sns.verify(evidence, context)))
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(await sns.verify(evidence, context)).toMatchObject({ ok: true })
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
    await sns.verify(await evidenceOf(), contextWith([topic()], { fetch }))
    const outcome = await sns.verify(await evidenceOf(), contextWith([topic()], { fetch, nowSeconds }))
    expect(outcome.ok).toBe(passes)
    if (!outcome.ok) expect(outcome.refusal).toEqual({ code: 'certificate_refused', problem: 'expired' })
  })
})

const redirect = () => new Response(null, { status: 302, headers: { location: URL } })
const refused = (problem: string) => ({ code: 'certificate_refused', problem })
const DOWN = { code: 'proof_unavailable', dependency: 'sns-certificate' }

describe('a certificate that cannot be had', () => {
  it.each<[string, () => Response | Promise<Response>, object]>([
    ['a redirect', redirect, refused('not_a_certificate')],
    ['404', () => new Response('no', { status: 404 }), refused('not_a_certificate')],
    ['206 with a certificate', () => new Response(pem['2'], { status: 206 }), refused('not_a_certificate')],
    ['a page', () => new Response('<html></html>'), refused('not_a_certificate')],
    ['nothing', () => new Response(null), refused('not_a_certificate')],
    ['too much', () => new Response(pem['2'] + ' '.repeat(16_384)), refused('too_large')],
    ['a server error', () => new Response('', { status: 503 }), DOWN],
    ['too many requests', () => new Response('', { status: 429 }), DOWN],
    ['a broken connection', () => Promise.reject(new TypeError('gone')), DOWN],
  ])('refuses: %s, and costs one request', async (_what, answer, refusal) => {
    const { asked, fetch } = network(answer)
    const sns = createSns()
    const evidence = await evidenceOf()
    const context = contextWith([topic()], { fetch })
    for (let i = 0; i < 5; i++) expect(await sns.verify(evidence, context)).toEqual({ ok: false, refusal })
    expect(asked).toHaveLength(1)
  })

  it('is asked for again after a while', async () => {
    let answer: () => Response = () => new Response('', { status: 503 })
    const { asked, fetch } = network(() => answer())
    const sns = createSns()
    const evidence = await evidenceOf()
    const at = (nowSeconds: number) => sns.verify(evidence, contextWith([topic()], { fetch, nowSeconds }))
    expect(await at(NOW_SECONDS)).toMatchObject({ ok: false })
    answer = () => new Response(pem['2'])
    expect(await at(NOW_SECONDS + 4)).toMatchObject({ ok: false })
    expect(await at(NOW_SECONDS + 5)).toMatchObject({ ok: true })
    expect(asked).toHaveLength(2)
  })

  it('counts as down when it takes longer than three seconds', async () => {
    const { fetch } = network(() => new Promise<Response>(() => undefined))
    const started = Date.now()
    const outcome = await createSns().verify(await evidenceOf(), contextWith([topic()], { fetch }))
    expect(outcome).toEqual({ ok: false, refusal: DOWN })
    expect(Date.now() - started).toBeLessThan(4_500)
  }, 10_000)

  it('counts as down when its body never ends', async () => {
    const { fetch } = network(
      () => new Response(new ReadableStream({ pull: () => new Promise(() => undefined) })),
    )
    const outcome = await createSns().verify(await evidenceOf(), contextWith([topic()], { fetch }))
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
      const text = await certificateOf(spki, sha256.privateKey, VALIDITY)
      const { fetch } = network(() => new Response(text))
      const outcome = await createSns().verify(await evidenceOf(), contextWith([topic()], { fetch }))
      expect(outcome).toEqual({ ok: false, refusal: refused(problem) })
    }
  })

  it('does not let a stranger who knows the topic cause requests without end', async () => {
    const { asked, fetch } = network(() => new Response('no', { status: 404 }))
    const sns = createSns()
    const context = contextWith([topic()], { fetch })
    for (let i = 0; i < 100; i++) {
      const certificateUrl = `https://sns.us-east-1.amazonaws.com/forged-${i}.pem`
      expect(await sns.verify(await evidenceOf('2', { certificateUrl }), context)).toMatchObject({
        ok: false,
      })
    }
    expect(asked).toHaveLength(30)
  })
})
