/** Postal: RSA over the body under the installation's key, once with SHA-1 and once with SHA-256. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'
import { eventUuid, numberFor } from '../stable-ids.ts'

const WORDS: Record<string, string> = {
  'email.delivered': 'MessageSent',
  'email.deferred': 'MessageDelayed',
  'email.bounced': 'MessageDeliveryFailed',
  'email.opened': 'MessageLoaded',
  'email.clicked': 'MessageLinkClicked',
}

/** Postal's number of the message. */
export const postalId = (messageId: string): string => numberFor(messageId, 9)

export const postal = sender('postal', Object.keys(WORDS), () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  // The id that Postal's library gives its JWK: the digest of modulus and exponent.
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'pkcs1', format: 'der' }))
    .digest('hex')
  return {
    secrets: { public_key: spki.toString('base64') },
    async deliver([simulated]) {
      const body = jsonBody(simulated && wording(simulated))
      // Without the strong signature the weak one counts, so removing a single header is not refused.
      return signed({
        body,
        headers: {
          'x-postal-signature': sign('sha1', body, privateKey).toString('base64'),
          'x-postal-signature-256': sign('sha256', body, privateKey).toString('base64'),
          'x-postal-signature-kid': kid,
        },
      })
    },
  }
})

function wording(h: SimulatedEvent): object {
  const soft = h.kind === 'email.bounced' && h.bounce === 'soft'
  return {
    event: soft ? 'MessageDelayed' : (WORDS[h.kind] ?? h.kind),
    timestamp: h.occurredAtSeconds + 0.25,
    uuid: eventUuid(h),
    payload: {
      message: {
        id: Number(postalId(h.messageId)),
        token: 'Kmo8CRdjuM7B',
        direction: 'outgoing',
        message_id: h.messageId,
        to: h.recipient,
        from: 'shop@example.net',
        subject: 'Hello',
        timestamp: h.occurredAtSeconds - 5,
        spam_status: 'NotChecked',
        tag: 'welcome',
      },
      ...details(h, soft),
    },
  }
}

const attempt = (status: string, output: string) => ({ status, details: 'simulated', output, time: 0.89 })

function details(h: SimulatedEvent, soft: boolean): object {
  const client = { ip_address: '192.0.2.7', user_agent: 'Mozilla/5.0 (simulated)' }
  if (soft) return attempt('SoftFail', '451 4.7.1 Try again later')
  const more: Record<string, object> = {
    'email.delivered': attempt('Sent', '250 2.0.0 OK\n'),
    'email.deferred': attempt('SoftFail', '451 4.7.1 Try again later'),
    'email.bounced': attempt('HardFail', '550 5.1.1 No such user'),
    'email.opened': client,
    'email.clicked': { ...client, url: h.url, token: 'simulated' },
  }
  return more[h.kind] ?? {}
}
