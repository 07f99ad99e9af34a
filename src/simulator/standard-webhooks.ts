/** Signs by Standard Webhooks: a base64 HMAC-SHA256 over id, time and body, joined by dots. */
import { createHmac } from 'node:crypto'
import { type OutgoingRequest, signed } from './sender.ts'

export interface SignedJson {
  readonly key: Buffer
  readonly id: string
  readonly nowSeconds: number
  readonly body: Buffer
  /** The prefix of the header names. */
  readonly headerPrefix?: string
  /** The prefix of the signature: the version and a comma, or nothing. */
  readonly version?: string
}

/** One JSON delivery, signed at that time. */
export function standardWebhook({
  key,
  id,
  nowSeconds,
  body,
  headerPrefix = 'webhook',
  version = 'v1,',
}: SignedJson): OutgoingRequest {
  const signature = createHmac('sha256', key).update(`${id}.${nowSeconds}.`).update(body).digest('base64')
  return signed({
    body,
    proof: {
      [`${headerPrefix}-id`]: id,
      [`${headerPrefix}-timestamp`]: String(nowSeconds),
      [`${headerPrefix}-signature`]: version + signature,
    },
  })
}
