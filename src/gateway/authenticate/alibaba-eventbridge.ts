/**
 * Alibaba Cloud's EventBridge, second version of its signature: RSA under a key that all its customers share, with a certificate
 * that the request names. Any of them can have any body signed for anybody's URL, so it is the source's own token that says
 * whose event it is. It is compared first, so a sender without it causes no request.
 *
 * @see https://help.aliyun.com/en/eventbridge/user-guide/signature-algorithm
 */
import { concat } from '../../platform/bytes.ts'
import type { AlibabaEventBridgeCredentials } from '../../providers/shared/presented-credentials.ts'
import { pass, refuse } from '../outcome.ts'
import { type CertificateLocation, Certificates } from './certificates.ts'
import { verifies } from './keys.ts'
import { decodePresented } from './limits.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { sharedSecret } from './shared-secret.ts'

const USE: KeyUse = 'rsa-pkcs1-sha256'

/**
 * Regions from which Direct Mail's events come. Not any region: the host is a bucket's, and where Alibaba has none of that name,
 * anybody may make it.
 *
 * @see https://www.alibabacloud.com/help/en/eventbridge/user-guide/events-of-the-direct-mail-type
 */
const REGIONS = ['cn-hangzhou', 'ap-southeast-1', 'eu-central-1', 'us-east-1'] as const

const CERTIFICATE = new RegExp(
  `^https://(?:${REGIONS.join('|')})-eventbridge\\.oss-accelerate\\.aliyuncs\\.com/[A-Za-z0-9_/-]{1,200}\\.pem$`,
)

/**
 * The page says nothing about the certificate except its host, and Alibaba's own verifier checks nothing else, neither a name nor a
 * date. Its key had 1,024 bits in 2021. The present length is not documented.
 */
const locationOf = (url: string): CertificateLocation | undefined =>
  CERTIFICATE.test(url) ? { url, minModulusBits: 1_024 } : undefined

/** @param certificates cached certificates; all deliveries of an isolate share them */
export const createEventBridge = (
  certificates = new Certificates(),
): Scheme<AlibabaEventBridgeCredentials> => ({
  name: 'alibaba-eventbridge',
  async verify(credentials, context) {
    const token = await sharedSecret.verify(
      { ...credentials, scheme: 'shared-secret', presented: credentials.token },
      context,
    )
    if (!token.ok) return token
    if (credentials.signature === '') return refuse({ code: 'proof_missing', field: 'signature' })
    const signature = decodePresented(credentials.signature, 'base64')
    if (signature === undefined) return refuse({ code: 'proof_malformed', field: 'signature' })
    const location = locationOf(credentials.certificateUrl)
    if (location === undefined) return refuse({ code: 'certificate_refused', problem: 'url' })

    const key = await certificates.key(location, USE, context)
    if (!key.ok) return key
    for (const signed of credentials.readings) {
      if (!context.attempts.take()) break
      if (await verifies(USE, key.value, signature, concat(signed))) return pass(undefined)
    }
    return refuse({ code: 'signature_mismatch', keysAttempted: 1 })
  },
})
