/** Keys of signatures: those of Standard Webhooks, and Ed25519 keys that Postern signs with. */
import { concat, fromBase64, fromBase64Url, toBase64, type Bytes } from '../../platform/bytes.ts'
import { isPlaceholderKey } from '../../platform/weak-secret.ts'
import { ed25519Public } from './public-keys.ts'
import { accept, bytesBehind, type Checked, type KindOfSecret, wrong } from './kind.ts'
import { whatIsPasted } from './pasted.ts'

/** The specification asks for 24 to 64 bytes, but some ESPs hand out shorter secrets. */
const ESP_MIN_BYTES = 16
const ESP_MAX_BYTES = 512

/**
 * A Standard Webhooks secret: `whsec_` and base64, or `whpk_` and the base64 of an Ed25519 public key. The prefix `whsec_` may be
 * absent.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standardWebhooks: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be text.')
    if (value.trim() === '') return wrong('Is empty.')
    if (value !== value.trim()) return wrong('Begins or ends with white space: paste it without.')
    if (value.startsWith('whpk_')) return ed25519Public.check(value.slice('whpk_'.length))
    const encoded = value.replace(/^whsec_/, '')
    const bytes = fromBase64(encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '='))
    const pasted = encoded === value ? whatIsPasted(value) : undefined
    if (pasted?.neverSecretText === true || (pasted !== undefined && bytes === undefined))
      return wrong(`Must be "whsec_" and base64, but this is ${pasted.name}.`)
    if (bytes === undefined)
      return wrong('Must be "whsec_" and base64: what follows the prefix is not base64.')
    if (bytes.byteLength < ESP_MIN_BYTES)
      return wrong(`Is too short to be a secret: at least ${ESP_MIN_BYTES} bytes, in base64.`)
    if (bytes.byteLength > ESP_MAX_BYTES)
      return wrong(`Is too long: at most ${ESP_MAX_BYTES} bytes, in base64.`)
    if (isPlaceholderKey(bytes)) return wrong('Is a placeholder: put the real secret here.')
    return accept({ kind: 'standard-webhooks', key: toBase64(bytes) })
  },
}

const OWN_MIN_BYTES = 24
const OWN_MAX_BYTES = 64

/**
 * A Standard Webhooks secret that Postern signs with: `whsec_` and base64 of 24 to 64 bytes.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function checkSigningSecret(value: unknown): Checked {
  const bytes = bytesBehind('whsec_', value)
  if ('ok' in bytes) return bytes
  if (bytes.byteLength < OWN_MIN_BYTES || bytes.byteLength > OWN_MAX_BYTES)
    return wrong(`Must have ${OWN_MIN_BYTES} to ${OWN_MAX_BYTES} bytes, in base64.`)
  if (isPlaceholderKey(bytes)) return wrong('Is a placeholder: put the real secret here.')
  return accept({ kind: 'standard-webhooks', key: toBase64(bytes) })
}

const SEED_BYTES = 32

/** The bytes before the seed in PKCS #8 (RFC 8410 section 7). */
const PKCS8_PREFIX = Uint8Array.of(
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
) // prettier-ignore

/**
 * An Ed25519 private key of Standard Webhooks: `whsk_` and base64 of the 32 bytes of RFC 8032 section 5.1.5, or of those and the
 * 32 bytes of the public key.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function checkEd25519Private(value: unknown): Promise<Checked> {
  const bytes = bytesBehind('whsk_', value)
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
