/**
 * Operator actions outside of the registry. Each writes its audit line first, so no action is missing from the log. A logged
 * action may still have failed.
 *
 * The log holds no address. It names a person by the store's keyed hash, which only somebody with the address and the master
 * key can match.
 */
import type { AuditAction } from '../registry/audit/entry.ts'
import { readDeadLetters, removeDeadLetter } from '../store/dead-letters.ts'
import { type ImportedSuppression, importSuppressions } from '../store/import-suppressions.ts'
import { readQuarantine, removeQuarantine } from '../store/quarantine.ts'
import { addSuppression, findSuppression, removeSuppression } from '../store/suppressions.ts'
import type { JsonObject } from '../platform/json.ts'
import type { RequestContext } from './request-context.ts'

export async function suppress(context: RequestContext, address: string, note: string): Promise<void> {
  const target = await personTarget(context, address)
  await record(context, 'suppression.added', target)
  await addSuppression(context.store, address, note, context.nowMs)
}

/** Entries that one statement of the store takes: with the longest notes well below the 2 MB of a value in D1. */
const STATEMENT_ENTRIES = 500

/**
 * One line in the audit log, with a keyed digest of the addresses: the same for the same addresses in any order.
 *
 * @returns how many were not suppressed by hand before
 */
export async function suppressAll(
  context: RequestContext,
  entries: readonly ImportedSuppression[],
): Promise<number> {
  const { store, nowMs } = context
  const indexes = await Promise.all(entries.map(({ address }) => store.people.indexOf(address)))
  const digest = await store.people.nameOf([...new Set(indexes)].sort().join(' '))
  await record(context, 'suppressions.imported', 'suppressions', { count: entries.length, digest })
  let added = 0
  for (let i = 0; i < entries.length; i += STATEMENT_ENTRIES) {
    added += await importSuppressions(store, entries.slice(i, i + STATEMENT_ENTRIES), nowMs)
  }
  return added
}

/** @returns whether the address was suppressed */
export async function lift(context: RequestContext, address: string): Promise<boolean> {
  const { store, nowMs } = context
  const found = await findSuppression(store, address)
  if (found === undefined) return false
  const before = { reasons: found.reasons.map(({ reason }) => reason) }
  await record(context, 'suppression.lifted', await personTarget(context, address), null, before)
  return removeSuppression(store, address, nowMs)
}

/** @returns whether it was there */
export async function throwAwayQuarantined(context: RequestContext, id: string): Promise<boolean> {
  const { store } = context
  const found = await readQuarantine(store, id)
  if (found === undefined) return false
  const { source, problem, request_id } = found
  await record(context, 'quarantine.removed', `quarantine/${id}`, null, { source, problem, request_id })
  return removeQuarantine(store, id)
}

/** @returns whether it was there */
export async function throwAwayLetter(context: RequestContext, id: string): Promise<boolean> {
  const { store } = context
  const [found] = await readDeadLetters(store, [id], 1)
  if (found === undefined) return false
  const { source, reason } = found
  await record(context, 'dead_letter.removed', `dead-letter/${id}`, null, { source, reason })
  return removeDeadLetter(store, id)
}

export const noteReplay = (context: RequestContext, id: string, source: string): Promise<void> =>
  record(context, 'quarantine.replayed', `quarantine/${id}`, { source })

export const noteRedrive = (context: RequestContext, ids: readonly string[]): Promise<void> =>
  record(context, 'dead_letters.redriven', 'dead-letters', { ids: [...ids] })

const record = (
  { registry, who }: RequestContext,
  action: AuditAction,
  target: string,
  after: JsonObject | null = null,
  before: JsonObject | null = null,
): Promise<void> => registry.note({ action, target, before, after }, who)

const personTarget = async ({ store }: RequestContext, address: string): Promise<string> =>
  `suppression/${await store.people.indexOf(address)}`
