/** Imports suppressions, for example from another system's list. */
import { toHex, utf8 } from '../platform/bytes.ts'
import { encrypt } from '../platform/seal.ts'
import { type KeyRow, requestKeys } from './keys.ts'
import type { Store } from './store.ts'
import { noteAssociatedData } from './suppressions.ts'

export interface ImportedSuppression {
  readonly address: string
  /** Empty for none. */
  readonly note: string
}

/**
 * Adds addresses that no operator has suppressed yet. It leaves the others unchanged, so a second import changes nothing.
 * Spellings of one address count once, and the first note is used. It takes two round trips for any number of addresses.
 *
 * @returns the number of addresses added
 */
export async function importSuppressions(
  store: Store,
  entries: readonly ImportedSuppression[],
  nowMs: number,
): Promise<number> {
  const request = await requestKeys(
    store,
    entries.map(({ address }) => address),
  )
  const [, answer] = await store.db.batch<KeyRow>([...request.statements])
  const people = await request.people(answer?.results ?? [])
  const rows = new Map<string, string>()
  for (const { address, note } of entries) {
    const person = people.get(address)
    if (person === undefined || rows.has(person.index)) continue
    const sealed =
      note === '' ? '' : toHex(await encrypt(person.key, utf8(note), noteAssociatedData(person.index)))
    rows.set(person.index, sealed)
  }
  const { meta } = await store.db
    .prepare(ADD)
    .bind(JSON.stringify([...rows]), nowMs)
    .run()
  return meta.changes
}

const ADD = `
  INSERT INTO suppressions (recipient, reason, since, as_of, note)
  SELECT unhex(j.value ->> 0), 'manual', ?2, ?2, nullif(unhex(j.value ->> 1), x'') FROM json_each(?1) j WHERE true
  ON CONFLICT (recipient, reason) DO UPDATE SET
    since = excluded.since, as_of = max(excluded.as_of, suppressions.lifted_at), note = excluded.note
  WHERE NOT suppressions.active`
