/** A presented secret: its HMAC is compared with the precomputed HMAC of the expected secret. */
import { sharedSecret as scheme } from '../../src/gateway/authenticate/shared-secret.ts'
import { type Bytes, toBase64Url, utf8 } from '../../src/platform/bytes.ts'
import { COVERED, checks, hmacKey, schemeVerifies, sign } from '../making.ts'
import type { Row } from '../row.ts'

/** The usual length of API keys. */
const secretFrom = async (bytes: Bytes): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))

export const sharedSecret: Row = {
  name: 'shared-secret',
  async prepare(made, sent) {
    const text = await secretFrom(made)
    const presented = await secretFrom(sent)
    const key = await hmacKey(crypto.getRandomValues(new Uint8Array(32)))
    const encoder = new TextEncoder()
    const tag = await sign('HMAC', key, utf8(text))
    return {
      check: checks('HMAC', key, tag, utf8(presented)),
      bare: () => crypto.subtle.verify('HMAC', key, tag, encoder.encode(presented)),
      ours: schemeVerifies(
        scheme,
        { ...COVERED, scheme: 'shared-secret', presented },
        { kind: 'text', text },
      ),
      official: {},
    }
  },
}
