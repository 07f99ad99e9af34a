/** Bird: HMAC over time, URL and the body's digest. The names of its email events are not documented, so one is invented. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, signed } from '../sender.ts'

/** The URL of the subscription. */
const URL = 'https://postern.example/hooks/suite'

export const bird = sender('bird', ['email.unknown'], (given) => {
  const key = given['signing_key'] ?? randomBytes(24).toString('base64url')
  return {
    secrets: { signing_key: key },
    settings: { publicUrl: URL },
    async deliver([first], nowSeconds) {
      const body = jsonBody(first && wording(first))
      const signature = createHmac('sha256', key)
        .update(`${nowSeconds}\n${URL}\n`)
        .update(createHash('sha256').update(body).digest())
        .digest('base64')
      return signed({
        body,
        proof: {
          'messagebird-signature': signature,
          'messagebird-request-timestamp': String(nowSeconds),
        },
      })
    },
  }
})

const wording = (h: SimulatedEvent) => ({
  type: h.kind,
  recipient: h.recipient,
  message: h.messageId,
  at: h.occurredAtSeconds,
})
