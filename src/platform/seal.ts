/** AES-256-GCM for stored data. A blob says which key version sealed it, so that old blobs open after a rotation. */
import { type Bytes, utf8 } from './bytes.ts'
import { type MasterKey, type Purpose, derive } from './master-key.ts'

const IV_BYTES = 12
const TAG_BYTES = 16

/** A sealed blob could not be opened: wrong key, wrong associated data or changed bytes. AES-GCM does not tell which. */
export class SealBroken extends Error {
  override readonly name: string = 'SealBroken'
}

/** A blob is sealed under a master key version that this Worker does not have, or does not have yet. */
export class KeyVersionUnknown extends SealBroken {
  override readonly name = 'KeyVersionUnknown'
}

/** Seals and opens for one purpose. */
export interface Sealer {
  /** @param associatedData what the blob belongs to (a row's key): it opens only with the same text */
  seal(plain: Uint8Array, associatedData: string): Promise<Bytes>
  /** @throws {SealBroken} */
  open(blob: Uint8Array, associatedData: string): Promise<Bytes>
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
    async seal(plain, associatedData) {
      const [newest] = masters
      const key = keys.get(newest.version) ?? (await made(newest))
      return await encryptUnder(key, plain, associatedData, newest.version)
    },
    async open(blob, associatedData) {
      const master = masters.find(({ version }) => version === blob[0])
      if (blob.byteLength === 0) throw new SealBroken('there are no sealed bytes')
      if (master === undefined)
        throw new KeyVersionUnknown('sealed under a master key version that is not configured')
      return decrypt(keys.get(master.version) ?? (await made(master)), blob.subarray(1), associatedData)
    },
  }
}

export const aesKey = (raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])

/** iv (12) and ciphertext with tag. `associatedData` is authenticated with it. */
export const encrypt = (key: CryptoKey, plain: Uint8Array, associatedData: string): Promise<Bytes> =>
  encryptUnder(key, plain, associatedData)

/** As {@link encrypt}, after the version of the key if there is one. */
async function encryptUnder(
  key: CryptoKey,
  plain: Uint8Array,
  associatedData: string,
  version?: number,
): Promise<Bytes> {
  const ivStart = version === undefined ? 0 : 1
  const start = ivStart + IV_BYTES
  const blob = new Uint8Array(start + plain.byteLength + TAG_BYTES)
  if (version !== undefined) blob[0] = version
  const iv = crypto.getRandomValues(blob.subarray(ivStart, start))
  blob.set(new Uint8Array(await crypto.subtle.encrypt(gcm(iv, associatedData), key, plain)), start)
  return blob
}

/** @throws {SealBroken} */
export async function decrypt(key: CryptoKey, blob: Uint8Array, associatedData: string): Promise<Bytes> {
  try {
    const iv = blob.slice(0, IV_BYTES)
    return new Uint8Array(await crypto.subtle.decrypt(gcm(iv, associatedData), key, blob.slice(IV_BYTES)))
  } catch (cause) {
    throw new SealBroken('sealed bytes do not open', { cause })
  }
}

const gcm = (iv: Bytes, associatedData: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: utf8(associatedData),
})
