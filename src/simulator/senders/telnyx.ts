/** Telnyx Email: Ed25519 over the time and the body. One event a delivery, about one recipient. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'
import { eventUuid } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'bounced',
  'email.failed': 'failed',
  'email.opened': 'opened',
  'email.spam_reported': 'complained',
  'email.unsubscribed': 'unsubscribed',
}

export const telnyx = sender('telnyx', Object.keys(WORDS), () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  // An Ed25519 SPKI is twelve fixed bytes followed by the key, which the portal shows alone.
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('base64')
  return {
    secrets: { public_key: raw },
    async deliver([simulated], nowSeconds) {
      const body = jsonBody(simulated && wording(simulated))
      const signedText = Buffer.concat([Buffer.from(`${nowSeconds}|`), body])
      return signed({
        body,
        proof: {
          'telnyx-signature-ed25519': sign(null, signedText, privateKey).toString('base64'),
          'telnyx-timestamp': String(nowSeconds),
        },
      })
    },
  }
})

function wording(h: SimulatedEvent): object {
  const status = WORDS[h.kind] ?? h.kind
  const occurred_at = new Date(h.occurredAtSeconds * 1_000).toISOString()
  return {
    data: {
      event_type: `email.${status}`,
      id: eventUuid(h),
      occurred_at,
      payload: {
        id: h.messageId,
        recipient_id: '7c1e9a44-2f60-4d1b-9a0e-3c7b5e8d1f22',
        status,
        occurred_at,
        from: { email: 'shop@example.net', name: 'Shop' },
        to: { email: h.recipient, name: null, kind: 'to' },
        subject: 'Hello',
        ...errorOf(h),
      },
      record_type: 'event',
    },
    meta: { attempt: 1 },
  }
}

/** The error in the two forms that an event has it in. */
function errorOf({ kind, bounce }: SimulatedEvent): object {
  const temporary = kind === 'email.deferred' || bounce === 'soft'
  if (!temporary && kind !== 'email.bounced') return {}
  const [code, title, message, enhanced_code, smtp_status] = temporary
    ? ['30002', 'Deferred', '451 4.2.0 Try again later', '4.2.0', 451]
    : ['30001', 'Hard bounce', '550 5.1.1 User unknown', '5.1.1', 550]
  const common = { code, enhanced_code, source: 'smtp', smtp_status, retryable: temporary }
  return { error_evidence: { ...common, message }, errors: [{ ...common, title, detail: message }] }
}
