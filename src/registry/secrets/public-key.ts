/** Reads a public key in the forms that people paste. An error names what was pasted instead. */
import { type Bytes, fromBase64, fromBase64Url } from '../../platform/bytes.ts'
import { type KeyFile, keyFileOf } from './der.ts'
import { type Pasted, whatIsPasted } from './pasted.ts'

export type ReadKey =
  | { readonly ok: true; readonly der: Bytes; readonly file: KeyFile & { readonly kind: 'public' } }
  /** Base64 of something that is not a key file, perhaps the raw bytes of a key. */
  | { readonly ok: false; readonly raw: Bytes; readonly problem: string }
  | { readonly ok: false; readonly raw?: undefined; readonly problem: string }

/** An RSA-8192 key takes 1.5 KB in base64. */
const MAX_CHARACTERS = 8_192

const PEM = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/
const LEAKED = 'Never enter a private key here: it stays with whoever signs, the ESP or your own sender.'

/**
 * The key's DER (SubjectPublicKeyInfo) from PEM or base64.
 *
 * @param expected with its article: "an ECDSA P-256 public key"
 */
export function readPublicKey(value: unknown, expected: string): ReadKey {
  const wrong = (what: string): ReadKey => ({
    ok: false,
    problem: `Must be ${expected}, but this is ${what}`,
  })
  if (typeof value !== 'string')
    return { ok: false, problem: `Must be ${expected}, as text: PEM or base64 SPKI.` }
  const text = value.trim()
  if (text === '') return { ok: false, problem: 'Is empty.' }
  if (text.length > MAX_CHARACTERS) return wrong('too long for one.')

  const inPem = PEM.exec(text)?.[1]
  if (inPem === undefined && text.includes('-----BEGIN ')) return wrong(pemInstead(text))
  const pasted = inPem === undefined ? whatIsPasted(text) : undefined
  const bytes = decode(inPem ?? text)
  if (bytes === undefined) return wrong(notBase64(text, pasted))

  const file = keyFileOf(bytes)
  if (file?.kind === 'public') return { ok: true, der: bytes, file }
  if (file === undefined) {
    // Pasted text that begins like a key but cannot be read is part of a key.
    const isPart = pasted === undefined || pasted.name === 'a public key'
    const what = isPart ? `base64 of ${bytes.byteLength} bytes that are not a complete key file` : pasted.name
    return { ok: false, raw: bytes, problem: `Must be ${expected}, but this is ${what}.` }
  }
  return wrong(INSTEAD[file.kind])
}

const INSTEAD: Readonly<Record<Exclude<KeyFile['kind'], 'public'>, string>> = {
  private: `a private key. ${LEAKED}`,
  certificate: 'a certificate. "openssl x509 -noout -pubkey" prints its public key.',
  'rsa-pkcs1-public':
    'a bare RSA public key (PKCS#1). "openssl rsa -RSAPublicKey_in -pubout" converts it to the right form.',
}

function pemInstead(text: string): string {
  if (text.includes('PRIVATE KEY-----')) return INSTEAD.private
  if (text.includes('CERTIFICATE-----')) return INSTEAD.certificate
  if (text.includes('RSA PUBLIC KEY-----')) return INSTEAD['rsa-pkcs1-public']
  if (text.includes('\\n'))
    return 'PEM whose line breaks are written as \\n: put real line breaks, or leave them out.'
  if ((text.match(/-----BEGIN /g) ?? []).length > 1) return 'several keys: give them as a list.'
  return 'PEM of another kind, or a broken one.'
}

/** Base64 with or without line breaks and padding: some pages show it without. */
function decode(text: string): Bytes | undefined {
  const unwrapped = text.replaceAll(/\s/g, '')
  const padded = unwrapped.replace(/=+$/, '')
  return fromBase64(padded.padEnd(Math.ceil(padded.length / 4) * 4, '='))
}

function notBase64(text: string, pasted: Pasted | undefined): string {
  if (pasted?.name === 'a public key') return 'only a part of one, or has characters that are not base64.'
  if (pasted !== undefined) return `${pasted.name}.`
  const unwrapped = text.replaceAll(/\s/g, '')
  if (fromBase64Url(unwrapped) !== undefined) return 'base64url: write "+" for "-" and "/" for "_".'
  return 'neither PEM nor base64.'
}

/** Names a key of the wrong algorithm, with an article. */
export function keyName({ algorithm, curve }: KeyFile & { readonly kind: 'public' }): string {
  if (algorithm === 'ec') return `an elliptic-curve key on ${curve ?? 'another curve'}`
  return { rsa: 'an RSA key', ed25519: 'an Ed25519 key', other: 'a key of another algorithm' }[algorithm]
}
