/**
 * Any sender that signs by Standard Webhooks (symmetric `v1` and Ed25519 `v1a`), with the payload that the specification
 * recommends: `{type, timestamp, data}`. The types and fields are those of Postern's own format.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { valueAt } from './shared/native.ts'
import { provider } from './shared/provider.ts'
import { readPlainEvent } from './shared/plain-event.ts'
import { verifiedMessageId, standardWebhooksProof } from './shared/standard-webhooks.ts'

export const standardWebhooks = provider({
  name: 'standard-webhooks',
  title: 'Standard Webhooks',
  secrets: { signing_secret: 'standard-webhooks' },
  generated: ['signing_secret'],
  authMethods: [standardWebhooksProof()],
  // Each attempt is signed anew. Five minutes, as in the libraries of the specification.
  replayWindowSeconds: 300,
  read(item, body) {
    const event = {
      type: valueAt(item, 'type'),
      timestamp: valueAt(item, 'timestamp'),
      data: valueAt(item, 'data'),
    }
    const draft = readPlainEvent(event, verifiedMessageId(body))
    return draft === undefined ? undefined : [draft]
  },
})
