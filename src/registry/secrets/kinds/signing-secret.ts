/**
 * A Standard Webhooks secret that Postern signs with: `whsec_` and base64 of 24 to 64 bytes.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { toBase64 } from '../../../platform/bytes.ts'
import { isPlaceholderKey } from '../../../platform/weak-secret.ts'
import { type Checked, accept, bytesBehind, wrong } from '../kind.ts'

const PREFIX = 'whsec_'
const MIN_BYTES = 24
const MAX_BYTES = 64

export function checkSigningSecret(value: unknown): Checked {
  const bytes = bytesBehind(PREFIX, value)
  if ('ok' in bytes) return bytes
  if (bytes.byteLength < MIN_BYTES || bytes.byteLength > MAX_BYTES)
    return wrong(`Must have ${MIN_BYTES} to ${MAX_BYTES} bytes, in base64.`)
  if (isPlaceholderKey(bytes)) return wrong('Is a placeholder: put the real secret here.')
  return accept({ kind: 'standard-webhooks', key: toBase64(bytes) })
}
