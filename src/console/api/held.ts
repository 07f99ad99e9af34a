/** Throws away entries of quarantine and dead letters. A hold of retention keeps them, and only an admin ends a hold. */
import { type Problem, problem } from '../../api/problem.ts'
import { type EntryTable, findEntry } from '../../store/held-entries.ts'
import type { Store } from '../../store/store.ts'
import { note } from '../note.ts'
import type { RequestContext } from '../request-context.ts'
import { heldBy } from '../retention/kind.ts'
import { answer } from './route.ts'

export const HELD = problem(
  'held',
  'A hold of retention keeps it, or it may name a person who is held. Nothing was changed. An admin can end the hold, by a change of retention.',
)

interface Kind {
  readonly table: EntryTable
  readonly action: 'quarantine.removed' | 'dead_letter.removed'
  /** Of the line in the audit log. */
  readonly target: string
  readonly remove: (store: Store, id: string) => Promise<boolean>
  readonly unknown: Problem
}

/** Throws one away. Nothing personal is read, so an erasure that is not complete does not delay it. */
export async function throwAway(
  context: RequestContext,
  id: string,
  { table, action, target, remove, unknown }: Kind,
) {
  const store = { ...context.store, db: context.inspected.db }
  const held = await heldBy((await context.registry.retention.read()).holds, store)
  const found = await findEntry(store, table, id, held)
  if (found === undefined) return unknown
  if (found.isHeld) return HELD
  await note(context, action, `${target}/${id}`, null, { ...found.facts })
  return (await remove(store, id)) ? answer({ removed: id }) : unknown
}
