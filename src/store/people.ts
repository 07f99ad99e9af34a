/**
 * People as the store knows them: a blind index that finds a person by exact address and tells nothing else, and one key
 * per person under which everything personal rests.
 */
import { type Bytes, concat, fromHex, textOf, toHex, utf8 } from '../platform/bytes.ts'
import { type MasterKey, derive } from '../platform/master-key.ts'
import { SealBroken, aesKey, sealer } from '../platform/seal.ts'
import { type KeptKey, keptKey } from './kept-key.ts'

/** A 128-bit index: no two of a billion people meet by chance, and it costs half of a whole HMAC in each of three tables. */
const INDEX_BYTES = 16
const KEY_BYTES = 32

/** Longer is no address (RFC 5321 section 4.5.3.1 allows 64 + 1 + 255); what exceeds it is not kept beside the key. */
const ADDRESS_MAX_CHARACTERS = 320

export interface Person {
  /** Blind index, 32 hex digits. */
  readonly index: string
  readonly key: CryptoKey
  /** In its normal spelling. */
  readonly address: string
}

export interface People {
  readonly normal: (address: string) => string
  /** The blind index of an address in any spelling. */
  readonly indexOf: (address: string) => Promise<string>
  /** A name for content that may be personal: the same for the same text, and telling nothing without the key. */
  readonly nameOf: (content: string) => Promise<string>
  /** A new random key for a person, wrapped, in hex. Valid only once the store holds it. */
  readonly propose: (index: string, address: string) => Promise<string>
  /** @throws {SealBroken} when it was wrapped under a master key that is not configured */
  readonly unwrap: (index: string, wrappedHex: string) => Promise<Person>
  /** For reading: `undefined` when the person was erased (no wrapped key) or the key does not open. */
  readonly find: (index: string, wrappedHex: string) => Promise<Person | undefined>
}

/**
 * One spelling per mailbox: white space around it cut, Unicode composed, lower case, the domain in its ASCII form.
 * Domains know no case. Local parts may, by RFC 5321, but no mailbox provider of note tells `Ada` from `ada`, ESPs report
 * either spelling, and a suppression that misses the other one sends mail to someone who said no.
 */
export function normalAddress(address: string): string {
  const text = address.trim().normalize('NFC').toLowerCase()
  const domainAt = text.lastIndexOf('@') + 1
  return domainAt === 0 ? text : text.slice(0, domainAt) + asciiDomain(text.slice(domainAt))
}

/** `bücher.example` is `xn--bcher-kva.example`; what is no plain domain stays as it is. */
function asciiDomain(domain: string): string {
  const plain = /^[\p{L}\p{M}\p{N}.-]+$/u.test(domain) && /[^ -~]/.test(domain)
  const url = `http://${domain}`
  return plain && URL.canParse(url) ? new URL(url).hostname : domain
}

export const INDEX_KEY = 'recipient-index'

/**
 * The index has a key of its own, which is kept wrapped and never changes, so that any master key can be retired once what
 * rests was sealed anew. It began as the one that the oldest master key of then gives.
 */
export function people(masters: readonly [MasterKey, ...MasterKey[]], kept?: KeptKey): People {
  const wrapping = sealer(masters, 'recipient-keys')
  const oldest = masters.at(-1) ?? masters[0]
  const own = () => derive(oldest, 'recipient-index')
  const indexKey = keptKey(INDEX_KEY, kept ?? { agree: (propose) => propose() }, wrapping, own, hmacKey)
  const keyedHash = async (text: string): Promise<string> =>
    toHex(new Uint8Array(await crypto.subtle.sign('HMAC', await indexKey(), utf8(text)), 0, INDEX_BYTES))
  const unwrap = async (index: string, wrappedHex: string): Promise<Person> => {
    const wrapped = fromHex(wrappedHex)
    if (wrapped === undefined) throw new SealBroken('a wrapped key is not hex')
    const plain = await wrapping.open(wrapped, index)
    const address = textOf(plain.subarray(KEY_BYTES)) ?? ''
    return { index, key: await aesKey(plain.slice(0, KEY_BYTES)), address }
  }
  return {
    normal: normalAddress,
    indexOf: (address) => keyedHash(normalAddress(address)),
    nameOf: keyedHash,
    async propose(index, address) {
      const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
      const kept = utf8(normalAddress(address).slice(0, ADDRESS_MAX_CHARACTERS))
      return toHex(await wrapping.seal(concat([key, kept]), index))
    },
    unwrap,
    async find(index, wrappedHex) {
      if (wrappedHex === '') return undefined
      try {
        return await unwrap(index, wrappedHex)
      } catch (cause) {
        // One broken row must not hide a whole page. Whoever writes uses `unwrap`, which refuses.
        if (cause instanceof SealBroken) return undefined
        throw cause
      }
    },
  }
}

const hmacKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
