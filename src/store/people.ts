/**
 * People in the store. A blind index finds a person by exact address and reveals nothing else. Each person has one key, under
 * which all their personal data is sealed.
 */
import { type Bytes, concat, fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { type MasterKey, derive, oldestOf } from '../platform/master-key.ts'
import { SealBroken, aesKey, sealer } from '../platform/seal.ts'
import { type KeySlot, storeKey } from './store-key.ts'

/** 128 bits: a billion people have no collision by chance, and three tables store half the bytes of a whole HMAC. */
const INDEX_BYTES = 16
const KEY_BYTES = 32

/** RFC 5321 section 4.5.3.1 allows 64 + 1 + 255 characters. What exceeds them is not stored beside the key. */
const ADDRESS_MAX_CHARACTERS = 320

export interface Person {
  /** Blind index, 32 hex digits. */
  readonly index: string
  readonly key: CryptoKey
  /** Normalized. */
  readonly address: string
}

/** A person's key as bytes, for the archive alone: its pseudonyms are made with them, and operators open its files with them. */
export interface PersonBytes {
  readonly key: Bytes
  /** Normalized. */
  readonly address: string
}

export interface People {
  readonly normal: (address: string) => string
  /** The blind index of an address in any spelling. */
  readonly indexOf: (address: string) => Promise<string>
  /** A keyed hash that identifies content which may be personal. It reveals nothing without the key, and is no blind index. */
  readonly nameOf: (
    purpose: 'MASK' | 'QUARANTINE' | 'IMPORT' | 'IMPORT TICKET' | 'IMPORTED PEOPLE' | 'domain',
    content: string,
  ) => Promise<string>
  /** A key of 32 bytes, the same for as long as the store exists, also after the master key was replaced. */
  readonly keyFor: (purpose: string) => Promise<Bytes>
  /** A new random key for a person, wrapped, in hex. It is valid only if the store holds it afterwards. */
  readonly propose: (index: string, address: string) => Promise<string>
  /** The bytes of a person's key. @throws {SealBroken} as `unwrap` */
  readonly bytesOf: (index: string, wrappedHex: string) => Promise<PersonBytes>
  /** @throws {SealBroken} when it was wrapped under a master key that is not configured */
  readonly unwrap: (index: string, wrappedHex: string) => Promise<Person>
  /** For reading: `undefined` if the person was erased (no wrapped key) or the key cannot be unwrapped. */
  readonly find: (index: string, wrappedHex: string) => Promise<Person | undefined>
}

/**
 * One spelling for each mailbox: trimmed, Unicode composed (NFC), lower case, the domain in its ASCII form.
 * Domains ignore case. RFC 5321 allows local parts that do not, but no large mailbox provider distinguishes `Ada` from `ada`.
 * ESPs report either spelling. A suppression that missed one would send mail to a person who objected.
 */
export function normalAddress(address: string): string {
  const text = address.trim().normalize('NFC').toLowerCase()
  const domainAt = text.lastIndexOf('@') + 1
  return domainAt === 0 ? text : text.slice(0, domainAt) + asciiDomain(text.slice(domainAt))
}

/** `bücher.example` is `xn--bcher-kva.example`; anything that is not a plain domain stays unchanged. */
function asciiDomain(domain: string): string {
  const plain = /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) && /[^ -~]/.test(domain)
  const url = `http://${domain}`
  return plain && URL.canParse(url) ? new URL(url).hostname : domain
}

export const INDEX_KEY = 'recipient-index'

/**
 * The blind index has its own key, which is stored wrapped and never changes, so that a master key can be retired after
 * resealing. It was first derived from the oldest master key configured at that time.
 */
export function people(masters: readonly [MasterKey, ...MasterKey[]], slot?: KeySlot): People {
  const wrapping = sealer(masters, 'recipient-keys')
  const oldest = oldestOf(masters)
  const derived = () => derive(oldest, 'recipient-index')
  const indexKey = storeKey(INDEX_KEY, slot ?? { agree: (propose) => propose() }, wrapping, derived, hmacKey)
  const hmac = async (text: string): Promise<Bytes> =>
    new Uint8Array(await crypto.subtle.sign('HMAC', await indexKey(), utf8(text)))
  const keyedHash = async (text: string): Promise<string> =>
    toHex((await hmac(text)).subarray(0, INDEX_BYTES))
  const bytesOf = async (index: string, wrappedHex: string): Promise<PersonBytes> => {
    const wrapped = fromHex(wrappedHex)
    if (wrapped === undefined) throw new SealBroken('a wrapped key is not hex')
    const plain = await wrapping.open(wrapped, index)
    return { key: plain.slice(0, KEY_BYTES), address: textOf(plain.subarray(KEY_BYTES)) ?? '' }
  }
  const unwrap = async (index: string, wrappedHex: string): Promise<Person> => {
    const { key, address } = await bytesOf(index, wrappedHex)
    return { index, key: await aesKey(key), address }
  }
  return {
    normal: normalAddress,
    indexOf: (address) => keyedHash(normalAddress(address)),
    // Purposes are upper case: no normal address is equal, so no row holds a name or a key as its index. That of the archive’s domains is
    // lower case and stays: its names are stored.
    nameOf: (purpose, content) => keyedHash(`${purpose} ${content}`),
    keyFor: (purpose) => hmac(`KEY FOR ${purpose}`),
    async propose(index, address) {
      const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
      const stored = utf8(normalAddress(address).slice(0, ADDRESS_MAX_CHARACTERS))
      return toHex(await wrapping.seal(concat([key, stored]), index))
    },
    bytesOf,
    unwrap,
    async find(index, wrappedHex) {
      if (wrappedHex === '') return undefined
      try {
        return await unwrap(index, wrappedHex)
      } catch (cause) {
        // One broken row must not hide a whole page. Writers use `unwrap`, which throws.
        if (cause instanceof SealBroken) return undefined
        throw cause
      }
    },
  }
}

const hmacKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
