/**
 * MailChannels: an HTTP message signature (RFC 9421) with Ed25519 over the digest of the body, under a key that it publishes. In truth all
 * accounts share the key; here each has its own, so that a test can hold two apart.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'processed',
  'email.delivered': 'delivered',
  'email.deferred': 'soft-bounced',
  'email.bounced': 'hard-bounced',
  'email.failed': 'dropped',
  'email.opened': 'open',
  'email.clicked': 'click',
  'email.spam_reported': 'complained',
  'email.unsubscribed': 'unsubscribed',
}

export const mailchannels = sender('mailchannels', Object.keys(WORDS), () => {
  const handle = `shop${randomBytes(4).toString('hex')}`
  const keyId = `mckey_${randomBytes(4).toString('hex')}`
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  return {
    secrets: { customer_handles: [handle] },
    serves: {
      [`https://api.mailchannels.net/tx/v1/webhook/public-key?id=${keyId}`]: JSON.stringify({
        id: keyId,
        key,
      }),
    },
    async deliver(simulated, nowSeconds) {
      const body = jsonBody(simulated.map((one) => wording(one, handle)))
      const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
      const label = `sig_${nowSeconds}`
      const parameters = `("content-digest");created=${nowSeconds};alg="ed25519";keyid="${keyId}"`
      const base = `"content-digest": ${digest}\n"@signature-params": ${parameters}`
      const signature = sign(null, Buffer.from(base), privateKey).toString('base64')
      return signed({
        body,
        proof: {
          'content-digest': digest,
          'signature-input': `${label}=${parameters}`,
          signature: `${label}=:${signature}:`,
        },
      })
    },
  }
})

function wording(h: SimulatedEvent, customer_handle: string): object {
  // A soft bounce may still be delivered.
  const soft = h.kind === 'email.deferred' || h.bounce === 'soft'
  const event = soft ? 'soft-bounced' : (WORDS[h.kind] ?? h.kind)
  return {
    email: 'shop@example.net',
    customer_handle,
    timestamp: h.occurredAtSeconds,
    event,
    request_id: createHash('sha1').update(h.messageId).digest('base64'),
    smtp_id: `<${h.messageId}>`,
    campaign_id: 'news',
    recipients: [h.recipient],
    ...(soft ? { status: '451', reason: '4.2.0 Try again later' } : {}),
    ...(event === 'hard-bounced' ? { status: '550', reason: '5.1.1 User unknown' } : {}),
    ...(event === 'dropped' ? { status: '550', reason: 'The message could not be processed' } : {}),
    ...(event === 'click' ? { url: h.url } : {}),
    ...(event === 'click' || event === 'open'
      ? { user_agent: 'Mozilla/5.0 (simulated)', ip: '192.0.2.7' }
      : {}),
  }
}
