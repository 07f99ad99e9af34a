/** SNS as the tests see it: keys and certificates made anew, messages to change, and a network that counts. */
import { fromBase64, toBase64, utf8 } from '../../../src/platform/bytes.ts'
import type { SnsCredentials } from '../../../src/providers/shared/presented-credentials.ts'
import type { Secret } from '../../../src/registry/sources/source.ts'
import { NOW_SECONDS, type Pair, pairOf, signWith } from './making.ts'
import { certificateOf } from './x509.ts'

export const TOPIC = 'arn:aws:sns:us-east-1:123456789012:ses-events'
export const URL = 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem'
const SIGNED = utf8('Message\n{}\nMessageId\n1\n')
export const VALIDITY = { fromSeconds: NOW_SECONDS - 86_400, toSeconds: NOW_SECONDS + 86_400 }
export const topic = (arn = TOPIC): Secret => ({ kind: 'topic-arn', arn })

export interface Keys {
  readonly sha1: Pair
  readonly sha256: Pair
  /** The certificate by signature version. */
  readonly pem: Readonly<Record<'1' | '2', string>>
}

export const spkiOf = ({ secret }: Pair): Uint8Array => fromBase64(secret.spki) ?? utf8('malformed')

/** Making them takes long: once a test file. */
export async function makeKeys(): Promise<Keys> {
  const [sha1, sha256] = await Promise.all([pairOf('rsa', 'SHA-1'), pairOf('rsa')])
  const of = (pair: Pair) => certificateOf(spkiOf(pair), sha256.privateKey, VALIDITY)
  return { sha1, sha256, pem: { '1': await of(sha1), '2': await of(sha256) } }
}

export async function credentialsWith(
  keys: Keys,
  version: '1' | '2' = '2',
  change: Partial<SnsCredentials> = {},
): Promise<SnsCredentials> {
  const { privateKey } = version === '1' ? keys.sha1 : keys.sha256
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
export function network(answer: () => Response | Promise<Response>) {
  const asked: { url: string; redirect: string | undefined }[] = []
  const fetcher = (async (url: string, init?: RequestInit) => {
    asked.push({ url, redirect: init?.redirect })
    return answer()
  }) as typeof fetch
  return { asked, fetch: fetcher }
}
