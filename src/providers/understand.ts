/** Reads a proven delivery in its provider's words. Each item stands alone: one that cannot be understood loses no other. */
import { holdsEnough } from '../event/demands.ts'
import type { Contents, DeliveryFacts, Quarantined } from '../event/envelope.ts'
import { eventId } from '../event/identity.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { toBase64, utf8 } from '../platform/bytes.ts'
import { toInstant } from '../platform/time.ts'
import type { Draft, Opened, ProvenBytes, Provider } from './provider.ts'

/**
 * What an item says once is written out for each recipient that it speaks of. The events of such items may be so much of a
 * delivery: they have to fit into an isolate several times over, and fifty recipients with a few kilobytes each need a twentieth.
 */
const REPEATED_MAX_BYTES = 8 * 1024 * 1024

/**
 * Turns opened items into events and quarantined items. Total: a provider that throws on an item quarantines that item. Of
 * an item that speaks of several recipients, what holds enough goes through, and the item is kept for the rest.
 */
export async function understand(
  provider: Provider,
  items: readonly unknown[],
  body: ProvenBytes,
  delivery: DeliveryFacts,
): Promise<Contents> {
  const events: MailEvent[] = []
  const quarantined: Quarantined[] = []
  let roomBytes = REPEATED_MAX_BYTES
  for (const item of items) {
    const drafts = draftsOf(provider, item, body)
    const bytes = drafts === undefined || drafts.length < 2 ? 0 : sizeUpTo(roomBytes, drafts)
    if (bytes > roomBytes) {
      quarantined.push(quarantinedItem('item_too_wide', item, body))
      continue
    }
    roomBytes -= bytes
    const said = drafts && (await completed(drafts, delivery))
    if (said === undefined) {
      quarantined.push(quarantinedItem('item_unreadable', item, body))
      continue
    }
    const useful = said.filter(holdsEnough)
    events.push(...useful)
    if (useful.length < said.length) quarantined.push(quarantinedItem('payload_invalid', item, body))
  }
  return { delivery, events: withoutTwins(events), quarantined }
}

/** How much the events of an item will be, or more than the limit. */
function sizeUpTo(limitBytes: number, drafts: readonly Draft[]): number {
  let bytes = 0
  for (const draft of drafts) {
    bytes += JSON.stringify(draft).length
    if (bytes > limitBytes) break
  }
  return bytes
}

/** A whole body that could not be split into items. */
export const quarantinedBody = (body: ProvenBytes): Quarantined => ({
  ...surroundings(body),
  problem: 'body_unreadable',
  body: toBase64(body.bytes),
  item: false,
})

/** Opens a body. Total: a provider that throws cannot read it. */
export function openBody(provider: Provider, body: ProvenBytes): Opened {
  try {
    return provider.open(body)
  } catch {
    return { kind: 'unreadable' }
  }
}

/** What one item says in its provider's words, however little; `undefined` when it cannot be understood. */
export async function eventsOf(
  provider: Provider,
  item: unknown,
  body: ProvenBytes,
  delivery: DeliveryFacts,
): Promise<readonly MailEvent[] | undefined> {
  const drafts = draftsOf(provider, item, body)
  return drafts && completed(drafts, delivery)
}

function draftsOf(provider: Provider, item: unknown, body: ProvenBytes): readonly Draft[] | undefined {
  try {
    return provider.read(item, body)
  } catch {
    return undefined
  }
}

async function completed(
  drafts: readonly Draft[],
  delivery: DeliveryFacts,
): Promise<readonly MailEvent[] | undefined> {
  try {
    const events: MailEvent[] = []
    for (const draft of drafts) events.push(await complete(draft, delivery))
    return events
  } catch {
    return undefined
  }
}

const quarantinedItem = (
  problem: 'item_unreadable' | 'item_too_wide' | 'payload_invalid',
  item: unknown,
  body: ProvenBytes,
): Quarantined => ({
  ...surroundings(body),
  problem,
  body: toBase64(utf8(JSON.stringify(item) ?? 'null')),
  item: true,
})

const surroundings = (body: ProvenBytes) => ({
  content_type: body.contentType,
  query: body.query.toString(),
  headers: Object.fromEntries(body.provenHeaders),
})

async function complete(draft: Draft, delivery: DeliveryFacts): Promise<MailEvent> {
  const { occurredAtMs, identity } = draft
  return {
    id: await eventId(delivery.source, delivery.provider, identity, occurredAtMs ?? 0),
    type: draft.type,
    native_type: draft.native_type,
    source: delivery.source,
    provider: delivery.provider,
    provider_event_id: draft.provider_event_id ?? null,
    message_id: draft.message_id ?? null,
    recipient: draft.recipient ?? null,
    occurred_at: occurredAtMs === undefined ? null : toInstant(occurredAtMs),
    received_at: delivery.received_at,
    bounce_type: draft.bounce_type ?? null,
    reason: draft.reason ?? null,
    reject_reason: draft.reject_reason ?? null,
    smtp_code: draft.smtp_code ?? null,
    enhanced_code: draft.enhanced_code ?? null,
    url: draft.url ?? null,
    user_agent: draft.user_agent ?? null,
    client_ip: draft.client_ip ?? null,
    tags: draft.tags ?? [],
    campaign_id: draft.campaign_id ?? null,
    metadata: draft.metadata ?? {},
  }
}

/** The same event twice in one delivery is one event. */
function withoutTwins(events: MailEvent[]): MailEvent[] {
  return events.length < 2 ? events : [...new Map(events.map((event) => [event.id, event])).values()]
}
