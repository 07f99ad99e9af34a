import { beforeAll, describe, expect, it } from 'vitest'
import { createSns } from '../../../src/gateway/authenticate/sns.ts'
import { NOW_SECONDS, type Pair, contextWith, pairOf } from './making.ts'
import { VALIDITY, credentialsWith, spkiOf, topic } from './sns-making.ts'
import { certificateOf } from './x509.ts'

const PARIS = 'arn:scw:sns:fr-par:project-d4730602-0495-4bb6-bb94-de3a9b000660:mail-events'
const BUCKET = 'https://messaging.s3.fr-par.scw.cloud'
const URL = `${BUCKET}/fr-par/sns/sns_certificate_0123.crt`
const ISSUERS = `${BUCKET}/fr-par/sns/sns-trust-chain.pem`
const NAME = 'Scaleway MnQ'

let leaf: { sha1: Pair; sha256: Pair }
let authority: Pair
let stranger: Pair
beforeAll(async () => {
  const [sha1, sha256, ours, theirs] = await Promise.all([
    pairOf('rsa', 'SHA-1'),
    pairOf('rsa'),
    pairOf('rsa'),
    pairOf('rsa'),
  ])
  leaf = { sha1, sha256 }
  authority = ours
  stranger = theirs
}, 60_000)

/** The leaf's certificate; every name here is the same, so that the signature alone tells who issued it. */
const issuedBy = (issuer: Pair, name = NAME) =>
  certificateOf(spkiOf(leaf.sha1), issuer.privateKey, VALIDITY, name)
const authorityOf = (pair: Pair, validity = VALIDITY, name = NAME) =>
  certificateOf(spkiOf(pair), pair.privateKey, validity, name)

type Answer = string | number | undefined

/** A network of two files: a text, a status, or nothing at all. */
function network(files: Readonly<Record<string, Answer>>) {
  const asked: string[] = []
  const fetcher = ((url: string) => {
    asked.push(url)
    const file = files[url]
    if (file === undefined) return Promise.reject(new TypeError('network down'))
    return Promise.resolve(typeof file === 'number' ? new Response('', { status: file }) : new Response(file))
  }) as typeof fetch
  return { asked, fetch: fetcher }
}

const credentials = (change: object = {}) =>
  credentialsWith({ ...leaf, pem: { '1': '', '2': '' } }, '1', {
    topicArn: PARIS,
    certificateUrl: URL,
    ...change,
  })

const refused = (problem: string) => ({ ok: false, refusal: { code: 'certificate_refused', problem } })
const DOWN = { ok: false, refusal: { code: 'proof_unavailable', dependency: 'signing-certificate' } }
const FINE = { ok: true }

