/** Destinations and channels that come back from a backup: where they begin, and whether they send. */
import { toInstant } from '../../platform/time.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import { type DestinationConfig, pauseAt } from '../destinations/document.ts'
import type { Stored } from '../owners/owner.ts'

export interface RestoredDestination {
  readonly name: string
  /** `where_it_was` if this deployment had the destination when the backup was restored. */
  readonly begins: 'where_it_was' | 'at_the_restore'
  readonly paused: boolean
}

type NamedOf<Config> = Pick<Stored<Config>, 'name' | 'createdAtMs' | 'config'>
type Named = NamedOf<DestinationConfig>
type Present = ReadonlyMap<string, Stored<DestinationConfig>>

export const restoredView = (one: Named, present: Present): RestoredDestination => ({
  name: one.name,
  begins: isPresent(one, present) ? 'where_it_was' : 'at_the_restore',
  paused: one.config.paused,
})

/** Whether it is the same one, and not another of its name that was made later. */
export const isPresent = (
  { name, createdAtMs }: Pick<Named, 'name' | 'createdAtMs'>,
  present: ReadonlyMap<string, { readonly createdAtMs: number }>,
): boolean => present.get(name)?.createdAtMs === createdAtMs

/**
 * The object of a present destination still has its position. Any other begins at the restore: what was before was sent by an
 * object that is gone, maybe in another deployment. A pause that is over meanwhile does not come back.
 */
export const beginning = <One extends Named>(
  destinations: readonly One[],
  present: Present,
  isPaused: boolean,
  nowMs: number,
): One[] =>
  destinations.map((one) => {
    const config = { ...one.config, ...pauseAt(one.config, nowMs) }
    return {
      ...one,
      config: isPresent(one, present)
        ? { ...config, restored_at: present.get(one.name)?.config.restored_at ?? null }
        : {
            ...config,
            restored_at: toInstant(nowMs),
            // A person resumes it: no restore begins to send after a time.
            ...(isPaused ? { paused: true, paused_until: null } : {}),
          },
    }
  })

/** Pauses channels that this deployment does not have: a restore to try it out would notify the people of another one. */
export const pausingNew = <One extends NamedOf<ChannelConfig>>(
  channels: readonly One[],
  present: ReadonlyMap<string, Stored<ChannelConfig>>,
): One[] =>
  channels.map((one) => (isPresent(one, present) ? one : { ...one, config: { ...one.config, paused: true } }))
