/** RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2). WebCrypto compares the whole padded block, so padding tricks fail. */
import type { RsaEvidence } from '../../providers/evidence.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { verifySigned } from './signatures.ts'

const USES = {
  'SHA-1': 'rsa-pkcs1-sha1',
  'SHA-256': 'rsa-pkcs1-sha256',
} as const satisfies Record<RsaEvidence['hash'], KeyUse>

export const rsa: Scheme<RsaEvidence> = {
  name: 'rsa',
  verify: (evidence, context) =>
    verifySigned(evidence, context, {
      use: USES[evidence.hash],
      form: (signature) => signature,
    }),
}
