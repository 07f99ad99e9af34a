/** Bird: HMAC over time, URL and the body's digest. The names of its email events are not documented, so one is invented. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { SimulatedEvent, Sender } from '../sender.ts'

/** The URL of the subscription. */
const URL = 'https://postern.example/hooks/suite'

export const bird: Sender = {
  provider: 'bird',
  async open() {
    const key = randomBytes(24).toString('base64url')
    return {
      document: { provider: 'bird', secrets: { signing_key: key }, publicUrl: URL },
      kinds: ['email.unknown'],
      async deliver([first], nowSeconds) {
        const body = Buffer.from(JSON.stringify(first === undefined ? {} : wording(first)))
        const signature = createHmac('sha256', key)
          .update(`${nowSeconds}\n${URL}\n`)
          .update(createHash('sha256').update(body).digest())
          .digest('base64')
        return {
          method: 'POST',
          query: '',
          headers: {
            'content-type': 'application/json',
            'messagebird-signature': signature,
            'messagebird-request-timestamp': String(nowSeconds),
          },
          body,
          proofHeaders: ['messagebird-signature', 'messagebird-request-timestamp'],
          bodyIsSigned: true,
        }
      },
    }
  },
}

const wording = (h: SimulatedEvent) => ({
  type: h.kind,
  recipient: h.recipient,
  message: h.messageId,
  at: h.occurredAtSeconds,
})
