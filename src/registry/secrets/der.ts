/** Reads just enough DER (X.690) to recognize a key file. WebCrypto decides whether the key is valid. */
import { toHex } from '../../platform/bytes.ts'

interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

const SEQUENCE = 0x30
const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_ID = 0x06

/** The kind of a key file. */
export type KeyFile =
  /** `curve` is set for a key on an elliptic curve; "another curve" for an unknown one. */
  | { readonly kind: 'public'; readonly algorithm: KeyAlgorithm; readonly curve?: string }
  | { readonly kind: 'private' }
  | { readonly kind: 'certificate' }
  /** A bare RSA public key (RFC 8017 appendix A.1.1) without its algorithm. */
  | { readonly kind: 'rsa-pkcs1-public' }

export type KeyAlgorithm = 'ec' | 'rsa' | 'ed25519' | 'other'

const ALGORITHMS: ReadonlyMap<string, KeyAlgorithm> = new Map([
  ['2a8648ce3d0201', 'ec'],
  ['2a864886f70d010101', 'rsa'],
  ['2b6570', 'ed25519'],
])

const CURVES: ReadonlyMap<string, string> = new Map([
  ['2a8648ce3d030107', 'P-256'],
  ['2b81040022', 'P-384'],
  ['2b81040023', 'P-521'],
  ['2b8104000a', 'secp256k1'],
])

/** The kind of key file; `undefined` for unknown bytes. */
export function keyFileOf(bytes: Uint8Array): KeyFile | undefined {
  const outer = elements(bytes)
  const [whole] = outer ?? []
  const parts = outer?.length === 1 && whole?.tag === SEQUENCE ? elements(whole.content) : undefined
  const [first, second, third] = parts ?? []
  if (first === undefined || second === undefined) return undefined

  if (first.tag === SEQUENCE && second.tag === BIT_STRING && third === undefined)
    return publicKey(first.content)
  if (first.tag === SEQUENCE && second.tag === SEQUENCE && third?.tag === BIT_STRING)
    return { kind: 'certificate' }
  if (first.tag !== INTEGER) return undefined
  if (second.tag === INTEGER && third === undefined) return { kind: 'rsa-pkcs1-public' }
  // PKCS#8, SEC 1 and PKCS#1 private keys all begin with a small version number; PKCS#8 may be encrypted elsewhere.
  const hasVersion = first.content.byteLength === 1
  const isKnownForm = [SEQUENCE, OCTET_STRING, INTEGER].includes(second.tag)
  return hasVersion && isKnownForm ? { kind: 'private' } : undefined
}

function publicKey(algorithmIdentifier: Uint8Array): KeyFile | undefined {
  const [id, parameters] = elements(algorithmIdentifier) ?? []
  if (id?.tag !== OBJECT_ID) return undefined
  const algorithm = ALGORITHMS.get(toHex(id.content)) ?? 'other'
  if (algorithm !== 'ec') return { kind: 'public', algorithm }
  const curve = parameters?.tag === OBJECT_ID ? CURVES.get(toHex(parameters.content)) : undefined
  return { kind: 'public', algorithm, curve: curve ?? 'another curve' }
}

/** The elements in the bytes; `undefined` unless they fill them exactly. */
function elements(bytes: Uint8Array): Element[] | undefined {
  const found: Element[] = []
  let at = 0
  while (at < bytes.byteLength) {
    const header = headerAt(bytes, at)
    if (header === undefined) return undefined
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(header.start, header.end) })
    at = header.end
  }
  return found
}

function headerAt(bytes: Uint8Array, at: number): { start: number; end: number } | undefined {
  const first = bytes[at + 1]
  if (first === undefined) return undefined
  const extra = first < 0x80 ? 0 : first & 0x7f
  // No key file needs more than three bytes for a length. Zero bytes are BER's indefinite form.
  if (first >= 0x80 && (extra < 1 || extra > 3)) return undefined
  const start = at + 2 + extra
  const length =
    extra === 0 ? first : bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0)
  const end = start + length
  return end <= bytes.byteLength ? { start, end } : undefined
}
