/** RSA PKCS#1 v1.5 with 2,048 bits and SHA-256 over the body, in base64. */
import { rsa } from '../../src/gateway/authenticate/rsa.ts'
import { toBase64 } from '../../src/platform/bytes.ts'
import { COVERED, RSA, checks, decoded, pairOf, schemeVerifies, sign, spkiOf } from '../making.ts'
import type { Row } from '../row.ts'

export const rsa2048: Row = {
  name: 'rsa-2048 SHA-256',
  async prepare(signed, sent) {
    const pair = await pairOf(RSA)
    const signature = await sign(RSA.name, pair.privateKey, signed)
    const text = toBase64(signature)
    const signatures = [{ text, encoding: 'base64' }] as const
    const credentials = { ...COVERED, scheme: 'rsa', hash: 'SHA-256', signatures, signed: [sent] } as const
    const secret = { kind: 'public-key', algorithm: 'rsa', spki: await spkiOf(pair) } as const
    return {
      check: checks(RSA.name, pair.publicKey, signature, sent),
      bare: () => crypto.subtle.verify(RSA.name, pair.publicKey, decoded(text, 'base64'), sent),
      ours: schemeVerifies(rsa, credentials, secret),
      official: {},
    }
  },
}
