/** An Ed25519 public key: PEM, base64 SPKI, or base64 of the raw 32 bytes. */
import { type Bytes, concat } from '../../../platform/bytes.ts'
import { isStrongPoint } from '../ed25519-point.ts'
import { type Checked, type KindOfSecret, acceptPublicKey, wrong } from '../kind.ts'
import { keyName, readPublicKey } from '../public-key.ts'

const EXPECTED = 'an Ed25519 public key'
const RAW_BYTES = 32

/** The bytes before the raw key in its SPKI (RFC 8410 section 4). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00)

export const ed25519Public = {
  check(value: unknown): Checked | Promise<Checked> {
    const read = readPublicKey(value, EXPECTED)
    if (!read.ok) {
      if (read.raw?.byteLength === RAW_BYTES) return checkPoint(read.raw)
      return wrong(read.raw?.byteLength === 64 ? RAW_PRIVATE : read.problem)
    }
    if (read.file.algorithm !== 'ed25519')
      return wrong(`Must be ${EXPECTED}, but this is ${keyName(read.file)}.`)
    const raw = read.der.slice(SPKI_PREFIX.byteLength)
    return raw.byteLength === RAW_BYTES && SPKI_PREFIX.every((byte, i) => byte === read.der[i])
      ? checkPoint(raw)
      : wrong('Is broken: it does not hold an Ed25519 key.')
  },
} satisfies KindOfSecret

async function checkPoint(raw: Bytes): Promise<Checked> {
  if (!isStrongPoint(raw)) return wrong('Is broken: its bytes are not a valid Ed25519 key.')
  const spki = concat([SPKI_PREFIX, raw])
  await crypto.subtle.importKey('spki', spki, { name: 'Ed25519' }, false, ['verify'])
  return acceptPublicKey('ed25519', spki)
}

const RAW_PRIVATE = `Must be ${EXPECTED}, but this is base64 of 64 raw bytes: a private key with its public half, or a signature.`
