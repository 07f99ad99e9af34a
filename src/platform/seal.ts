/** AES-256-GCM for whatever rests. A blob says which key version sealed it, so that old ones open after a rotation. */
import { type Bytes, utf8 } from './bytes.ts'
import { type MasterKey, type Purpose, derive } from './master-key.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

/** A sealed blob could not be opened: wrong key, wrong place or changed bytes. Which one is not knowable. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken'
}

/** Seals and opens for one purpose. */
export interface Sealer {
  /** @param place what the blob belongs to (a row's key): it opens nowhere else */
  seal(plain: Uint8Array, place: string): Promise<Bytes>
  /** @throws {SealBroken} */
  open(blob: Uint8Array, place: string): Promise<Bytes>
}

/** Sealer under the newest master key; opens blobs of all versions given. Layout: version, iv (12), ciphertext and tag. */
export function sealer(masters: readonly [MasterKey, ...MasterKey[]], purpose: Purpose): Sealer {
  // Keys and not their promises, which belong to the request that made them.
  const keys = new Map<number, CryptoKey>()
  const made = async (master: MasterKey): Promise<CryptoKey> => {
    const key = await aesKey(await derive(master, purpose))
    keys.set(master.version, key)
    return key
  }
  return {
    async seal(plain, place) {
      const [newest] = masters
      const key = keys.get(newest.version) ?? (await made(newest))
      return await encryptUnder(key, plain, place, newest.version)
    },
    async open(blob, place) {
      const master = masters.find(({ version }) => version === blob[0])
      if (master === undefined)
        throw new SealBroken('sealed under a master key version that is not configured')
      return decrypt(keys.get(master.version) ?? (await made(master)), blob.subarray(1), place)
    },
  }
}

export const aesKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])

/** iv (12) and ciphertext with tag; `place` is authenticated with it. */
export const encrypt = (key: CryptoKey, plain: Uint8Array, place: string): Promise<Bytes> =>
  encryptUnder(key, plain, place)

/** As {@link encrypt}, behind the version of the key where there is one. */
async function encryptUnder(
  key: CryptoKey,
  plain: Uint8Array,
  place: string,
  version?: number,
): Promise<Bytes> {
  const ivStart = version === undefined ? 0 : 1
  const start = ivStart + IV_BYTES
  const blob = new Uint8Array(start + plain.byteLength + TAG_BYTES)
  if (version !== undefined) blob[0] = version
  const iv = crypto.getRandomValues(blob.subarray(ivStart, start))
  blob.set(new Uint8Array(await crypto.subtle.encrypt(gcm(iv, place), key, plain)), start)
  return blob
}

/** @throws {SealBroken} */
export async function decrypt(key: CryptoKey, blob: Uint8Array, place: string): Promise<Bytes> {
  try {
    const iv = blob.slice(0, IV_BYTES)
    return new Uint8Array(await crypto.subtle.decrypt(gcm(iv, place), key, blob.slice(IV_BYTES)))
  } catch (cause) {
    throw new SealBroken('sealed bytes do not open', { cause })
  }
}

const gcm = (iv: Bytes, place: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: utf8(place),
})
