/** Originals of events, sealed beside them, each under the key of its event's person or of events that name nobody. */
import { inflated, inflatedBase64 } from '../event/original/original.ts'
import { fromBase64, toBase64 } from '../platform/bytes.ts'
import { SealBroken, decrypt, encrypt } from '../platform/seal.ts'
import { personFingerprint } from './fingerprint.ts'
import { addressesIn } from './named-people.ts'
import type { Person } from './people.ts'
import type { SealedPersonal } from './personal.ts'
import type { Store } from './store.ts'

/**
 * SQL for a column of an UPDATE of segments `b`: their originals without those of some events, NULL if none is left.
 *
 * @param isGone SQL: whether that of an event `e` goes
 */
export const originalsWithout = (isGone: string): string => `(
    SELECT iif(count(kept) = 0, NULL, json_group_array(kept ORDER BY nr)) FROM (
      SELECT e.key AS nr, iif(${isGone}, NULL, b.originals ->> e.key) AS kept FROM jsonb_each(b.contents) e))`

/** Other than that of what is personal: neither opens as the other. */
const associated = (eventId: string): string => `original ${eventId}`

/** More addresses in the item of an event that names nobody, and it is not kept. */
const NAMED_MAX = 20

/** The blind indexes of all whom an item names; undefined if they are too many to list. */
export async function namedIn(item: string, { people }: Store): Promise<readonly string[] | undefined> {
  const { addresses, isWhole } = addressesIn(item)
  if (!isWhole || addresses.size > NAMED_MAX) return undefined
  return Promise.all([...addresses].map((address) => people.indexOf(address)))
}

export interface OriginalToStore {
  /** In base64. */
  readonly original: string
  /** Of those whom it names though its event names nobody: their erasure finds it by these. */
  readonly fingerprints: readonly string[]
}

/**
 * @param compressed in base64
 * @param person the recipient; undefined where the event names none
 * @returns undefined if it is not kept
 */
export async function sealOriginal(
  compressed: string,
  eventId: string,
  person: Person | undefined,
  store: Store,
): Promise<OriginalToStore | undefined> {
  const named = person === undefined ? await namedIn(inflatedBase64(compressed) ?? '', store) : []
  if (named === undefined) return undefined
  const key = person?.key ?? (await store.nobodysKey())
  const sealed = await encrypt(key, fromBase64(compressed) ?? new Uint8Array(), associated(eventId))
  return { original: toBase64(sealed), fingerprints: named.map(personFingerprint) }
}

/** Of an event: none is kept, or it does not open, or the ESP's item as JSON text. */
export type Original =
  | { readonly state: 'none' | 'unreadable' }
  | { readonly state: 'kept'; readonly text: string }

/** @param sealed in base64; null if none is kept */
export async function openOriginal(
  store: Store,
  { event_id, recipient, wrapped_key }: Omit<SealedPersonal, 'sealed'>,
  sealed: string | null,
): Promise<Original> {
  if (sealed === null || !store.scope.personal) return { state: 'none' }
  const person = recipient === null ? undefined : await store.people.find(recipient, wrapped_key ?? '')
  if (recipient !== null && person === undefined) return { state: 'unreadable' }
  try {
    const key = person?.key ?? (await store.nobodysKey())
    const text = inflated(await decrypt(key, fromBase64(sealed) ?? new Uint8Array(), associated(event_id)))
    return text === undefined ? { state: 'unreadable' } : { state: 'kept', text }
  } catch (cause) {
    if (cause instanceof SealBroken) return { state: 'unreadable' }
    throw cause
  }
}
