import { beforeAll, describe, expect, it } from 'vitest'
import { createSns } from '../../../src/gateway/authenticate/sns.ts'
import { certificateLocation } from '../../../src/gateway/authenticate/sns-names.ts'
import type { SnsCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import { contextWith } from './making.ts'
import { type Keys, TOPIC, URL, credentialsWith, makeKeys, network, topic } from './sns-making.ts'
import { describeScheme } from './suite.ts'

let keys: Keys
beforeAll(async () => {
  keys = await makeKeys()
}, 60_000)
const credentialsOf = (version: '1' | '2' = '2', change: Partial<SnsCredentials> = {}) =>
  credentialsWith(keys, version, change)
const certificate = (version: '1' | '2' = '2') => network(() => new Response(keys.pem[version]))

/** Every topic signs with the same key here, so what tells two sources apart is the topic alone. */
let topics = 0
describeScheme<SnsCredentials>({
  title: 'SNS',
  scheme: {
    name: 'sns',
    verify: (credentials, context) =>
      createSns().verify(credentials, {
        ...context,
        fetch: certificate(credentials.version === '1' ? '1' : '2').fetch,
      }),
  },
  encoding: 'base64',
  codes: ['signature_mismatch', 'proof_malformed', 'topic_foreign'],
  presented: ({ signature }) => signature,
  present: (credentials, signature) => ({ ...credentials, signature }),
  signed: (credentials, bytes) => ({ ...credentials, signed: [bytes] }),
  async valid() {
    const arn = `${TOPIC}-${++topics}`
    return {
      credentials: await credentialsOf(topics % 2 === 0 ? '1' : '2', { topicArn: arn }),
      secret: topic(arn),
    }
  },
})

describe('SNS', () => {
  it.each(['1', '2'] as const)('passes signature version %s with its own hash', async (version) => {
    const { asked, fetch } = certificate(version)
    const outcome = await createSns().verify(await credentialsOf(version), contextWith([topic()], { fetch }))
    expect(outcome).toMatchObject({ ok: true })
    expect(asked).toEqual([{ url: URL, redirect: 'manual' }])
  })

  it('does not take one hash for the other', async () => {
    const { fetch } = certificate('2')
    const credentials = { ...(await credentialsOf('2')), version: '1' }
    const outcome = await createSns().verify(credentials, contextWith([topic()], { fetch }))
    expect(outcome).toMatchObject({ refusal: { code: 'signature_mismatch' } })
  })

  it.each(['', '0', '3', '1.0', ' 2', '02', 'constructor'])(
    'refuses signature version "%s" unasked',
    async (version) => {
      const { asked, fetch } = certificate()
      const credentials = await credentialsOf('2', { version })
      const outcome = await createSns().verify(credentials, contextWith([topic()], { fetch }))
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
      await credentialsOf('2', { topicArn }),
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
    const credentials = await credentialsOf('2', { certificateUrl: text })
    const outcome = await createSns().verify(credentials, contextWith([topic()], { fetch }))
    expect(outcome).toMatchObject({ refusal: { code: 'certificate_refused', problem: 'url' } })
    expect(asked).toEqual([])
  })

  it('comes from the host of its own partition and region', () => {
    const url = (arn: string, text: string) => certificateLocation(arn, text)?.url
    const file = '/SimpleNotificationService-00.pem'
    const china = 'arn:aws-cn:sns:cn-north-1:123456789012:t'
    const government = 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:t'
    expect(url(china, `https://sns.cn-north-1.amazonaws.com.cn${file}`)).toBeDefined()
    expect(url(china, `https://sns.cn-north-1.amazonaws.com${file}`)).toBeUndefined()
    expect(url(government, `https://sns.us-gov-west-1.amazonaws.com${file}`)).toBeDefined()
    const sovereign = 'arn:aws-eusc:sns:eusc-de-east-1:123456789012:t'
    expect(url(sovereign, `https://sns.eusc-de-east-1.amazonaws.eu${file}`)).toBeDefined()
    expect(url(sovereign, `https://sns.eusc-de-east-1.amazonaws.com${file}`)).toBeUndefined()
    expect(url(TOPIC, `https://sns.us-east-1.amazonaws.eu${file}`)).toBeUndefined()
    expect(
      url('arn:aws-iso:sns:us-iso-east-1:123456789012:t', `https://sns.us-iso-east-1.c2s.ic.gov${file}`),
    ).toBeUndefined()
    // One host, one spelling: the cache is keyed by it.
    expect(url(TOPIC, `HTTPS://SNS.US-EAST-1.amazonaws.com${file}`)).toBeUndefined()
    expect(url(TOPIC, `https://SNS.US-EAST-1.amazonaws.com${file}`)).toBe(
      `https://sns.us-east-1.amazonaws.com${file}`,
    )
  })
})
