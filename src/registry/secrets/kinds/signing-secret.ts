/**
 * A Standard Webhooks secret that Postern signs with: `whsec_` and base64 of 24 to 64 bytes.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { fromBase64, toBase64 } from '../../../platform/bytes.ts'
import { isPlaceholderKey } from '../../../platform/weak-secret.ts'
import { type Checked, accept, wrong } from '../kind.ts'
import { whatIsPasted } from '../pasted.ts'

const PREFIX = 'whsec_'
const MIN_BYTES = 24
const MAX_BYTES = 64

export function checkSigningSecret(value: unknown): Checked {
  if (typeof value !== 'string') return wrong('Must be text.')
  if (!value.startsWith(PREFIX)) {
    const pasted = whatIsPasted(value)
    return wrong(
      `Must be "${PREFIX}" and base64${pasted === undefined ? '' : `, but this is ${pasted.name}`}.`,
    )
  }
  const bytes = fromBase64(value.slice(PREFIX.length))
  if (bytes === undefined)
    return wrong(`Must be "${PREFIX}" and base64: what follows the prefix is not base64.`)
  if (bytes.byteLength < MIN_BYTES || bytes.byteLength > MAX_BYTES)
    return wrong(`Must have ${MIN_BYTES} to ${MAX_BYTES} bytes, in base64.`)
  if (isPlaceholderKey(bytes)) return wrong('Is a placeholder: put the real secret here.')
  return accept({ kind: 'standard-webhooks', key: toBase64(bytes) })
}
