/**
 * MailPace: base64 Ed25519 over the body, under a key pair per domain, whose public key is shown as 32 raw bytes.
 */
import { generateKeyPairSync, sign } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'
import { numberFor } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.sent': 'queued',
  'email.delivered': 'delivered',
  'email.deferred': 'deferred',
  'email.bounced': 'bounced',
  'email.rejected': 'spam',
}

/** MailPace's number of the message. */
export const mailpaceId = (messageId: string): string => numberFor(messageId, 9)

export const mailpace = sender('mailpace', Object.keys(WORDS), () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  // An Ed25519 SPKI is twelve fixed bytes followed by the key.
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('base64')
  return {
    secrets: { public_key: raw },
    async deliver([simulated]) {
      const body = jsonBody(simulated && wording(simulated))
      return signed({
        body,
        proof: { 'x-mailpace-signature': sign(null, body, privateKey).toString('base64') },
      })
    },
  }
})

function wording(h: SimulatedEvent): object {
  // MailPace has no soft bounce: a message that may still arrive is deferred.
  const status = h.kind === 'email.bounced' && h.bounce === 'soft' ? 'deferred' : (WORDS[h.kind] ?? h.kind)
  const at = new Date(h.occurredAtSeconds * 1_000).toISOString()
  return {
    event: `email.${status}`,
    payload: {
      status,
      id: Number(mailpaceId(h.messageId)),
      domain_id: 1,
      created_at: at,
      updated_at: at,
      from: 'Shop <shop@example.net>',
      to: h.recipient,
      htmlbody: '<p>Hello</p>',
      textbody: 'Hello',
      cc: null,
      bcc: null,
      subject: 'Hello',
      replyto: null,
      message_id: `<${h.messageId}>`,
      list_unsubscribe: null,
      tags: ['welcome'],
    },
  }
}
