/** Entries of quarantine and dead letters, and whether a hold keeps them. */
import { IS_NOT_WHOLE } from './named-people.ts'
import { type Store, scopeFilter, scopedSources } from './store.ts'

/** By table, what the audit log says of an entry. */
const FACTS = {
  quarantine: ['source', 'problem', 'request_id'],
  dead_letters: ['source', 'reason'],
} as const

export type EntryTable = keyof typeof FACTS

/** A source may be missing, and nobody may have listed whom an entry names: then it may be held. */
const IS_HELD = `(
  (?3 <> '[]' AND coalesce(source IN (SELECT value FROM json_each(?3)), true)) OR EXISTS (
    SELECT 1 FROM json_each(?4) h WHERE ${IS_NOT_WHOLE} OR instr(people, unhex(h.value)) > 0))`

/** @param held sources, and people by blind index @returns what the audit log says of it; undefined if there is none in the scope of the store */
export async function findEntry(
  store: Store,
  table: EntryTable,
  id: string,
  held: { readonly sources: readonly string[]; readonly people: readonly string[] },
): Promise<
  { readonly facts: Readonly<Record<string, string | null>>; readonly isHeld: boolean } | undefined
> {
  const row = await store.db
    .prepare(
      `SELECT ${FACTS[table].join(', ')}, ${IS_HELD} AS held FROM ${table}
       WHERE id = ?1 AND ${scopeFilter('source', '?2')}`,
    )
    .bind(id, scopedSources(store), JSON.stringify(held.sources), JSON.stringify(held.people))
    .first<Record<string, string | null>>()
  if (row === null) return undefined
  const { held: isHeld, ...facts } = row
  return { facts, isHeld: Number(isHeld) === 1 }
}
