/** The contract of a kind of stored things: how what is too old goes, and what a hold keeps. */
import type { Forgotten } from '../../platform/forgotten.ts'
import type { Hold, RetentionSettings } from '../../registry/retention/document.ts'
import type { RetentionKind, RetentionSetting } from '../../registry/retention/kinds.ts'
import type { Store } from '../../store/store.ts'
import type { RequestContext } from '../request-context.ts'

export interface Held {
  readonly sources: readonly string[]
  /** Blind indexes. */
  readonly people: readonly string[]
}

/** Ages and holds of one run. */
export interface Limits {
  /** The time at which ages are judged. */
  readonly atMs: number
  /** Older things are too old; 0 if nothing is. */
  readonly beforeMs: number
  readonly held: Held
  readonly settings: RetentionSettings
  /** Version of the retention document. */
  readonly version: number
}

/** The things of a kind that have a number of days of their own. */
export interface Part {
  readonly setting: RetentionSetting
  /** Whether an entry that lists only some of those whom it names goes earlier, also if others stay without end. */
  readonly removesInPart?: true
  /** Counts what {@link forget} would remove, up to a limit. Changes nothing. */
  readonly look: (context: RequestContext, limits: Limits) => Promise<Forgotten>
  /**
   * Removes what is too old in bounded steps, and gives how many things each has removed. It may end after any step, and die at any
   * await: another call goes on.
   */
  readonly forget: (context: RequestContext, limits: Limits) => AsyncGenerator<number>
}

export interface Kind {
  readonly kind: RetentionKind
  /** Effect of a hold: it stops the whole kind, or keeps the rows of the held source (or person). */
  readonly holds: 'any stops' | 'person stops' | 'by source or person' | 'by source'
  readonly parts: readonly Part[]
}

/** Holds, as the kinds look for them. */
export async function heldBy(holds: readonly Hold[], { people }: Pick<Store, 'people'>): Promise<Held> {
  const addresses = holds.flatMap(({ person }) => (person === null ? [] : [person]))
  return {
    sources: holds.flatMap(({ source }) => (source === null ? [] : [source])),
    people: await Promise.all(addresses.map((address) => people.indexOf(address))),
  }
}

/** Whether nothing of the kind goes. */
export function isStopped({ holds }: Pick<Kind, 'holds'>, { sources, people }: Held): boolean {
  if (holds === 'any stops') return sources.length + people.length > 0
  return holds === 'person stops' && people.length > 0
}

/** Whether some or all of the kind stays. */
export const isHeld = ({ holds }: Pick<Kind, 'holds'>, { sources, people }: Held): boolean =>
  sources.length > 0 || (people.length > 0 && holds !== 'by source')
