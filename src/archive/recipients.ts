/** The recipients of events as a file names them: by pseudonym, and by the domain of the mailbox if it identifies nobody. */
import { OTHER_PROVIDER, domainOf } from '../event/mailbox-providers.ts'
import { type Bytes, fromBase64 } from '../platform/bytes.ts'
import { KeyVersionUnknown, SealBroken, aesKey, decrypt } from '../platform/seal.ts'
import type { People } from '../store/people.ts'
import { archivePseudonym } from '../store/pseudonym.ts'
import type { EventRow } from '../store/stored-event.ts'
import type { ArchivedEvent } from './columns.ts'
import type { DomainCount } from './domains.ts'

export type NamedRecipient = Pick<ArchivedEvent, 'person' | 'mailboxProvider'>

interface Known {
  readonly person: Bytes
  readonly key: CryptoKey
  readonly mailboxProvider: string
}

const NOBODY: NamedRecipient = { person: null, mailboxProvider: null }
const ERASED: NamedRecipient = { person: null, mailboxProvider: OTHER_PROVIDER }

/** Of one file: each person's key is unwrapped once. */
export class Recipients {
  readonly #people: People
  readonly #domains: DomainCount
  readonly #known = new Map<string, Promise<Known | undefined>>()

  constructor(people: People, domains: DomainCount) {
    this.#people = people
    this.#domains = domains
  }

  /** @throws {KeyVersionUnknown} if this Worker does not have the master key: the file must wait for it */
  async of({ event_id, recipient, wrapped_key, sealed }: EventRow): Promise<NamedRecipient> {
    if (recipient === null) return NOBODY
    const known = await this.#find(recipient, wrapped_key ?? '')
    // An event of before an erasure does not open under the key that a later event has made, and must not be linked to it.
    return known !== undefined && (await opens(known.key, sealed, event_id)) ? known : ERASED
  }

  #find(index: string, wrappedKey: string): Promise<Known | undefined> {
    const found = this.#known.get(index) ?? this.#read(index, wrappedKey)
    this.#known.set(index, found)
    return found
  }

  async #read(index: string, wrappedKey: string): Promise<Known | undefined> {
    if (wrappedKey === '') return undefined
    try {
      const { key, address } = await this.#people.bytesOf(index, wrappedKey)
      const domain = domainOf(address)
      return {
        person: await archivePseudonym(key),
        key: await aesKey(key),
        mailboxProvider: (await this.#domains.mayName(domain, index)) ? domain : OTHER_PROVIDER,
      }
    } catch (cause) {
      // One broken row must not stop the archive.
      if (cause instanceof SealBroken && !(cause instanceof KeyVersionUnknown)) return undefined
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
