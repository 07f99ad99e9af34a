/**
 * Mailchimp Marketing's audience webhooks: forms. A webhook that the API made in 2026 signs the time and the whole body under a
 * secret of its own (the guide below, as read on 2026-08-13). Older ones stay unsigned, and July papers of others still say that
 * nothing is signed: those are verified by a secret query parameter in the webhook URL, which covers neither a time nor the body,
 * so anyone who has seen one delivery can forge others.
 *
 * Events are about a member of one audience, not about a message: they have no message id. `fired_at` has no zone and is read as
 * UTC. There is no id of the event or of the delivery: Mailchimp's own advice is to tell events by type, member and time.
 *
 * @see https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
 */
import type { Delivery } from './shared/presented-credentials.ts'
import { canonical, textAt, utcAt } from './shared/native.ts'
import {
  type Draft,
  type Meaning,
  type Opened,
  type ValidationAnswer,
  type VerifiedBytes,
  provider,
} from './shared/provider.ts'
import { queryProof } from './shared/credentials.ts'
import { urlEncodedFields } from './shared/forms.ts'
import { sharedHeaderHmacProof } from './shared/hmac.ts'
import { scopeOf, typeInScope } from './shared/scope.ts'

/** By type, and by `data[reason]` if there is one. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['subscribe', { type: 'email.subscribed' }],
  ['unsubscribe', { type: 'email.unsubscribed' }],
  ['unsubscribe/manual', { type: 'email.unsubscribed' }],
  ['unsubscribe/abuse', { type: 'email.spam_reported' }],
  ['cleaned', { type: 'email.bounced', bounce_type: 'undetermined' }],
  ['cleaned/hard', { type: 'email.bounced', bounce_type: 'hard' }],
  ['cleaned/abuse', { type: 'email.spam_reported' }],
])

/** Events about a member's profile, or about a campaign as a whole. */
const NO_MESSAGE_EVENT: ReadonlySet<string> = new Set(['profile', 'upemail', 'campaign'])

export const mailchimpMarketing = provider({
  name: 'mailchimp-marketing',
  title: 'Mailchimp Marketing',
  methods: ['POST', 'GET'],
  contentTypes: ['application/x-www-form-urlencoded'],
  secrets: { signing_secret: 'text', query: 'named-values' },
  authMethods: [
    sharedHeaderHmacProof({ signature: 'x-mailchimp-signature', slot: 'signing_secret' }),
    queryProof(),
  ],
  // Mailchimp advises 300 seconds and retries for about 75 minutes. Whether a retry is signed anew is not documented.
  replayWindowSeconds: 2 * 3_600,
  answerValidation,
  open,
  read,
})

/** Mailchimp saves a webhook only if a GET of its URL is answered with 200. */
function answerValidation({ method }: Delivery): ValidationAnswer | undefined {
  return method === 'GET' ? { status: 200 } : undefined
}

function open({ bytes }: VerifiedBytes): Opened {
  const fields = urlEncodedFields(bytes)
  if (fields === undefined || !fields.some(([name]) => name === 'type')) return { kind: 'unreadable' }
  return { kind: 'items', items: [Object.fromEntries(fields)] }
}

function read(item: unknown): readonly Draft[] | undefined {
  const event = textAt(item, 'type')
  if (event === undefined) return undefined
  if (NO_MESSAGE_EVENT.has(event)) return []
  const reason = textAt(item, 'data[reason]')
  const native = reason === undefined ? event : `${event}/${reason}`
  // An unknown reason does not change the event's type.
  const meaning = MEANINGS.get(native) ?? MEANINGS.get(event) ?? { type: 'email.unknown' as const }
  const list = textAt(item, 'data[list_id]')
  const person = textAt(item, 'data[id]')
  const firedAt = textAt(item, 'fired_at')
  const recipient = textAt(item, 'data[email]')
  const campaign = textAt(item, 'data[campaign_id]')
  // Who leaves or joins one audience has said nothing about the others.
  const scope = scopeOf(meaning.type, 'audience', list)
  return [
    {
      ...meaning,
      type: typeInScope(meaning.type, scope),
      native_type: native,
      occurredAtMs: utcAt(item, 'fired_at'),
      identity:
        person === undefined || firedAt === undefined
          ? [canonical(item)]
          : [native, list, person, recipient, campaign, firedAt],
      recipient,
      reason,
      campaign_id: campaign,
      scope,
      metadata: list === undefined ? undefined : { list_id: list },
    },
  ]
}
