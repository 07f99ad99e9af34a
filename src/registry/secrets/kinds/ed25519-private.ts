/**
 * An Ed25519 private key of Standard Webhooks: `whsk_` and base64 of the 32 bytes of RFC 8032 section 5.1.5, or of those and the
 * 32 bytes of the public key.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { type Bytes, concat, fromBase64Url, toBase64 } from '../../../platform/bytes.ts'
import { isPlaceholderKey } from '../../../platform/weak-secret.ts'
import { type Checked, accept, bytesBehind, wrong } from '../kind.ts'

const PREFIX = 'whsk_'
const SEED_BYTES = 32

/** The bytes before the seed in PKCS #8 (RFC 8410 section 7). */
const PKCS8_PREFIX = Uint8Array.of(
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
) // prettier-ignore

export async function checkEd25519Private(value: unknown): Promise<Checked> {
  const bytes = bytesBehind(PREFIX, value)
  if ('ok' in bytes) return bytes
  if (bytes.byteLength !== SEED_BYTES && bytes.byteLength !== 2 * SEED_BYTES)
    return wrong('Must have 32 bytes, or 64 with the public key behind them, in base64.')
  const seed = bytes.slice(0, SEED_BYTES)
  if (isPlaceholderKey(seed)) return wrong('Is a placeholder: put the real key here.')
  const publicKey = await publicKeyOf(seed)
  const given = toBase64(bytes.slice(SEED_BYTES))
  if (given !== '' && given !== publicKey) return wrong('Is broken: its public key belongs to another key.')
  return accept({ kind: 'ed25519-private', seed: toBase64(seed), publicKey })
}

/** Base64 of the 32 bytes. */
async function publicKeyOf(seed: Bytes): Promise<string> {
  const pkcs8 = concat([PKCS8_PREFIX, seed])
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign'])
  const { x = '' } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  const bytes = fromBase64Url(x)
  if (bytes?.byteLength !== SEED_BYTES) throw new TypeError('the platform exported no Ed25519 public key')
  return toBase64(bytes)
}
