/** SNS with signature version 2 (RSA with SHA-256) and a cached certificate. */
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import https from 'node:https'
import { Readable } from 'node:stream'
import MessageValidator from 'sns-validator'
import { createSns } from '../../src/gateway/authenticate/sns.ts'
import { type Bytes, toBase64, utf8 } from '../../src/platform/bytes.ts'
import { certificateFor } from '../../src/simulator/certificate.ts'
import {
  COVERED,
  NOW_SECONDS,
  RSA,
  checks,
  decoded,
  nodeKeyOf,
  pairOf,
  schemeVerifies,
  sign,
} from '../making.ts'
import type { Row, Verify } from '../row.ts'

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:bench'
const DAY_MS = 86_400_000

/** Certificates of this run by URL, for a Worker whose fetches return to itself. */
export const CERTIFICATES = new Map<string, string>()

const messageOf = (body: Bytes) => ({
  Message: Buffer.from(body).toString(),
  MessageId: 'bench',
  Timestamp: '2027-01-15T08:00:00.000Z',
  TopicArn: TOPIC,
  Type: 'Notification',
})

/** The name and the value of each member on lines of their own, sorted by name. */
const signedBytes = (body: Bytes): Bytes =>
  utf8(
    Object.entries(messageOf(body))
      .map(([name, value]) => `${name}\n${value}\n`)
      .join(''),
  )

export const sns: Row = {
  name: 'sns, certificate cached',
  async prepare(made, sent) {
    const pair = await pairOf(RSA)
    const signature = await sign(RSA.name, pair.privateKey, signedBytes(made))
    const pem = certificateFor({
      commonName: 'sns.amazonaws.com',
      publicKey: nodeKeyOf(pair.publicKey),
      privateKey: nodeKeyOf(pair.privateKey),
      notBefore: new Date(NOW_SECONDS * 1_000 - DAY_MS),
      notAfter: new Date(NOW_SECONDS * 1_000 + DAY_MS),
    })
    // The library caches certificates by URL for the lifetime of the process.
    const certificateUrl = `https://sns.us-east-1.amazonaws.com/${randomUUID()}.pem`
    const text = toBase64(signature)
    const bytes = signedBytes(sent)
    const credentials = {
      ...COVERED,
      scheme: 'sns',
      version: '2',
      signature: text,
      certificateUrl,
      topicArn: TOPIC,
      signed: [bytes],
    } as const
    const topic = { kind: 'topic-arn', arn: TOPIC } as const
    const message = {
      ...messageOf(sent),
      Signature: text,
      SignatureVersion: '2',
      SigningCertURL: certificateUrl,
    }
    CERTIFICATES.set(certificateUrl, pem)
    const official = libraryVerifies(message)
    await withCertificate(pem, official)
    return {
      check: checks(RSA.name, pair.publicKey, signature, bytes),
      bare: () => crypto.subtle.verify(RSA.name, pair.publicKey, decoded(text, 'base64'), bytes),
      ours: schemeVerifies(createSns(), credentials, topic, async () => new Response(pem)),
      official: { 'sns-validator': official },
    }
  },
}

function libraryVerifies(message: Readonly<Record<string, string>>): Verify {
  const library = new MessageValidator()
  return () =>
    new Promise((resolve) => {
      library.validate(message, (error) => resolve(error === null))
    })
}

/** The library always fetches the certificate on its first call, and caches it afterwards. */
async function withCertificate(pem: string, run: Verify): Promise<void> {
  const { get } = https
  const fake = (_url: string, answer: (response: Readable) => void) => {
    answer(Object.assign(Readable.from([Buffer.from(pem)]), { statusCode: 200 }))
    return new EventEmitter()
  }
  https.get = fake as unknown as typeof get
  try {
    await run()
  } finally {
    https.get = get
  }
}
