/** The recipients of events as a file names them: by pseudonym, and by the domain of the mailbox if it identifies nobody. */
import { OTHER_PROVIDER, domainOf } from '../event/mailbox-providers.ts'
import { type Bytes, fromBase64 } from '../platform/bytes.ts'
import { KeyVersionUnknown, SealBroken, aesKey, decrypt } from '../platform/seal.ts'
import type { Store } from '../store/store.ts'
import { archivePseudonym } from '../store/pseudonym.ts'
import type { EventRow } from '../store/stored-event.ts'
import type { ArchivedEvent } from './columns.ts'
import type { DomainCount } from './domains.ts'

export type NamedRecipient = Pick<ArchivedEvent, 'person' | 'mailboxProvider'>

interface Known {
  readonly person: Bytes
  readonly key: CryptoKey
  readonly mailboxProvider: string
  /** Whether an event was found that opens. Those that were stored later open as well, since a key changes only with an erasure. */
  opens: boolean
}

const NOBODY: NamedRecipient = { person: null, mailboxProvider: null }
const ERASED: NamedRecipient = { person: null, mailboxProvider: OTHER_PROVIDER }

const READ_KEYS = `
  SELECT j.value AS recipient, lower(hex(r.wrapped_key)) AS wrapped FROM json_each(?1) j
  JOIN recipients r ON r.recipient = unhex(j.value)`

/** Of one file: each person's key is read and unwrapped once. Events come in the order in which they were stored. */
export class Recipients {
  readonly #store: Pick<Store, 'db' | 'people'>
  readonly #domains: DomainCount
  /** Null if the person was erased. */
  readonly #known = new Map<string, Known | null>()

  constructor(store: Pick<Store, 'db' | 'people'>, domains: DomainCount) {
    this.#store = store
    this.#domains = domains
  }

  /** @throws {KeyVersionUnknown} if this Worker does not have the master key: the file must wait for it */
  async load(indexes: readonly (string | null)[]): Promise<void> {
    const unknown = [...new Set(indexes)].filter(
      (index) => index !== null && !this.#known.has(index),
    ) as string[]
    if (unknown.length === 0) return
    for (const index of unknown) this.#known.set(index, null)
    const keys = this.#store.db.prepare(READ_KEYS).bind(JSON.stringify(unknown))
    const { results } = await keys.all<{ readonly recipient: string; readonly wrapped: string }>()
    for (const { recipient, wrapped } of results)
      this.#known.set(recipient, await this.#read(recipient, wrapped))
  }

  async of({ event_id, recipient, sealed }: EventRow): Promise<NamedRecipient> {
    if (recipient === null) return NOBODY
    const known = this.#known.get(recipient) ?? null
    if (known === null) return ERASED
    // An event from before an erasure does not open under the key of a later one. It must not be linked to the person.
    known.opens ||= await opens(known.key, sealed, event_id)
    return known.opens ? known : ERASED
  }

  async #read(index: string, wrappedKey: string): Promise<Known | null> {
    try {
      const { key, address } = await this.#store.people.bytesOf(index, wrappedKey)
      const domain = domainOf(address)
      return {
        person: await archivePseudonym(key),
        key: await aesKey(key),
        mailboxProvider: (await this.#domains.mayName(domain, index)) ? domain : OTHER_PROVIDER,
        opens: false,
      }
    } catch (cause) {
      // One broken row must not stop the archive.
      if (cause instanceof SealBroken && !(cause instanceof KeyVersionUnknown)) return null
      throw cause
    }
  }
}

async function opens(key: CryptoKey, sealed: string | null, eventId: string): Promise<boolean> {
  const blob = fromBase64(sealed ?? '')
  if (blob === undefined || blob.byteLength === 0) return false
  try {
    await decrypt(key, blob, eventId)
    return true
  } catch (cause) {
    if (cause instanceof SealBroken) return false
    throw cause
  }
}
