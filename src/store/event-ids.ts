/**
 * The ids of events, by who reads them. The gateway makes an id from what the ESP reported, often with the recipient's address in it
 * (`event/identity.ts`). Whoever knew the rest could try addresses until an id fits. So the hash half of an id is encrypted before it
 * is stored, and again for each audience that must not learn addresses: two audiences cannot compare their ids, and nobody can try
 * addresses without the key.
 */
import { type Bytes, fromHex, toHex } from '../platform/bytes.ts'
import type { People } from './people.ts'

/** Recipient of the ids: the store itself, readers without the right to see addresses, or one destination. */
export type Audience = 'store' | 'viewers' | `destination ${string}`

/** Ids of one audience. The last 32 hex digits of an id change, also of a batch; a text without them stays as it is. */
export interface AudienceIds {
  /** Equal ids give equal ones, and different ids different ones. */
  readonly of: (id: string) => Promise<string>
  /** The inverse of `of`. */
  readonly back: (id: string) => Promise<string>
}

const HASH_HALF = /^(.*)([0-9a-f]{32})$/s
const BLOCK_BYTES = 16

export function audienceIds(people: Pick<People, 'keyFor'>): (audience: Audience) => AudienceIds {
  // Keys and not their promises, which belong to the request that made them.
  const keys = new Map<Audience, CryptoKey>()
  const made = async (audience: Audience): Promise<CryptoKey> => {
    const raw = await people.keyFor(`event ids: ${audience}`)
    const key = await crypto.subtle.importKey('raw', raw, 'AES-CBC', false, ['encrypt', 'decrypt'])
    keys.set(audience, key)
    return key
  }
  return (audience) => {
    const changed = (work: (key: CryptoKey, half: Bytes) => Promise<Bytes>) => async (id: string) => {
      const [, front = '', half = ''] = HASH_HALF.exec(id) ?? []
      const block = fromHex(half)
      if (block === undefined || half === '') return id
      return front + toHex(await work(keys.get(audience) ?? (await made(audience)), block))
    }
    return { of: changed(encryptBlock), back: changed(decryptBlock) }
  }
}

const CBC = { name: 'AES-CBC', iv: new Uint8Array(BLOCK_BYTES) }

/** One block of AES. WebCrypto has no mode for that, so it is the first block of CBC with a zero vector. */
const encryptBlock = async (key: CryptoKey, block: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.encrypt(CBC, key, block)).slice(0, BLOCK_BYTES)

/** CBC wants padding (PKCS #7): a second block that opens to sixteen times 16. */
async function decryptBlock(key: CryptoKey, block: Bytes): Promise<Bytes> {
  const padding = await encryptBlock(
    key,
    block.map((byte) => byte ^ BLOCK_BYTES),
  )
  const both = new Uint8Array(2 * BLOCK_BYTES)
  both.set(block)
  both.set(padding, BLOCK_BYTES)
  return new Uint8Array(await crypto.subtle.decrypt(CBC, key, both))
}
