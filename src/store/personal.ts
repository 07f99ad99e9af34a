/**
 * The personal data of an event: address, reasons that quote it, links, user agent, client address, tags, metadata. It is
 * stored only as one blob, sealed under the person's key, or under the store's own key if the event names nobody.
 */
import type { MailEvent } from '../event/mail-event.ts'
import { type Bytes, fromBase64, textOf, toBase64, utf8 } from '../platform/bytes.ts'
import { SealBroken, decrypt, encrypt } from '../platform/seal.ts'
import type { Masks } from './masks.ts'
import type { Person } from './people.ts'
import type { Store } from './store.ts'

/** The personal fields of an event, each as it is if it says nothing. */
export const nothingPersonal = () =>
  ({
    recipient: null,
    reason: null,
    url: null,
    user_agent: null,
    client_ip: null,
    tags: [],
    metadata: {},
  }) satisfies Partial<MailEvent>

type PersonalField = keyof ReturnType<typeof nothingPersonal>
const PERSONAL_FIELDS = Object.keys(nothingPersonal()) as readonly PersonalField[]

/** With what the columns have a mask for. */
export type Personal = Partial<Pick<MailEvent, PersonalField>> & Masks

const NOTHING: Personal = {}

const isNothing = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)

/** The personal fields that say something, without an address that is stored with the person's key: most events have one or two. */
function personalOf(event: MailEvent, person: Person | undefined, masks: Masks): Personal {
  const isSaid = (name: PersonalField): boolean =>
    !isNothing(event[name]) && (name !== 'recipient' || event.recipient !== person?.address)
  const names = [...PERSONAL_FIELDS.filter(isSaid), ...(Object.keys(masks) as (keyof Masks)[])]
  return Object.fromEntries(names.map((name) => [name, event[name]]))
}

/**
 * The blob in base64; null when there is nothing to seal. The event's id is its associated data, so that it opens with no
 * other event.
 *
 * @param person the recipient; undefined where the event names none
 * @param masks of fields that are sealed as well
 */
export async function sealPersonal(
  event: MailEvent,
  person: Person | undefined,
  store: Store,
  masks: Masks,
): Promise<string | null> {
  const personal = personalOf(event, person, masks)
  if (person === undefined && Object.keys(personal).length === 0) return null
  const key = person?.key ?? (await store.nobodysKey())
  return toBase64(await encrypt(key, utf8(JSON.stringify(personal)), event.id))
}

/** A blob, with what is needed to open it. */
export interface SealedPersonal {
  readonly event_id: string
  /** The person's index; null when the event names nobody. */
  readonly recipient: string | null
  /** In hex; null or empty when the person was erased. */
  readonly wrapped_key: string | null
  readonly sealed: string | null
}

/** Opens blobs for one response and unwraps each person's key once. The blob of an erased person reads as empty. */
export function personalReader(store: Store): (row: SealedPersonal) => Promise<Personal> {
  const persons = new Map<string, Promise<Person | undefined>>()
  const personOf = (index: string, wrappedKey: string): Promise<Person | undefined> => {
    const known = persons.get(index) ?? store.people.find(index, wrappedKey)
    persons.set(index, known)
    return known
  }
  return async ({ event_id, recipient, wrapped_key, sealed }) => {
    const blob = store.scope.personal ? fromBase64(sealed ?? '') : undefined
    if (blob === undefined || blob.byteLength === 0) return NOTHING
    if (recipient === null) return read(await decrypt(await store.nobodysKey(), blob, event_id))
    const person = await personOf(recipient, wrapped_key ?? '')
    if (person === undefined) return NOTHING
    try {
      return { recipient: person.address, ...read(await decrypt(person.key, blob, event_id)) }
    } catch (cause) {
      // Sealed before the person was erased. A later event gave the person a new key.
      if (cause instanceof SealBroken) return NOTHING
      throw cause
    }
  }
}

const read = (plain: Bytes): Personal => JSON.parse(textOf(plain) ?? '{}') as Personal
