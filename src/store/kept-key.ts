/**
 * Keys of the store's own. They rest wrapped under the master key and never change, so that what stands on them stays as it is
 * while master keys come and go.
 */
import { type Bytes, fromHex, toHex } from '../platform/bytes.ts'
import type { Sealer } from '../platform/seal.ts'

/** Where one key is kept. */
export interface KeptKey {
  /**
   * The wrapped key that counts, in hex: the one that is kept, or the proposed one where there was none.
   *
   * @param propose called where none is kept
   */
  readonly agree: (propose: () => Promise<string>) => Promise<string>
}

/**
 * The key as one value for an isolate, once it is known. Not its promise: that belongs to the request that asked, and would be
 * lost with it for all others.
 */
export function keptKey(
  name: string,
  kept: KeptKey,
  wrapping: Sealer,
  make: () => Bytes | Promise<Bytes>,
  toKey: (raw: Bytes) => Promise<CryptoKey>,
): () => Promise<CryptoKey> {
  let known: CryptoKey | undefined
  const read = async (): Promise<CryptoKey> => {
    const wrapped = await kept.agree(async () => toHex(await wrapping.seal(await make(), name)))
    return toKey(await wrapping.open(fromHex(wrapped) ?? new Uint8Array(), name))
  }
  return async () => (known ??= await read())
}

/** Kept in D1: whoever is first decides, and all read what stayed. */
export const keptIn = (db: D1Database, name: string): KeptKey => ({
  async agree(propose) {
    const known = await readKept(db, name)
    if (known !== undefined) return known
    await db
      .prepare('INSERT INTO store_keys (name, wrapped) VALUES (?1, unhex(?2)) ON CONFLICT DO NOTHING')
      .bind(name, await propose())
      .run()
    const stayed = await readKept(db, name)
    if (stayed === undefined) throw new TypeError(`the key ${name} was not kept`)
    return stayed
  },
})

const readKept = async (db: D1Database, name: string): Promise<string | undefined> => {
  const query = 'SELECT lower(hex(wrapped)) AS wrapped FROM store_keys WHERE name = ?'
  return (await db.prepare(query).bind(name).first<{ wrapped: string }>())?.wrapped
}
