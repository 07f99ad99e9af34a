/** Braze: nothing signed, the operator's secret in the URL; two ids of the message and no recipient. */
import { randomBytes } from 'node:crypto'
import { type SimulatedEvent, jsonBody, sender, unsigned } from '../sender.ts'

const STATUSES: Record<string, string> = {
  'email.sent': 'sent',
  'email.delivered': 'delivered',
  'email.rejected': 'aborted',
}

export const braze = sender('braze', Object.keys(STATUSES), () => {
  const token = randomBytes(24).toString('base64url')
  return {
    secrets: { query: { token } },
    nameless: Object.keys(STATUSES),
    async deliver([simulated]) {
      return unsigned({ body: jsonBody(simulated && wording(simulated)), query: `?token=${token}` })
    },
  }
})

function wording(h: SimulatedEvent) {
  const status = STATUSES[h.kind] ?? h.kind
  const at = new Date(h.occurredAtSeconds * 1_000).toISOString().replace('Z', '+00:00')
  return {
    dispatch_id: h.messageId,
    status,
    metadata: {
      ...(status === 'sent' ? { received_at: at, enqueued_at: at, executed_at: at } : {}),
      ...(status === 'aborted' ? { reason: 'User not emailable' } : {}),
      [`${status}_at`]: at,
      campaign_api_id: '417220e4-5a2a-b634-7f7d-9ec891532368',
      external_send_id: `order of ${h.recipient}`,
    },
  }
}
