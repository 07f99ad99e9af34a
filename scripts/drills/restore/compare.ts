/** Compares what a restored deployment has with the deployment that the backup is of. What changed since the backup may differ. */
import type { DrillReport } from '../../../src/api/drills.ts'

export type Check = DrillReport['checks'][number]

/** A source, destination or channel, as both must have it. */
export interface Owner {
  readonly name: string
  /** Everything that must be equal. */
  readonly content: unknown
  readonly createdMs: number
  /** The newest change of its settings or of a secret. */
  readonly changedMs: number
}

/** Named in a report at most. */
const NAMED_MAX = 20

/** @param madeAtMs when the backup was made */
export function compareOwners(
  name: string,
  restored: readonly Owner[],
  real: readonly Owner[],
  madeAtMs: number,
): Check {
  const found = new Map(restored.map((owner) => [owner.name, owner]))
  const known = new Set(real.map((owner) => owner.name))
  const since = real.filter(({ changedMs, createdMs }) => Math.max(changedMs, createdMs) > madeAtMs)
  const settled = real.filter((owner) => !since.includes(owner))
  const different = settled.filter(
    (owner) => textOf(found.get(owner.name)?.content) !== textOf(owner.content),
  )
  const removed = restored.filter((owner) => !known.has(owner.name))
  return checkOf(
    name,
    settled.length,
    different.map((owner) => owner.name),
    [
      ...(since.length === 0 ? [] : [`${since.length} changed since the backup`]),
      ...(removed.length === 0 ? [] : [`${removed.length} removed since the backup`]),
    ],
  )
}

/** @param different names of those that differ @param besides what was not compared, and why */
export function checkOf(
  name: string,
  compared: number,
  different: readonly string[],
  besides: readonly string[] = [],
): Check {
  const more = different.length > NAMED_MAX ? ` and ${different.length - NAMED_MAX} more` : ''
  return {
    name,
    passed: different.length === 0,
    found: [
      `${compared - different.length} of ${compared} are the same`,
      ...(different.length === 0 ? [] : [`different: ${different.slice(0, NAMED_MAX).join(', ')}${more}`]),
      ...besides,
    ]
      .join('; ')
      .concat('.'),
  }
}

/** JSON with sorted keys, so that equal contents are equal texts. */
const textOf = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
