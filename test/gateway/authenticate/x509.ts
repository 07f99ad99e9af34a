/** Writes self-signed certificates (RFC 5280 section 4.1), since a fixture would hold a private key and run out one day. */
import { concat, utf8 } from '../../../src/platform/bytes.ts'

const tlv = (tag: number, ...parts: Uint8Array[]): Uint8Array => {
  const content = concat(parts)
  const length = content.byteLength
  const header = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff]
  return concat([Uint8Array.of(tag, ...header), content])
}

const SHA256_WITH_RSA = Uint8Array.of(0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11)
const COMMON_NAME = Uint8Array.of(0x06, 3, 0x55, 4, 3)
const algorithm = tlv(0x30, SHA256_WITH_RSA, Uint8Array.of(5, 0))
const name = (text: string) => tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0c, utf8(text)))))

/** GeneralizedTime of Unix seconds. */
const time = (seconds: number) =>
  tlv(0x18, utf8(`${new Date(seconds * 1_000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`))

export interface Validity {
  readonly fromSeconds: number
  readonly toSeconds: number
}

/** PEM of a certificate of the public key, signed by whatever RSA key is given. */
export async function certificateOf(
  spki: Uint8Array,
  signer: CryptoKey,
  { fromSeconds, toSeconds }: Validity,
  commonName = 'sns.amazonaws.com',
): Promise<string> {
  const toBeSigned = tlv(
    0x30,
    Uint8Array.of(2, 1, 1),
    algorithm,
    name(commonName),
    tlv(0x30, time(fromSeconds), time(toSeconds)),
    name(commonName),
    spki,
  )
  const signature = new Uint8Array(await crypto.subtle.sign('RSASSA-PKCS1-v1_5', signer, toBeSigned))
  const der = tlv(0x30, toBeSigned, algorithm, tlv(0x03, Uint8Array.of(0), signature))
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
