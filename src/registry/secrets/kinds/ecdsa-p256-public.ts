/** A public key on P-256. */
import { type KindOfSecret, acceptPublicKey, wrong } from '../kind.ts'
import { keyName, readPublicKey } from '../public-key.ts'

const EXPECTED = 'an ECDSA P-256 public key'

export const ecdsaP256Public: KindOfSecret = {
  async check(value) {
    const read = readPublicKey(value, EXPECTED)
    if (!read.ok) return wrong(read.raw === undefined ? read.problem : rawProblem(read.raw, read.problem))
    if (read.file.algorithm !== 'ec' || read.file.curve !== 'P-256')
      return wrong(`Must be ${EXPECTED}, but this is ${keyName(read.file)}.`)
    try {
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
      const key = await crypto.subtle.importKey('spki', read.der, algorithm, true, ['verify'])
      // Exported again, so that a compressed and an uncompressed point are stored as the same key.
      const spki = new Uint8Array((await crypto.subtle.exportKey('spki', key)) as ArrayBuffer)
      return acceptPublicKey('ecdsa-p256', spki)
    } catch {
      return wrong('Is broken: its point is not on the curve P-256.')
    }
  },
}

/** SEC 1 section 2.3.3: 33 bytes after 02 or 03, 65 after 04. */
function rawProblem(raw: Uint8Array, otherwise: string): string {
  const [form] = raw
  const isPoint =
    (raw.byteLength === 65 && form === 4) || (raw.byteLength === 33 && (form === 2 || form === 3))
  if (isPoint) return `Must be ${EXPECTED} as PEM or base64 SPKI, but this is base64 of the raw point.`
  return raw.byteLength === 32
    ? `Must be ${EXPECTED}, but this is base64 of 32 raw bytes: an Ed25519 key or a private key.`
    : otherwise
}
