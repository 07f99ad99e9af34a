/** The store: a D1 database and the keys under which its personal data rests. */
import type { MasterKey } from '../platform/master-key.ts'
import { type Sealer, aesKey, sealer } from '../platform/seal.ts'
import { keptIn, keptKey } from './kept-key.ts'
import { INDEX_KEY, type People, people } from './people.ts'

/** How much of the store there is for whoever asks. */
export interface Scope {
  /** Rows of other sources, and of none, are not there; null for all. */
  readonly sources: readonly string[] | null
  /** Whether what is personal is opened; else it reads as that of an erased person. */
  readonly personal: boolean
}

export interface Store {
  readonly db: D1Database
  readonly people: People
  /** For what belongs to no one person: quarantine, dead letters that are no envelopes. */
  readonly sealer: Sealer
  /** The key of events that name nobody. As with people's keys, a new master key changes its wrapping alone. */
  readonly nobodysKey: () => Promise<CryptoKey>
  readonly sight: Scope
}

const NOBODYS_KEY = 'events-of-nobody'

const newKey = () => crypto.getRandomValues(new Uint8Array(32))

/** Opens the store of an isolate. Derives keys when they are first needed; reads nothing. */
export const openStore = (db: D1Database, masters: readonly [MasterKey, ...MasterKey[]]): Store => ({
  db,
  people: people(masters, keptIn(db, INDEX_KEY)),
  sealer: sealer(masters, 'store'),
  nobodysKey: keptKey(
    NOBODYS_KEY,
    keptIn(db, NOBODYS_KEY),
    sealer(masters, 'recipient-keys'),
    newKey,
    aesKey,
  ),
  sight: { sources: null, personal: true },
})

/** The same store for somebody who may see less of it. */
export const scopedTo = (store: Store, sight: Scope): Store => ({ ...store, sight })

/** JSON of the sources that there are, to be bound where SQL has {@link scopeFilter}; null for all. */
export const scopedSources = ({ sight: { sources } }: Store): string | null =>
  sources === null ? null : JSON.stringify(sources)

/** The condition that a source is one of those. */
export const scopeFilter = (column: string, binding: `?${number}`): string =>
  `(${binding} IS NULL OR ${column} IN (SELECT value FROM json_each(${binding})))`
