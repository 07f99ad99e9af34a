/** HMAC with SHA-256 over the body, in hex. */
import { hmac } from '../../src/gateway/authenticate/hmac.ts'
import { toHex, utf8 } from '../../src/platform/bytes.ts'
import { COVERED, checks, decoded, hmacKey, schemeVerifies, sign } from '../making.ts'
import type { Row } from '../row.ts'

const SECRET = 'bench-0123456789-abcdefghij'

export const hmacSha256: Row = {
  name: 'hmac SHA-256',
  async prepare(signed, sent) {
    const key = await hmacKey(utf8(SECRET))
    const signature = await sign('HMAC', key, signed)
    const text = toHex(signature)
    const signatures = [{ text, encoding: 'hex' }] as const
    const credentials = { ...COVERED, scheme: 'hmac', hash: 'SHA-256', signatures, signed: [sent] } as const
    return {
      check: checks('HMAC', key, signature, sent),
      bare: () => crypto.subtle.verify('HMAC', key, decoded(text, 'hex'), sent),
      ours: schemeVerifies(hmac, credentials, { kind: 'text', text: SECRET }),
      official: {},
    }
  },
}
