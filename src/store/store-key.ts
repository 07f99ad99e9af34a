/**
 * The store's own keys. They are stored wrapped under the master key and never change, so that a new master key does not
 * affect what was made with them.
 */
import { type Bytes, fromHex, toHex } from '../platform/bytes.ts'
import type { KeyState } from '../platform/key-state.ts'
import { type MasterKey, keyMarks } from '../platform/master-key.ts'
import { SealBroken, type Sealer, sealer } from '../platform/seal.ts'

/** Where one wrapped key is stored. */
export interface KeySlot {
  /**
   * The wrapped key in hex: the stored one, or the proposed one if none was stored.
   *
   * @param propose called if none is stored
   */
  readonly agree: (propose: () => Promise<string>) => Promise<string>
}

/**
 * Caches the key in the isolate once it is known. It does not cache the promise, which belongs to the first request and could
 * be canceled with it.
 */
export function storeKey(
  name: string,
  slot: KeySlot,
  wrapping: Sealer,
  make: () => Bytes | Promise<Bytes>,
  toKey: (raw: Bytes) => Promise<CryptoKey>,
): () => Promise<CryptoKey> {
  let known: CryptoKey | undefined
  const read = async (): Promise<CryptoKey> => {
    const wrapped = await slot.agree(async () => toHex(await wrapping.seal(await make(), name)))
    return toKey(await wrapping.open(fromHex(wrapped) ?? new Uint8Array(), name))
  }
  return async () => (known ??= await read())
}

/** A slot in D1. The first proposal is stored, and every isolate reads it back. */
export const keySlotIn = (db: D1Database, name: string): KeySlot => ({
  async agree(propose) {
    const known = await readWrapped(db, name)
    if (known !== undefined) return known
    await db
      .prepare('INSERT INTO store_keys (name, wrapped) VALUES (?1, unhex(?2)) ON CONFLICT DO NOTHING')
      .bind(name, await propose())
      .run()
    const stored = await readWrapped(db, name)
    if (stored === undefined) throw new TypeError(`the key ${name} was not stored`)
    return stored
  },
})

const readWrapped = async (db: D1Database, name: string): Promise<string | undefined> => {
  const query = 'SELECT lower(hex(wrapped)) AS wrapped FROM store_keys WHERE name = ?'
  return (await db.prepare(query).bind(name).first<{ wrapped: string }>())?.wrapped
}

/** The master keys, and whether they open the store's own keys. */
export async function storeKeyState(
  db: D1Database,
  masters: readonly [MasterKey, ...MasterKey[]],
): Promise<KeyState> {
  const wrapping = sealer(masters, 'recipient-keys')
  const { results } = await db
    .prepare('SELECT name, lower(hex(wrapped)) AS wrapped FROM store_keys')
    .all<{ name: string; wrapped: string }>()
  const opened = await Promise.all(
    results.map(({ name, wrapped }) =>
      isReadable(() => wrapping.open(fromHex(wrapped) ?? new Uint8Array(), name)),
    ),
  )
  return { keys: await keyMarks(masters), unreadable: opened.includes(false) ? ['store_keys'] : [] }
}

async function isReadable(open: () => Promise<unknown>): Promise<boolean> {
  try {
    await open()
    return true
  } catch (cause) {
    if (cause instanceof SealBroken) return false
    throw cause
  }
}
