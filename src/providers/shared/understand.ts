/** Turns the native items of a verified delivery into events. An item that cannot be read affects no other item. */
import { hasRequiredFields } from '../../event/required-fields.ts'
import type { Contents, DeliveryFacts, QueuedEvent } from '../../event/envelope.ts'
import { shownSign } from '../../event/automated/at-once.ts'
import { causeOf } from '../../event/cause/cause-of.ts'
import type { CauseFound } from '../../event/cause/causes.ts'
import { eventId } from '../../event/identity.ts'
import { domainOf, mailboxProviderOf } from '../../event/mailbox-providers.ts'
import { FAILED_TYPES, type MailEvent } from '../../event/mail-event.ts'
import { withoutBrackets } from '../../event/message-id.ts'
import { compressed } from '../../event/original/original.ts'
import { toInstant } from '../../platform/time.ts'
import { addressOf, addressesOf } from './native.ts'
import { type Defect, Defects } from './defects.ts'
import type { Draft, Opened, VerifiedBytes, Provider } from './provider.ts'
import { QUARANTINED_ITEMS_MAX, type UnreadableItem, quarantinedItems } from './quarantine.ts'

/**
 * The limit for events of items with several recipients, in bytes per delivery. The fields of such an item are repeated for
 * each recipient, and the events must fit into an isolate's memory several times. Fifty recipients with a few kilobytes each
 * need a twentieth of it.
 */
const REPEATED_MAX_BYTES = 8 * 1024 * 1024

export interface Understood extends Contents {
  /** How many items are about no message, as the provider says: text messages, for instance. Nothing of them is kept. */
  readonly dropped: number
  /** Facts that items lack, and that the ESP normally gives. */
  readonly defects: readonly Defect[]
}

/**
 * Sorts items into events and quarantine records. It never throws: if the provider throws on an item, that item is
 * quarantined. If only some events of an item have their required fields, those are accepted, and the item is quarantined
 * for the rest. All readable items are accepted, however many others there are.
 *
 * @param keepsOriginals whether an event gets its item. One of several events has none: it would name the others' people.
 */
export async function understand(
  provider: Provider,
  items: readonly unknown[],
  body: VerifiedBytes,
  delivery: DeliveryFacts,
  keepsOriginals = false,
): Promise<Understood> {
  const events: QueuedEvent[] = []
  const unreadable: UnreadableItem[] = []
  const defects = new Defects(provider)
  const setAside = (problem: UnreadableItem['problem'], item: unknown, nativeType = ''): void => {
    if (problem !== 'item_too_wide') defects.add('form', nativeType, item)
    // One more than the limit is enough to detect the overflow: a body of a million numbers must not become a million records.
    if (unreadable.length <= QUARANTINED_ITEMS_MAX) unreadable.push({ problem, item })
  }
  let dropped = 0
  let remainingBytes = REPEATED_MAX_BYTES
  for (const item of items) {
    const drafts = draftsOf(provider, item, body)
    const bytes = drafts === undefined || drafts.length < 2 ? 0 : sizeUpTo(remainingBytes, drafts)
    if (bytes > remainingBytes) {
      setAside('item_too_wide', item)
      continue
    }
    remainingBytes -= bytes
    const itemEvents = drafts && (await completed(drafts, delivery))
    if (itemEvents === undefined) {
      setAside('item_unreadable', item)
      continue
    }
    if (itemEvents.length === 0) dropped += 1
    // Several people in the place of one are nobody, but no fault of the item.
    const valid = itemEvents.filter(
      (event, index) => hasRequiredFields(event) || addressesOf(drafts?.[index]?.recipient ?? '').length > 1,
    )
    const original = keepsOriginals && itemEvents.length === 1 ? compressed(item) : undefined
    events.push(...(original === undefined ? valid : valid.map((event) => ({ ...event, original }))))
    if (valid.length < itemEvents.length) setAside('payload_invalid', item, drafts?.[0]?.native_type)
    else for (const [i, event] of valid.entries()) defects.addEvent(event, drafts?.[i], item)
  }
  const quarantined = quarantinedItems(unreadable, body)
  return { delivery, events: withoutDuplicates(events), quarantined, dropped, defects: defects.all }
}

/** The size of an item's events in bytes. It stops counting above the limit. */
function sizeUpTo(limitBytes: number, drafts: readonly Draft[]): number {
  let bytes = 0
  for (const draft of drafts) {
    bytes += JSON.stringify(draft).length
    if (bytes > limitBytes) break
  }
  return bytes
}

/** Opens a body. It never throws: if the provider throws, the body is unreadable. */
export function openBody(provider: Provider, body: VerifiedBytes): Opened {
  try {
    return provider.open(body)
  } catch {
    return { kind: 'unreadable' }
  }
}

/** The events of one item, required fields not checked; `undefined` if the item cannot be read. */
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

async function complete(draft: Draft, delivery: DeliveryFacts): Promise<Required<MailEvent>> {
  const { occurredAtMs, identity } = draft
  const recipient = addressOf(draft.recipient ?? undefined) ?? null
  const cause = causeIn(draft, recipient)
  return {
    id: await eventId(delivery.source, delivery.provider, identity, occurredAtMs ?? 0),
    type: draft.type,
    native_type: draft.native_type,
    source: delivery.source,
    provider: delivery.provider,
    provider_event_id: draft.provider_event_id ?? null,
    message_id: draft.message_id ?? null,
    other_message_ids: otherMessageIds(draft),
    recipient,
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
    scope: draft.scope ?? null,
    ...automatedIn(draft),
    cause: cause?.cause ?? null,
    cause_detail: cause?.detail ?? null,
  }
}

/** The ESP's word first. */
export function automatedIn(draft: Draft): Pick<Required<MailEvent>, 'automated' | 'automated_by'> {
  const { type, automated, isNamedAutomated = false, user_agent = null, client_ip = null } = draft
  if (typeof automated === 'boolean')
    return { automated, automated_by: isNamedAutomated ? 'event_name' : 'esp' }
  const by = shownSign({ type, user_agent, client_ip })
  return { automated: by === undefined ? null : true, automated_by: by ?? null }
}

/** Why it failed, or why a person complained where the ESP says it; null for all else. */
export const causeIn = (draft: Draft, recipient: string | null): CauseFound | null =>
  FAILED_TYPES.has(draft.type)
    ? causeOf({
        text: draft.reason,
        smtpCode: draft.smtp_code,
        enhancedCode: draft.enhanced_code,
        mailboxProvider: recipient === null ? null : mailboxProviderOf(domainOf(recipient)),
        native: draft.cause,
      })
    : draft.type === 'email.spam_reported' && draft.cause !== undefined
      ? { cause: draft.cause.cause, detail: draft.cause.detail }
      : null

/** Without angle brackets, as searches look for them. */
function otherMessageIds({ message_id, other_message_ids = [] }: Draft): string[] {
  const ids = new Set([message_id ?? '', ...other_message_ids].map((id) => withoutBrackets(id)))
  return [...ids].filter((id) => id !== '' && id !== message_id)
}

/** The same event twice in one delivery counts once. */
function withoutDuplicates(events: QueuedEvent[]): QueuedEvent[] {
  return events.length < 2 ? events : [...new Map(events.map((event) => [event.id, event])).values()]
}
