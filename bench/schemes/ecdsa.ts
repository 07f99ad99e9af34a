/** ECDSA over P-256, as SendGrid signs: timestamp and body, the signature in DER. */
import { createPublicKey, createSign } from 'node:crypto'
import sendgrid from '@sendgrid/eventwebhook'
import { ecdsa } from '../../src/gateway/authenticate/ecdsa.ts'
import { fromDer } from '../../src/gateway/authenticate/ecdsa-signature.ts'
import { type Bytes, utf8 } from '../../src/platform/bytes.ts'
import {
  COVERED,
  NOW_SECONDS,
  checks,
  decoded,
  joined,
  nodeKeyOf,
  pairOf,
  schemeVerifies,
  spkiOf,
} from '../making.ts'
import type { Row } from '../row.ts'

const TIMESTAMP = String(NOW_SECONDS)
const ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' }

export const ecdsaP256: Row = {
  name: 'ecdsa P-256',
  async prepare(signed, sent) {
    const pair = await pairOf({ name: 'ECDSA', namedCurve: 'P-256' })
    const spki = await spkiOf(pair)
    const der = createSign('sha256').update(TIMESTAMP).update(signed).sign(nodeKeyOf(pair.privateKey))
    const p1363 = fromDer(new Uint8Array(der))
    if (p1363 === undefined) throw new Error('Node made a signature that is no DER')
    const text = der.toString('base64')
    const credentials = {
      ...COVERED,
      scheme: 'ecdsa',
      format: 'der',
      signatures: [{ text, encoding: 'base64' }],
      signed: [utf8(TIMESTAMP), sent],
    } as const
    const [time] = credentials.signed

    const library = new sendgrid.EventWebhook()
    const spkiBytes = Buffer.from(spki, 'base64')
    const pem = createPublicKey({ key: spkiBytes, format: 'der', type: 'spki' }).export({
      type: 'spki',
      format: 'pem',
    })
    const libraryKey = library.convertPublicKeyToECDSA(String(pem))
    const payload = Buffer.from(sent)
    return {
      check: checks(ALGORITHM, pair.publicKey, p1363, joined(time, sent)),
      bare: () =>
        crypto.subtle.verify(ALGORITHM, pair.publicKey, p1363In(decoded(text, 'base64')), joined(time, sent)),
      ours: schemeVerifies(ecdsa, credentials, { kind: 'public-key', algorithm: 'ecdsa-p256', spki }),
      official: {
        '@sendgrid/eventwebhook': () => library.verifySignature(libraryKey, payload, text, TIMESTAMP),
      },
    }
  },
}

/** r and s of a DER sequence, without validation. */
function p1363In(der: Bytes): Bytes {
  const scalars = new Uint8Array(64)
  for (let i = 0, at = 3; i < 2; i++) {
    const end = at + 1 + (der[at] ?? 0)
    const scalar = der.subarray(Math.max(at + 1, end - 32), end)
    scalars.set(scalar, 32 * (i + 1) - scalar.length)
    at = end + 1
  }
  return scalars
}
