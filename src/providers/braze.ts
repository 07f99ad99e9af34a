/**
 * Braze's postbacks about transactional email campaigns; its other events go to storage through Currents. Nothing is signed and
 * no credential can be set: the sender is verified by a secret in the postback's URL, which the operator chooses. So anyone who
 * has seen that URL can forge deliveries. The body is not covered. URLs end up in logs of proxies: give the secret a parameter of
 * its own and rotate it.
 *
 * A postback names the message by Braze's id and by the sender's own id, and no recipient. Whether a bounce is permanent stands
 * only in the receiving server's text.
 *
 * @see https://www.braze.com/docs/user_guide/channels/transactional_email/tracking
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { codesOf } from '../event/cause/answer.ts'
import { canonical, instantAt, objectAt, textAt } from './shared/native.ts'
import { type Draft, provider } from './shared/provider.ts'
import { queryProof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  // The sending partner has accepted the message.
  ['sent', 'email.sent'],
  ['processed', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['bounced', 'email.bounced'],
  ['aborted', 'email.rejected'],
])

export const braze = provider({
  name: 'braze',
  title: 'Braze',
  nameless: {
    types: 'all',
    why: 'Braze names no address in any postback: it has only `dispatch_id` and your own `external_send_id`. Let Braze suppress.',
  },
  secrets: { query: 'named-values' },
  authMethods: [queryProof()],
  // Retries are not documented: one day plus a margin.
  replayWindowSeconds: 26 * 3_600,
  read,
})

function read(item: unknown): readonly Draft[] | undefined {
  const status = textAt(item, 'status')
  if (!isObject(item) || status === undefined) return undefined
  const type = TYPES.get(status) ?? 'email.unknown'
  const dispatchId = textAt(item, 'dispatch_id')
  const own = textAt(item, 'metadata', 'external_send_id')
  const reason = textAt(item, 'metadata', 'reason')
  return [
    {
      type,
      native_type: status,
      // The field of the time is named after the status.
      occurredAtMs: instantAt(objectAt(item, 'metadata'), `${status}_at`),
      // A message has each status at most once.
      identity: dispatchId === undefined ? [canonical(item)] : [status, dispatchId, own],
      message_id: dispatchId,
      bounce_type: type === 'email.bounced' ? 'undetermined' : undefined,
      reason,
      reject_reason: type === 'email.rejected' ? 'other' : undefined,
      ...codesOf(reason),
      campaign_id: textAt(item, 'metadata', 'campaign_api_id'),
      metadata: own === undefined ? {} : { external_send_id: own },
    },
  ]
}
