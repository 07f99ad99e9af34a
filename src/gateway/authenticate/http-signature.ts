/**
 * HTTP message signatures (RFC 9421) with Ed25519 over the digest of the body (RFC 9530). The key is one of the source's. If a vendor has one
 * for all of its customers and publishes it, any of them can have a body signed and send it to anybody's URL. So all of the body must be
 * about accounts that the source lists.
 */
import { toBase64 } from '../../platform/bytes.ts'
import type { HttpSignature, HttpSignatureCredentials } from '../../providers/shared/presented-credentials.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'
import { type CertificateLocation, Certificates } from './certificates.ts'
import { BY_ED25519 } from './ed25519.ts'
import { verifies } from './keys.ts'
import { MAX_KEYS, decodePresented } from './limits.ts'
import type { Scheme, SchemeContext } from './scheme.ts'
import { closest, verifySigned } from './signatures.ts'

const MISMATCH = refuse({ code: 'signature_mismatch', keysAttempted: 1 })

/** @param keys cached keys of vendors; all deliveries of an isolate share them */
export const createHttpSignature = (keys = new Certificates()): Scheme<HttpSignatureCredentials> => ({
  name: 'http-signature',
  async verify(credentials, context) {
    const { slots, shared, digests, body } = credentials
    const accounts = context
      .secrets(slots)
      .flatMap((secret) => (secret.kind === 'account' ? [secret.id] : []))
      .slice(0, MAX_KEYS)
    if (shared !== undefined && accounts.length === 0) return refuse({ code: 'secret_missing' })
    const verified = await closest(credentials.signatures, (one) => {
      const { expiresAtSeconds: end = Infinity, createdSeconds: start } = one
      if (context.nowSeconds > end)
        return refuse({
          code: 'timestamp_outside_window',
          ageSeconds: context.nowSeconds - start,
          windowSeconds: end - start,
        })
      return shared === undefined
        ? verifySigned(
            { slots, signatures: [{ text: one.text, encoding: 'base64' }], signed: [one.signed] },
            context,
            BY_ED25519,
          )
        : verifyShared(one, shared.keyUrl, keys, context)
    })
    if (!verified.ok) return verified
    for (const { hash, text } of digests) {
      if (toBase64(new Uint8Array(await crypto.subtle.digest(hash, body))) !== text) return MISMATCH
    }
    return shared === undefined || areOwn(shared.accounts(), accounts)
      ? verified
      : refuse({ code: 'topic_foreign' })
  },
})

const areOwn = (presented: readonly (string | undefined)[], own: readonly (string | undefined)[]): boolean =>
  presented.length > 0 && presented.every((account) => own.includes(account))

/** Plain, so that it needs no escape in a URL. */
const KEY_ID = /^[A-Za-z0-9_.-]{1,100}$/

async function verifyShared(
  { text, signed, keyId = '' }: HttpSignature,
  keyUrl: string,
  keys: Certificates,
  context: SchemeContext,
): Promise<Outcome<void>> {
  if (text === '') return refuse({ code: 'proof_missing', field: 'signature' })
  const bytes = decodePresented(text, 'base64')
  const signature = bytes && BY_ED25519.form(bytes)
  if (signature === undefined) return refuse({ code: 'proof_malformed', field: 'signature' })
  if (!KEY_ID.test(keyId)) return refuse({ code: 'proof_malformed', field: 'keyid' })
  const location: CertificateLocation = { url: keyUrl + keyId, bareKey: 'ed25519' }
  const key = await keys.key(location, 'ed25519', context)
  if (!key.ok) return key
  if (!context.attempts.take()) return MISMATCH
  return (await verifies('ed25519', key.value, signature, signed)) ? pass(undefined) : MISMATCH
}
