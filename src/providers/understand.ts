/** Reads a verified delivery in its provider's words. Each item stands alone: one that cannot be understood loses no other. */
import { hasRequiredFields } from '../event/required-fields.ts'
import type { Contents, DeliveryFacts } from '../event/envelope.ts'
import { eventId } from '../event/identity.ts'
import type { MailEvent } from '../event/mail-event.ts'
import { toInstant } from '../platform/time.ts'
import type { Draft, Opened, VerifiedBytes, Provider } from './provider.ts'
import { QUARANTINED_ITEMS_MAX, type UnreadableItem, quarantinedItems } from './quarantine.ts'

/**
 * What an item says once is written out for each recipient that it speaks of. The events of such items may be so much of a
 * delivery: they have to fit into an isolate several times over, and fifty recipients with a few kilobytes each need a twentieth.
 */
const REPEATED_MAX_BYTES = 8 * 1024 * 1024

/**
 * Turns opened items into events and what goes to quarantine. It never throws: a provider that throws on an item quarantines
 * that item. Of an item that speaks of several recipients, what holds enough goes through, and the item is kept for the rest.
 * All readable items go through, however many others there are.
 */
export async function understand(
  provider: Provider,
  items: readonly unknown[],
  body: VerifiedBytes,
  delivery: DeliveryFacts,
): Promise<Contents> {
  const events: MailEvent[] = []
  const unreadable: UnreadableItem[] = []
  const setAside = (problem: UnreadableItem['problem'], item: unknown): void => {
    // One more than may be kept says enough: a body of a million numbers must not become a million records.
    if (unreadable.length <= QUARANTINED_ITEMS_MAX) unreadable.push({ problem, item })
  }
  let roomBytes = REPEATED_MAX_BYTES
  for (const item of items) {
    const drafts = draftsOf(provider, item, body)
    const bytes = drafts === undefined || drafts.length < 2 ? 0 : sizeUpTo(roomBytes, drafts)
    if (bytes > roomBytes) {
      setAside('item_too_wide', item)
      continue
    }
    roomBytes -= bytes
    const said = drafts && (await completed(drafts, delivery))
    if (said === undefined) {
      setAside('item_unreadable', item)
      continue
    }
    const useful = said.filter(hasRequiredFields)
    events.push(...useful)
    if (useful.length < said.length) setAside('payload_invalid', item)
  }
  return { delivery, events: withoutTwins(events), quarantined: quarantinedItems(unreadable, body) }
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

/** Opens a body. Total: a provider that throws cannot read it. */
export function openBody(provider: Provider, body: VerifiedBytes): Opened {
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
  body: VerifiedBytes,
  delivery: DeliveryFacts,
): Promise<readonly MailEvent[] | undefined> {
  const drafts = draftsOf(provider, item, body)
  return drafts && completed(drafts, delivery)
}

function draftsOf(provider: Provider, item: unknown, body: VerifiedBytes): readonly Draft[] | undefined {
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
