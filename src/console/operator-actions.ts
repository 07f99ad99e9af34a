/**
 * Operator actions outside of the registry, for the API and the pages. Each writes its audit line first.
 *
 * The log holds no address. It names a person by the store's keyed hash, which only somebody with the address and the master
 * key can match.
 */
import { removeDeadLetter } from '../store/dead-letters.ts'
import { type EntryTable, findEntry } from '../store/held-entries.ts'
import { type ImportedSuppression, importSuppressions } from '../store/import-suppressions.ts'
import type { KeptSuppression } from '../store/kept-suppressions.ts'
import { removeQuarantine } from '../store/quarantine.ts'
import type { SuppressionReason } from '../store/suppression-reasons.ts'
import { addSuppression, findSuppression, removeSuppression } from '../store/suppressions.ts'
import { note } from './note.ts'
import type { RequestContext } from './request-context.ts'
import { heldBy } from './retention/held.ts'
import { importedOf } from './suppression-import.ts'

/** @param scope null for all mail, also below */
export async function suppress(
  context: RequestContext,
  address: string,
  why: string,
  scope: string | null = null,
): Promise<void> {
  const target = await personTarget(context, address)
  await note(context, 'suppression.added', target, scope === null ? null : { scope })
  await addSuppression(context.store, address, why, context.nowMs, scope)
}

/** Takes back a lifting: the same reasons again, as of now. */
export async function suppressAgain(
  context: RequestContext,
  address: string,
  reasons: readonly SuppressionReason[],
  scope: string | undefined,
): Promise<void> {
  const after = { reasons: [...reasons], ...(scope === undefined ? {} : { scope }) }
  await note(context, 'suppression.added', await personTarget(context, address), after)
  const entries = reasons.map((reason) => importedOf({ address, reason, scope }))
  await suppressAll(context, entries)
}

/** Entries that one statement of the store takes: with the longest texts below the 2 MB of a value in D1. */
const STATEMENT_ENTRIES = 200

/** Result of an import. */
export interface ImportSums {
  readonly added: number
  readonly lifted: number
  readonly keptLifted: number
}

/**
 * Writes the line of one call in the audit log, with a keyed digest of the addresses: the same for the same addresses in any order.
 * The chunks of an announced import have a line already.
 */
export async function noteImport(
  context: RequestContext,
  entries: readonly ImportedSuppression[],
): Promise<void> {
  const { people } = context.store
  const indexes = await Promise.all(entries.map(({ address }) => people.indexOf(address)))
  const digest = await people.nameOf('IMPORTED PEOPLE', [...new Set(indexes)].sort().join(' '))
  await note(context, 'suppressions.imported', 'suppressions', { count: entries.length, digest })
}

/** The caller has written the line in the audit log. @param guards as of `importSuppressions` */
export async function suppressAll(
  { store, nowMs }: Pick<RequestContext, 'store' | 'nowMs'>,
  entries: readonly (ImportedSuppression | KeptSuppression)[],
  guards: readonly D1PreparedStatement[] = [],
): Promise<ImportSums> {
  let sums: ImportSums = { added: 0, lifted: 0, keptLifted: 0 }
  for (let i = 0; i < entries.length; i += STATEMENT_ENTRIES) {
    const one = await importSuppressions(store, entries.slice(i, i + STATEMENT_ENTRIES), nowMs, guards)
    sums = {
      added: sums.added + one.added,
      lifted: sums.lifted + one.lifted,
      keptLifted: sums.keptLifted + one.keptLifted,
    }
  }
  return sums
}

/** @returns the reasons that it lifted: those for all mail, or those for one scope */
export async function lift(
  context: RequestContext,
  address: string,
  scope: string | null = null,
): Promise<readonly SuppressionReason[]> {
  const { store, nowMs } = context
  const found = await findSuppression(store, address, scope)
  const reasons = (found?.reasons ?? []).flatMap((one) => (one.scope === scope ? one.reason : []))
  if (reasons.length === 0) return []
  const before = { reasons, ...(scope === null ? {} : { scope }) }
  await note(context, 'suppression.lifted', await personTarget(context, address), null, before)
  return (await removeSuppression(store, address, nowMs, context.who.actor, scope)) ? reasons : []
}

/** A hold keeps an entry, and only an admin ends a hold. */
export type ThrownAway = 'removed' | 'unknown' | 'held'

/** Throws an entry away. It reads nothing personal, so it does not wait for an erasure that is not complete. */
async function throwAway(
  context: RequestContext,
  table: EntryTable,
  id: string,
  [action, target]: readonly ['quarantine.removed' | 'dead_letter.removed', string],
  remove: typeof removeQuarantine,
): Promise<ThrownAway> {
  const store = { ...context.store, db: context.inspected.db }
  const held = await heldBy((await context.registry.retention.read()).holds, store)
  const found = await findEntry(store, table, id, held)
  if (found === undefined) return 'unknown'
  if (found.isHeld) return 'held'
  await note(context, action, `${target}/${id}`, null, { ...found.facts })
  return (await remove(store, id)) ? 'removed' : 'unknown'
}

export const deleteQuarantined = (context: RequestContext, id: string): Promise<ThrownAway> =>
  throwAway(context, 'quarantine', id, ['quarantine.removed', 'quarantine'], removeQuarantine)

export const deleteDeadLetter = (context: RequestContext, id: string): Promise<ThrownAway> =>
  throwAway(context, 'dead_letters', id, ['dead_letter.removed', 'dead-letter'], removeDeadLetter)

const personTarget = async ({ store }: RequestContext, address: string): Promise<string> =>
  `suppression/${await store.people.indexOf(address)}`
