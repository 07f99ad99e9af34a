/** Before all else: refuses what a containment of the source refuses. The newest known version decides, so a lifted one ends at once. */
import type { ClientFacts } from '../providers/shared/presented-credentials.ts'
import { containedBy } from './accept/containment.ts'
import { knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { EMPTY_CONTEXT, type Step, step, withSource } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { newerSource } from './enter.ts'
import { pass } from './outcome.ts'

/** Passes with the source whose containments let the delivery through. */
export async function passContainment(
  found: FoundSource,
  client: ClientFacts,
  deps: Deps,
): Promise<Step<FoundSource>> {
  const known = knownSource(found)
  if (!known.ok) return step(known, EMPTY_CONTEXT)
  const contained = containedBy(known.value, client, deps.nowMs())
  if (contained.ok) return step(pass(found), EMPTY_CONTEXT)
  const newer = await newerSource(found, deps)
  return newer === undefined
    ? step(contained, withSource(EMPTY_CONTEXT, known.value, deps.nowMs()))
    : passContainment(newer, client, deps)
}
