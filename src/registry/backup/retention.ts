/** Retention in a backup. */
import type { JsonObject } from '../../platform/json.ts'
import type { Sealer } from '../../platform/seal.ts'
import type { RetentionSettings } from '../retention/document.ts'
import { recordOf } from '../retention/retention.ts'
import { type RetentionTable, withDefaults } from '../retention/table.ts'
import type { Dump } from './dump.ts'

/** Undefined if nothing was saved. */
export async function dumpRetention(table: RetentionTable, sealer: Sealer): Promise<Dump['retention']> {
  const { version, settings, holds } = await table.read(sealer)
  return version === 0 ? undefined : { settings: { ...settings }, holds: [...holds] }
}

export const withoutHoldsOf = (dumped: Dump['retention'], people: readonly string[]): Dump['retention'] =>
  dumped && {
    ...dumped,
    holds: dumped.holds.filter(({ person }) => person === null || !people.includes(person)),
  }

/**
 * Plans what a restore writes. It shortens nothing: if settings were saved here, they stay, and so do all holds.
 *
 * @returns undefined if nothing changes
 */
export async function restoredRetention(
  dumped: Dump['retention'],
  table: RetentionTable,
  sealer: Sealer,
): Promise<
  | { readonly settings: RetentionSettings; readonly sealedHolds: Uint8Array; readonly record: JsonObject }
  | undefined
> {
  if (dumped === undefined) return undefined
  const present = await table.read(sealer)
  const added = dumped.holds.filter(
    (hold) => !present.holds.some((one) => one.source === hold.source && one.person === hold.person),
  )
  if (present.version > 0 && added.length === 0) return undefined
  const settings = present.version > 0 ? present.settings : withDefaults(dumped.settings)
  const holds = [...present.holds, ...added]
  return { settings, sealedHolds: await table.seal(holds, sealer), record: recordOf({ settings, holds }) }
}
