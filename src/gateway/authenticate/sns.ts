/**
 * Amazon SNS, and Scaleway's Topics and Events: RSA over the fields of the message, with a certificate that the message names.
 * Anybody can have a topic of their own that signs just as well, so the source pins its topics, and nothing is fetched for
 * another one.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
import { concat } from '../../platform/bytes.ts'
import type { SnsCredentials } from '../../providers/shared/presented-credentials.ts'
import { pass, refuse } from '../outcome.ts'
import { Certificates } from './certificates.ts'
import { verifies } from './keys.ts'
import { MAX_KEYS, decodePresented } from './limits.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { certificateLocation } from './sns-names.ts'

const USES: ReadonlyMap<string, KeyUse> = new Map([
  ['1', 'rsa-pkcs1-sha1'],
  ['2', 'rsa-pkcs1-sha256'],
])

/** @param certificates cached certificates; all deliveries of an isolate share them */
export const createSns = (certificates = new Certificates()): Scheme<SnsCredentials> => ({
  name: 'sns',
  async verify(credentials, context) {
    const topics = context
      .secrets(credentials.slots)
      .filter((secret) => secret.kind === 'topic-arn' || secret.kind === 'scaleway-topic')
      .slice(0, MAX_KEYS)
    if (topics.length === 0) return refuse({ code: 'secret_missing' })
    const use = USES.get(credentials.version)
    if (use === undefined) return refuse({ code: 'algorithm_unsupported', algorithm: 'SignatureVersion' })
    if (credentials.signature === '') return refuse({ code: 'proof_missing', field: 'Signature' })
    const signature = decodePresented(credentials.signature, 'base64')
    if (signature === undefined) return refuse({ code: 'proof_malformed', field: 'Signature' })
    if (!topics.some(({ arn }) => arn === credentials.topicArn)) return refuse({ code: 'topic_foreign' })
    const location = certificateLocation(credentials.topicArn, credentials.certificateUrl)
    if (location === undefined) return refuse({ code: 'certificate_refused', problem: 'url' })

    const key = await certificates.key(location, use, context)
    if (!key.ok) return key
    return (await verifies(use, key.value, signature, concat(credentials.signed)))
      ? pass(undefined)
      : refuse({ code: 'signature_mismatch', keysAttempted: 1 })
  },
})
