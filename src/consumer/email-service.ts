/**
 * Events of Cloudflare's Email Service. An event subscription of the account writes them into a separate queue. Nobody else can
 * write there, so the queue authenticates them. Each message is converted to an envelope first, as the gateway does with a
 * delivery, so that the store, dead letters and redrive handle one format.
 *
 * @see https://developers.cloudflare.com/queues/event-subscriptions/
 */
import { NO_CHECKS } from '../event/decision.ts'
import { type Contents, type DeliveryFacts, sealContents } from '../event/envelope.ts'
import { utf8 } from '../platform/bytes.ts'
import { toInstant } from '../platform/time.ts'
import { cloudflareEmail } from '../providers/cloudflare-email.ts'
import type { VerifiedBytes } from '../providers/shared/provider.ts'
import { quarantinedBody } from '../providers/shared/quarantine.ts'
import { openBody, understand } from '../providers/shared/understand.ts'
import { bodyText } from './body-text.ts'
import type { ConsumerDeps } from './deps.ts'
import type { ReadEnvelope } from './open.ts'

/** The variable that names the source of these events. The default is `cloudflare-email`. */
const SOURCE_VARIABLE = 'EMAIL_SERVICE_SOURCE'

/** The auth method in `DeliveryFacts`. */
const AUTH_METHOD = 'queue'

/** Never throws for a body: a body that is not a known event becomes an envelope too, and goes to quarantine. */
export const readEmailService: ReadEnvelope = async (message, deps) => {
  const contents = await contentsOf(message, deps)
  const { source, request_id } = contents.delivery
  const key = `${request_id}/0`
  // Always inline: while the bucket is down, a message must still be dead-lettered with its contents.
  const sealed = await sealContents(contents, deps.queueSealer, key)
  return { ok: true, envelope: { version: 1, source, key, kind: 'inline', sealed } }
}

async function contentsOf(message: Message, { vars }: ConsumerDeps): Promise<Contents> {
  const body = bodyOf(message)
  const delivery: DeliveryFacts = {
    // From the message's id, so that a redelivered message has the same request id.
    request_id: `msg_${message.id}`,
    source: vars(SOURCE_VARIABLE)?.trim() || cloudflareEmail.name,
    provider: cloudflareEmail.name,
    received_at: toInstant(message.timestamp.getTime()),
    methods: [AUTH_METHOD],
    checks: NO_CHECKS,
    alerts: [],
    degraded: null,
    bytes: body.bytes.byteLength,
  }
  const opened = openBody(cloudflareEmail, body)
  return opened.kind === 'items'
    ? understand(cloudflareEmail, opened.items, body, delivery, true)
    : { delivery, events: [], quarantined: [quarantinedBody(body)] }
}

const bodyOf = ({ body }: Message): VerifiedBytes => ({
  bytes: utf8(bodyText(body)),
  contentType: 'application/json',
  query: new URLSearchParams(),
  verifiedHeaders: new Map(),
})
