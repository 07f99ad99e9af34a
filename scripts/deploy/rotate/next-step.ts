/** The next step of a rotation of the master key, from what the Workers say of their keys. */
import type { WorkerName } from '../../../src/platform/worker-names.ts'

/** Marks of the keys of each Worker, the one that seals first. */
export type WorkerKeys = ReadonlyMap<WorkerName, readonly string[]>

export type Step =
  /** A Worker is not able to open the new key yet: give it the new one behind the old ones. */
  | { readonly kind: 'open' }
  /** All open both, and one still seals with an old key. */
  | { readonly kind: 'seal' }
  /** All seal with the new key, and still have old ones. */
  | { readonly kind: 'reseal' }

export interface Rotation {
  /** Mark of the key that shall be alone in the end. */
  readonly wanted: string
  /** Marks of the keys that leave, newest first. */
  readonly old: readonly string[]
}

export const versionOf = (mark: string): number => Number(/^v(\d+):/.exec(mark)?.[1])

/** The rotation that has begun; undefined if all Workers have the same single key. */
export function begun(workers: WorkerKeys): Rotation | undefined {
  const marks = [...new Set([...workers.values()].flat())].sort((a, b) => versionOf(b) - versionOf(a))
  const [wanted, ...old] = marks
  return wanted === undefined || old.length === 0 ? undefined : { wanted, old }
}

/** Two different keys of one version cannot be told apart in what is stored. */
export const isAmbiguous = ({ wanted, old }: Rotation): boolean =>
  new Set([wanted, ...old].map(versionOf)).size !== old.length + 1

/**
 * All Workers open the new key before one seals with it. So each state in between works, in any order of the Workers, and a step
 * can be done again.
 */
export function nextStep(workers: WorkerKeys, { wanted }: Rotation): Step {
  const all = [...workers.values()]
  if (!all.every((keys) => keys.includes(wanted))) return { kind: 'open' }
  return { kind: all.every(([first]) => first === wanted) ? 'reseal' : 'seal' }
}
