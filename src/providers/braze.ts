/**
 * Braze's postbacks about transactional email campaigns; its other events leave by Currents, to storage. Nothing is signed and
 * no credential can be set: what proves the sender is a secret in the postback's URL, chosen by the operator, so whoever has
 * seen that URL can make deliveries. What is not covered: every byte of the body. URLs end up in logs of proxies: give the
 * secret a parameter of its own and change it now and then.
 *
 * A postback names the message by Braze's id and by the sender's own, and no recipient. Whether a bounce is for good is told
 * in the other side's words alone.
 *
 * @see https://www.braze.com/docs/user_guide/channels/transactional_email/tracking
 */
import type { EventType } from '../event/mail-event.ts'
import { isObject } from '../platform/json.ts'
import { canonical, codesOf, instantAt, objectAt, openObject, textAt } from './native.ts'
import type { Draft, Provider } from './provider.ts'
import { queryProof } from './shared/credentials.ts'

const TYPES: ReadonlyMap<string, EventType> = new Map([
  // Handed to the partner that sends, and taken by it.
  ['sent', 'email.sent'],
  ['processed', 'email.sent'],
  ['delivered', 'email.delivered'],
  ['bounced', 'email.bounced'],
  ['aborted', 'email.rejected'],
])

export const braze: Provider = {
  name: 'braze',
  title: 'Braze',
  methods: ['POST'],
  contentTypes: ['application/json'],
  secrets: { query: 'named-values' },
  authMethods: [queryProof()],
  // Retries are not documented: a day and a margin.
  replayWindowSeconds: 26 * 3_600,
  open: openObject,
  read,
}

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
      // Each status has a time of its name.
      occurredAtMs: instantAt(objectAt(item, 'metadata'), `${status}_at`),
      // A message has each status once.
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
