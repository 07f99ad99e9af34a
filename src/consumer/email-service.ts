/**
 * Events of Cloudflare's Email Service. An event subscription of the account writes them into a queue of their own: nobody
 * else can write there, so the queue is the proof. Each becomes at the door what the gateway makes of a delivery, an
 * envelope, and everything behind (store, dead letters, redrive) knows that one form.
 *
 * @see https://developers.cloudflare.com/queues/event-subscriptions/
 */
import { NO_CHECKS } from '../event/decision.ts'
import { type Contents, type DeliveryFacts, sealContents } from '../event/envelope.ts'
import { utf8 } from '../platform/bytes.ts'
import { toInstant } from '../platform/time.ts'
import { cloudflareEmail } from '../providers/cloudflare-email.ts'
import type { VerifiedBytes } from '../providers/provider.ts'
import { quarantinedBody } from '../providers/quarantine.ts'
import { openBody, understand } from '../providers/understand.ts'
import { bodyText } from './body-text.ts'
import type { ConsumerDeps } from './deps.ts'
import type { ReadOutside } from './open.ts'

/** The variable that names the source of these events; without it they are of the source `cloudflare-email`. */
const SOURCE_VARIABLE = 'EMAIL_SERVICE_SOURCE'

/** What `DeliveryFacts` says of how it was verified. */
const PROVEN_BY = 'queue'

/** Total: what is no event of a known form is an envelope, too, and its contents go to quarantine. */
export const readEmailService: ReadOutside = async (message, deps) => {
  const contents = await contentsOf(message, deps)
  const { source, request_id } = contents.delivery
  const key = `${request_id}/0`
  // Never a pointer to the bucket: a message must be buried whole while the bucket is down.
  const sealed = await sealContents(contents, deps.queueSealer, key)
  return { ok: true, envelope: { version: 1, source, key, kind: 'inline', sealed } }
}

async function contentsOf(message: Message, { vars }: ConsumerDeps): Promise<Contents> {
  const delivery: DeliveryFacts = {
    // Of the message, so that the same message has the same name however often it comes.
    request_id: `msg_${message.id}`,
    source: vars(SOURCE_VARIABLE)?.trim() || cloudflareEmail.name,
    provider: cloudflareEmail.name,
    received_at: toInstant(message.timestamp.getTime()),
    methods: [PROVEN_BY],
    checks: NO_CHECKS,
    alerts: [],
    degraded: null,
  }
  const body = bodyOf(message)
  const opened = openBody(cloudflareEmail, body)
  return opened.kind === 'items'
    ? understand(cloudflareEmail, opened.items, body, delivery)
    : { delivery, events: [], quarantined: [quarantinedBody(body)] }
}

const bodyOf = ({ body }: Message): VerifiedBytes => ({
  bytes: utf8(bodyText(body)),
  contentType: 'application/json',
  query: new URLSearchParams(),
  verifiedHeaders: new Map(),
})
