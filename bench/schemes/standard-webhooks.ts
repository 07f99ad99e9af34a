/** Standard Webhooks `v1`: HMAC with SHA-256 over id, time and body. */
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { standardWebhooks as scheme } from '../../src/gateway/authenticate/standard-webhooks.ts'
import { toBase64, utf8 } from '../../src/platform/bytes.ts'
import { COVERED, checks, decoded, hmacKey, joined, schemeVerifies, sign } from '../making.ts'
import type { Row, Verify } from '../row.ts'

const ID = 'msg_0123456789'

export const standardWebhooks: Row = {
  name: 'standard-webhooks',
  async prepare(made, sent) {
    const keyBytes = crypto.getRandomValues(new Uint8Array(24))
    const key = await hmacKey(keyBytes)
    // The libraries read the clock themselves and allow five minutes in both directions.
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const prefix = utf8(`${ID}.${timestamp}.`)
    const signature = await sign('HMAC', key, joined(prefix, made))
    const signatures = `v1,${toBase64(signature)}`
    const credentials = {
      ...COVERED,
      scheme: 'standard-webhooks',
      signatures,
      signed: [prefix, sent],
    } as const

    const headers = { 'webhook-id': ID, 'webhook-timestamp': timestamp, 'webhook-signature': signatures }
    const payload = Buffer.from(sent)
    const secret = toBase64(keyBytes)
    const standard = new Webhook(secret)
    const svix = new SvixWebhook(secret)
    return {
      check: checks('HMAC', key, signature, joined(prefix, sent)),
      bare: () =>
        crypto.subtle.verify(
          'HMAC',
          key,
          decoded(signatures.slice('v1,'.length), 'base64'),
          joined(prefix, sent),
        ),
      ours: schemeVerifies(scheme, credentials, { kind: 'standard-webhooks', key: secret }),
      official: {
        standardwebhooks: passes(() => standard.verify(payload, headers)),
        svix: passes(() => svix.verify(payload, headers)),
      },
    }
  },
}

/** These libraries throw on an invalid signature. */
const passes =
  (verify: () => unknown): Verify =>
  () => {
    try {
      verify()
      return true
    } catch {
      return false
    }
  }
