/**
 * What operators do outside of the registry, each with its line in the audit log. The line comes first: nothing is done that
 * is not on record; what is on record may still have failed.
 *
 * No address is in the log. A person stands there under the store's keyed hash: whoever has the address and the master key
 * finds what was done, and nobody else.
 */
import type { AuditAction } from '../registry/audit/entry.ts'
import { readDeadLetters, removeDeadLetter } from '../store/dead-letters.ts'
import { type ImportedSuppression, importSuppressions } from '../store/import-suppressions.ts'
import { readQuarantine, removeQuarantine } from '../store/quarantine.ts'
import { addSuppression, findSuppression, removeSuppression } from '../store/suppressions.ts'
import type { JsonObject } from '../platform/json.ts'
import type { Reach } from './reach.ts'

export async function suppress(reach: Reach, address: string, note: string): Promise<void> {
  const target = await personTarget(reach, address)
  await record(reach, 'suppression.added', target)
  await addSuppression(reach.store, address, note, reach.nowMs)
}

/** @returns how many were not suppressed by hand before */
export async function suppressAll(reach: Reach, entries: readonly ImportedSuppression[]): Promise<number> {
  await record(reach, 'suppressions.imported', 'suppressions', { count: entries.length })
  return importSuppressions(reach.store, entries, reach.nowMs)
}

/** @returns whether the address was suppressed */
export async function lift(reach: Reach, address: string): Promise<boolean> {
  const { store, nowMs } = reach
  const found = await findSuppression(store, address)
  if (found === undefined) return false
  const before = { reasons: found.reasons.map(({ reason }) => reason) }
  await record(reach, 'suppression.lifted', await personTarget(reach, address), null, before)
  return removeSuppression(store, address, nowMs)
}

/** @returns whether it was there */
export async function throwAwayQuarantined(reach: Reach, id: string): Promise<boolean> {
  const { store } = reach
  const found = await readQuarantine(store, id)
  if (found === undefined) return false
  const { source, problem, request_id } = found
  await record(reach, 'quarantine.removed', `quarantine/${id}`, null, { source, problem, request_id })
  return removeQuarantine(store, id)
}

/** @returns whether it was there */
export async function throwAwayLetter(reach: Reach, id: string): Promise<boolean> {
  const { store } = reach
  const [found] = await readDeadLetters(store, [id], 1)
  if (found === undefined) return false
  const { source, reason } = found
  await record(reach, 'dead_letter.removed', `dead-letter/${id}`, null, { source, reason })
  return removeDeadLetter(store, id)
}

export const noteReplay = (reach: Reach, id: string, source: string): Promise<void> =>
  record(reach, 'quarantine.replayed', `quarantine/${id}`, { source })

export const noteRedrive = (reach: Reach, ids: readonly string[]): Promise<void> =>
  record(reach, 'dead_letters.redriven', 'dead-letters', { ids: [...ids] })

const record = (
  { registry, who }: Reach,
  action: AuditAction,
  target: string,
  after: JsonObject | null = null,
  before: JsonObject | null = null,
): Promise<void> => registry.note({ action, target, before, after }, who)

const personTarget = async ({ store }: Reach, address: string): Promise<string> =>
  `suppression/${await store.people.indexOf(address)}`