describe('a certificate of Scaleway', () => {
  it.each<[string, object, () => Promise<readonly [leaf: Answer, issuers: Answer]>]>([
    ['of its authority', FINE, async () => [await issuedBy(authority), await authorityOf(authority)]],
    [
      'of the second of two authorities',
      FINE,
      async () => [
        await issuedBy(authority),
        `${await authorityOf(stranger, VALIDITY, 'Root')}\n${await authorityOf(authority)}`,
      ],
    ],
    [
      'of the right authority, beside a file that is none',
      FINE,
      async () => [
        await issuedBy(authority),
        `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${await authorityOf(authority)}`,
      ],
    ],
    [
      'of a stranger by the same name',
      refused('not_of_sns'),
      async () => [await issuedBy(stranger), await authorityOf(authority)],
    ],
    [
      'that names another issuer',
      refused('not_of_sns'),
      async () => [await issuedBy(authority, 'Other'), await authorityOf(authority)],
    ],
    [
      'of an authority that has ended',
      refused('not_of_sns'),
      async () => [
        await issuedBy(authority),
        await authorityOf(authority, { fromSeconds: NOW_SECONDS - 9, toSeconds: NOW_SECONDS - 1 }),
      ],
    ],
    [
      'of an authority that has not begun',
      refused('not_of_sns'),
      async () => [
        await issuedBy(authority),
        await authorityOf(authority, { fromSeconds: NOW_SECONDS + 1, toSeconds: NOW_SECONDS + 9 }),
      ],
    ],
    ['of nobody', refused('not_of_sns'), async () => [await issuedBy(authority), 'nothing in here']],
    // A fault of the authorities is not one of the message, so the message shall be sent again.
    ['whose authorities are away', DOWN, async () => [await issuedBy(authority), undefined]],
    ['whose authorities are gone', DOWN, async () => [await issuedBy(authority), 404]],
    ['whose authorities are too much', DOWN, async () => [await issuedBy(authority), ' '.repeat(20_000)]],
    ['that is away', DOWN, async () => [undefined, await authorityOf(authority)]],
    ['that is gone', refused('not_a_certificate'), async () => [404, await authorityOf(authority)]],
    ['that is a page', refused('not_a_certificate'), async () => ['<html>', await authorityOf(authority)]],
  ])('%s', async (_what, expected, files) => {
    const [certificate, issuers] = await files()
    const { fetch } = network({ [URL]: certificate, [ISSUERS]: issuers })
    const outcome = await createSns().verify(await credentials(), contextWith([topic(PARIS)], { fetch }))
    expect(outcome).toMatchObject(expected)
  })

  it('is fetched once, and its authorities with it', async () => {
    const { asked, fetch } = network({
      [URL]: await issuedBy(authority),
      [ISSUERS]: await authorityOf(authority),
    })
    const sns = createSns()
    const context = contextWith([topic(PARIS)], { fetch })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => sns.verify(await credentials(), context)),
    )
    expect(outcomes.every(({ ok }) => ok)).toBe(true)
    expect(asked).toEqual([URL, ISSUERS])
  })

  it('proves nothing for a topic of Amazon’s, and Amazon’s nothing for one of Scaleway’s', async () => {
    const amazon = 'arn:aws:sns:us-east-1:123456789012:mail-events'
    const { asked, fetch } = network({ [URL]: await issuedBy(authority) })
    for (const [topicArn, certificateUrl] of [
      [amazon, URL],
      [PARIS, 'https://sns.us-east-1.amazonaws.com/a.pem'],
    ] as const) {
      const outcome = await createSns().verify(
        await credentials({ topicArn, certificateUrl }),
        contextWith([topic(topicArn)], { fetch }),
      )
      expect(outcome).toMatchObject(refused('url'))
    }
    expect(asked).toEqual([])
  })

  it.each([
    URL.replace('https', 'http'),
    URL.replace('messaging.', 'attacker.'),
    URL.replace('messaging.s3.fr-par', 'messaging.s3.nl-ams'),
    URL.replace('scw.cloud', 'scw.cloud.evil.example'),
    URL.replace('scw.cloud', 'scw.cloud:8443'),
    URL.replace('https://', 'https://user@'),
    URL.replace('/fr-par/', '/nl-ams/'),
    URL.replace('/fr-par/', '/x/fr-par/'),
    URL.replace('/sns/', '/sqs/'),
    URL.replace('/sns/', '/sns/deeper/'),
    URL.replace('/sns/', '/sns/../'),
    URL.replace('/sns/', '//sns/'),
    URL.replace('.crt', '.txt'),
    `${URL}?x=.crt`,
    `${URL}#`,
    ` ${URL}`,
    `${BUCKET}/fr-par/sns/.crt`,
  ])('is not fetched from "%s"', async (certificateUrl) => {
    const { asked, fetch } = network({})
    const outcome = await createSns().verify(
      await credentials({ certificateUrl }),
      contextWith([topic(PARIS)], { fetch }),
    )
    expect(outcome).toMatchObject(refused('url'))
    expect(asked).toEqual([])
  })
})
