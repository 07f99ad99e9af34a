/** Reads a quarantined delivery again, with the provider's code of today, and sends on what it understands. */
import type { Contents, DeliveryFacts, Quarantined } from '../event/envelope.ts'
import { pack } from '../event/pack.ts'
import { type Bytes, fromBase64 } from '../platform/bytes.ts'
import { requestId } from '../platform/ids.ts'
import { parseJson } from '../platform/json.ts'
import { providerNamed } from '../providers/index.ts'
import type { VerifiedBytes, Provider } from '../providers/shared/provider.ts'
import { openBody, understand } from '../providers/shared/understand.ts'
import { readQuarantine, removeQuarantine } from '../store/quarantine.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'

export type Replayed =
  | { readonly ok: true; readonly events: number; readonly quarantined: number }
  | { readonly ok: false; readonly code: 'quarantine_unknown' | 'still_not_understood' | 'queue_unavailable' }

/**
 * The row goes only when the queue has everything that it holds; until then it stays. It stays, too, where it is still needed:
 * of an item that is understood in part, and of a body with more unreadable items than are kept one by one.
 */
export async function replay(context: RequestContext, id: string): Promise<Replayed> {
  const row = await readQuarantine(context.store, id)
  if (row === undefined) return { ok: false, code: 'quarantine_unknown' }

  const contents = await readAgain(row.quarantined, row.delivery)
  if (contents === undefined) return { ok: false, code: 'still_not_understood' }

  // A record of the same kind is the row itself. Sent to the queue, it would be found there, and then removed with the row.
  const others = contents.quarantined.filter(({ item }) => item !== row.quarantined.item)
  const isStillNeeded = others.length < contents.quarantined.length
  await note(context, 'quarantine.replayed', `quarantine/${id}`, { source: row.source })
  try {
    const envelopes = await pack({ ...contents, quarantined: others }, context.queueSealer, context.putLarge)
    for (const envelope of envelopes) await context.enqueue(envelope)
  } catch {
    // Parts that were sent are sent again next time: their events count once.
    return { ok: false, code: 'queue_unavailable' }
  }
  if (!isStillNeeded) await removeQuarantine(context.store, id)
  return { ok: true, events: contents.events.length, quarantined: contents.quarantined.length }
}

/** Reads a delivery with the provider's present code; `undefined` if the code understands nothing of it. */
export async function readAgain(
  quarantined: Quarantined,
  delivery: DeliveryFacts,
): Promise<Contents | undefined> {
  const provider = providerNamed(delivery.provider)
  const bytes = fromBase64(quarantined.body)
  if (provider === undefined || bytes === undefined) return undefined

  const body = verifiedBytes(quarantined, bytes)
  const items = itemsOf(provider, quarantined, body)
  if (items === undefined) return undefined

  // A name of its own: the queue message of the first time has the old one.
  const contents = await understand(provider, items, body, { ...delivery, request_id: requestId() })
  return contents.events.length === 0 && contents.quarantined.length > 0 ? undefined : contents
}

function itemsOf(
  provider: Provider,
  quarantined: Quarantined,
  body: VerifiedBytes,
): readonly unknown[] | undefined {
  if (quarantined.item) return [parseJson(body.bytes)]
  const opened = openBody(provider, body)
  // A handshake was answered long ago, or never: there is nobody waiting for it now.
  return opened.kind === 'items' ? opened.items : undefined
}

const verifiedBytes = (quarantined: Quarantined, bytes: Bytes): VerifiedBytes => ({
  bytes,
  contentType: quarantined.content_type,
  query: new URLSearchParams(quarantined.query),
  verifiedHeaders: new Map(Object.entries(quarantined.headers)),
})
