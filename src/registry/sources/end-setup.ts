/** Ends the set-up of a source, as its first verified delivery does. */
import { isSetupOpen } from '../../event/setup-window.ts'
import { toInstant } from '../../platform/time.ts'
import type { Changes } from '../changes.ts'
import { unknown } from '../owners/owners.ts'
import { UNCHANGED, planReload } from '../owners/plan.ts'
import { SOURCES } from './kind.ts'

/**
 * If the set-up is open, the source gets a new version, so that no gateway answers a first call any more. If not, no gateway would,
 * and only the registry has to know.
 */
export async function endSetup(
  changes: Changes,
  name: string,
  requestId: string,
  nowMs: number,
): Promise<void> {
  const { sources } = changes.tables
  const { setups } = sources
  if (sources.find(name) === undefined) return
  const before = setups.of(name)
  if (before.verifiedAtMs !== null) return
  if (!isSetupOpen(before, nowMs)) return setups.verified(name, nowMs)
  const who = { actor: 'gateway', from: null, requestId, reason: 'first verified delivery' }
  await changes.change(sources, name, who, null, (source) => {
    if (source === undefined) return unknown(SOURCES)
    if (setups.of(name).verifiedAtMs !== null) return UNCHANGED
    const ends_at = toInstant(before.endsAtMs ?? nowMs)
    const draft = {
      action: 'setup.closed',
      target: `source/${name}`,
      before: { ends_at },
      after: null,
    } as const
    return planReload(source, draft, () => setups.verified(name, nowMs))
  })
}
