/** The store: a D1 database and the keys under which its personal data rests. */
import type { MasterKey } from '../platform/master-key.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { type People, people } from './people.ts'

export interface Store {
  readonly db: D1Database
  readonly people: People
  /** For what belongs to no one person: events without a recipient, quarantine. */
  readonly sealer: Sealer
}

/** Opens the store of an isolate. Derives keys when they are first needed; reads nothing. */
export const openStore = (db: D1Database, masters: readonly [MasterKey, ...MasterKey[]]): Store => ({
  db,
  people: people(masters),
  sealer: sealer(masters, 'store'),
})
