/** Creates a minimal X.509 certificate (RFC 5280) for a simulated signer: Node can read certificates but not create them. */
import { type KeyObject, createSign } from 'node:crypto'

const SEQUENCE = 0x30
const SET = 0x31
const INTEGER = 0x02
const BIT_STRING = 0x03
const OID = 0x06
const UTF8 = 0x0c
const GENERALIZED_TIME = 0x18
const VERSION_TAG = 0xa0

/** 2.5.4.3 */
const COMMON_NAME = Buffer.from([0x55, 0x04, 0x03])
/** 1.2.840.113549.1.1.11, sha256WithRSAEncryption, with its NULL. */
const SHA256_WITH_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex')

interface Subject {
  readonly commonName: string
  readonly publicKey: KeyObject
  /** Signs the certificate. */
  readonly privateKey: KeyObject
  /** The owner of that key, if it is not the subject. */
  readonly issuerName?: string
  readonly notBefore: Date
  readonly notAfter: Date
}

/** The PEM certificate of an RSA key, self-signed unless an issuer is named. */
export function certificateFor(subject: Subject): string {
  const { commonName, publicKey, privateKey, notBefore, notAfter } = subject
  const body = der(
    SEQUENCE,
    der(VERSION_TAG, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.from([1])),
    SHA256_WITH_RSA,
    name(subject.issuerName ?? commonName),
    der(SEQUENCE, time(notBefore), time(notAfter)),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = createSign('sha256').update(body).sign(privateKey)
  const whole = der(SEQUENCE, body, SHA256_WITH_RSA, der(BIT_STRING, Buffer.from([0]), signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

const name = (commonName: string): Buffer =>
  der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, COMMON_NAME), der(UTF8, Buffer.from(commonName)))))

/** One DER element: tag, length in as few bytes as possible, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...bytes]), content])
}

const time = (date: Date): Buffer =>
  der(GENERALIZED_TIME, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`))
