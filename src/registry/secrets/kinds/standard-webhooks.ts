/**
 * A Standard Webhooks secret: `whsec_` and base64, or `whpk_` and the base64 of an Ed25519 public key. The prefix `whsec_` may be
 * absent.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { fromBase64, toBase64 } from '../../../platform/bytes.ts'
import { isPlaceholderKey } from '../../../platform/weak-secret.ts'
import { ed25519Public } from './ed25519-public.ts'
import { type KindOfSecret, accept, wrong } from '../kind.ts'
import { whatIsPasted } from '../pasted.ts'

/** The specification asks for 24 to 64 bytes, but some ESPs hand out shorter secrets. */
const MIN_BYTES = 16
const MAX_BYTES = 512

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
    if (bytes.byteLength < MIN_BYTES)
      return wrong(`Is too short to be a secret: at least ${MIN_BYTES} bytes, in base64.`)
    if (bytes.byteLength > MAX_BYTES) return wrong(`Is too long: at most ${MAX_BYTES} bytes, in base64.`)
    if (isPlaceholderKey(bytes)) return wrong('Is a placeholder: put the real secret here.')
    return accept({ kind: 'standard-webhooks', key: toBase64(bytes) })
  },
}
