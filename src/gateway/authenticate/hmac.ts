/** HMAC over SHA-1, SHA-256 or SHA-512 (RFC 2104), never cut short. */
import type { HmacEvidence } from '../../providers/evidence.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { verifySigned } from './signatures.ts'

const HASHES = {
  'SHA-1': { use: 'hmac-sha1', bytes: 20 },
  'SHA-256': { use: 'hmac-sha256', bytes: 32 },
  'SHA-512': { use: 'hmac-sha512', bytes: 64 },
} as const satisfies Record<HmacEvidence['hash'], { use: KeyUse; bytes: number }>

export const hmac: Scheme<HmacEvidence> = {
  name: 'hmac',
  verify(evidence, context) {
    const { use, bytes } = HASHES[evidence.hash]
    return verifySigned(evidence, context, {
      use,
      form: (signature) => (signature.byteLength === bytes ? signature : undefined),
    })
  },
}
