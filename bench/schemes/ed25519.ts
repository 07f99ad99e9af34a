/** Ed25519 over the body, in base64. */
import { ed25519 as scheme } from '../../src/gateway/authenticate/ed25519.ts'
import { toBase64 } from '../../src/platform/bytes.ts'
import { COVERED, checks, decoded, pairOf, schemeVerifies, sign, spkiOf } from '../making.ts'
import type { Row } from '../row.ts'

export const ed25519: Row = {
  name: 'ed25519',
  async prepare(signed, sent) {
    const pair = await pairOf({ name: 'Ed25519' })
    const signature = await sign('Ed25519', pair.privateKey, signed)
    const text = toBase64(signature)
    const signatures = [{ text, encoding: 'base64' }] as const
    const credentials = { ...COVERED, scheme: 'ed25519', signatures, signed: [sent] } as const
    const secret = { kind: 'public-key', algorithm: 'ed25519', spki: await spkiOf(pair) } as const
    return {
      check: checks('Ed25519', pair.publicKey, signature, sent),
      bare: () => crypto.subtle.verify('Ed25519', pair.publicKey, decoded(text, 'base64'), sent),
      ours: schemeVerifies(scheme, credentials, secret),
      official: {},
    }
  },
}
