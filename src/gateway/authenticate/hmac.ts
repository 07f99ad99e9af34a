/** HMAC over SHA-1, SHA-256 or SHA-512 (RFC 2104), never cut short. */
import type { HmacCredentials } from '../../providers/shared/presented-credentials.ts'
import type { Outcome } from '../outcome.ts'
import type { KeyUse, Scheme, SchemeContext } from './scheme.ts'
import { type How, verifySigned } from './signatures.ts'

const how = (use: KeyUse, bytes: number): How => ({
  use,
  form: (signature) => (signature.byteLength === bytes ? signature : undefined),
})

const HASHES: Readonly<Record<HmacCredentials['hash'], How>> = {
  'SHA-1': how('hmac-sha1', 20),
  'SHA-256': how('hmac-sha256', 32),
  'SHA-512': how('hmac-sha512', 64),
}

const UNDER_DECODED_KEY = how('hmac-sha256-base64', 32)

export const hmac: Scheme<HmacCredentials> = {
  name: 'hmac',
  verify: (credentials, context) =>
    credentials.keyMayBeBase64 === true
      ? underEitherKey(credentials, context)
      : verifySigned(credentials, context, HASHES[credentials.hash]),
}

async function underEitherKey(credentials: HmacCredentials, context: SchemeContext): Promise<Outcome<void>> {
  const outcome = await verifySigned(credentials, context, UNDER_DECODED_KEY)
  return outcome.ok ? outcome : verifySigned(credentials, context, HASHES[credentials.hash])
}
