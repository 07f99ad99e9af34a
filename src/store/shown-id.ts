/** Ids of events for whoever uses a store: its own, or those of viewers if they may see no address. */
import type { Store } from './store.ts'

/** The id as the actor of this store gets it. */
export const shownId = async ({ scope, ids }: Store, id: string): Promise<string> =>
  scope.personal ? id : ids('viewers').of(id)

/** The id in the store, from one that the actor of this store was given. */
export const knownId = async ({ scope, ids }: Store, id: string): Promise<string> =>
  scope.personal ? id : ids('viewers').back(id)
