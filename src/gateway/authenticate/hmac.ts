/** HMAC over SHA-1, SHA-256 or SHA-512 (RFC 2104), never cut short. */
import type { HmacEvidence } from '../../providers/evidence.ts'
import type { KeyUse, Scheme } from './scheme.ts'
import { type How, verifySigned } from './signatures.ts'

const how = (use: KeyUse, bytes: number): How => ({
  use,
  form: (signature) => (signature.byteLength === bytes ? signature : undefined),
})

const HASHES: Readonly<Record<HmacEvidence['hash'], How>> = {
  'SHA-1': how('hmac-sha1', 20),
  'SHA-256': how('hmac-sha256', 32),
  'SHA-512': how('hmac-sha512', 64),
}

export const hmac: Scheme<HmacEvidence> = {
  name: 'hmac',
  verify: (evidence, context) => verifySigned(evidence, context, HASHES[evidence.hash]),
}
