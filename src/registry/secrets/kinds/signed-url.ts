/** The webhook URL that the ESP signs. Stored exactly as it was sent, since the signature covers every character. */
import { isMasked } from '../../../platform/shown-url.ts'
import { type KindOfSecret, accept, wrong } from '../kind.ts'

export const signedUrl: KindOfSecret = {
  check(value) {
    if (typeof value !== 'string') return wrong('Must be a URL, as text.')
    if (value !== value.trim() || value.length > 2_048 || !URL.canParse(value))
      return wrong('Must be an absolute URL of at most 2,048 characters, exactly as the ESP has it.')
    if (isMasked(value)) return wrong('Is masked: put the whole URL here.')
    return /^https?:$/.test(new URL(value).protocol)
      ? accept({ kind: 'signed-url', url: value })
      : wrong('Must be an https or http URL.')
  },
}
