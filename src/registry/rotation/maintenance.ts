/**
 * What the schedule does: forgets values whose time is over, rotates what is due where Postern makes the value, and tells of
 * the rest. Running it again changes nothing more: a value that waits, or that an ESP has not taken yet, is not made twice.
 */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { unlessUnreadable } from './sealed.ts'
import { planSweep } from './plan-secret.ts'
import type { SecretCalls } from './secret-calls.ts'
import type { MaintenancePage, MaintenanceReport } from './contract.ts'
import type { SlotRotation } from './secret-version.ts'

/** Sources that one call looks at. */
const PAGE = 100

/** @param after the name to go on after; empty for the first */
export async function rotateDueSecrets(
  changes: Changes,
  secrets: SecretCalls,
  after: string,
  who: Who,
  nowMs: number,
): Promise<MaintenancePage> {
  const { tables } = changes
  if (after === '') tables.links.dropEnded(nowMs)
  const names = tables.namesAfter(after, PAGE)
  const reports: MaintenanceReport[] = []
  let swept = 0
  for (const name of names) {
    const done = await changes.changeSource(name, who, null, (before, context) =>
      before === undefined ? { ok: false, code: 'source_unknown' } : planSweep(before, context),
    )
    // Somebody has removed it since.
    if (!done.ok) continue
    if (done.changed) swept++
    for (const rotation of done.source.rotations)
      reports.push(...(await keepUpSlot(secrets, name, rotation, who)))
  }
  return { reports, swept, next: names.length < PAGE ? null : (names.at(-1) ?? null) }
}

async function keepUpSlot(
  secrets: SecretCalls,
  source: string,
  rotation: SlotRotation,
  who: Who,
): Promise<MaintenanceReport[]> {
  const { slot, state, generated, dueAtMs, problem } = rotation
  if (state === 'fresh' || (state === 'soon' && generated)) return []
  if (state !== 'due' || !generated) return [{ source, slot, state, version: null, dueAtMs, problem }]
  const done = await unlessUnreadable(() => secrets.rotate(source, { slot, hold: true }, who))
  if (done === 'secret_unreadable') return [{ source, slot, state, version: null, dueAtMs, problem: done }]
  if (!done.ok) return [{ source, slot, state, version: null, dueAtMs, problem: done.code }]
  const now = done.source.rotations.find((one) => one.slot === slot)
  return [
    {
      source,
      slot,
      state: now?.state ?? 'fresh',
      version: done.version,
      dueAtMs: now?.dueAtMs ?? null,
      problem: now?.problem ?? null,
    },
  ]
}
