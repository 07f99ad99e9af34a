/** The store: a D1 database, and the keys under which its personal data is sealed. */
import type { MasterKey } from '../platform/master-key.ts'
import { type Sealer, aesKey, sealer } from '../platform/seal.ts'
import { keySlotIn, storeKey } from './store-key.ts'
import { type Audience, type AudienceIds, audienceIds } from './event-ids.ts'
import { INDEX_KEY, type People, people } from './people.ts'

/** Which part of the store a caller may read. */
export interface Scope {
  /** Only rows of these sources are visible; null for all rows, also those without a source. */
  readonly sources: readonly string[] | null
  /** Whether personal data is opened. If not, it reads like that of an erased person. */
  readonly personal: boolean
}

export interface Store {
  readonly db: D1Database
  readonly people: People
  /** Seals what belongs to no person: quarantine, and dead letters that are not envelopes. */
  readonly sealer: Sealer
  /** The key of events that name nobody. A new master key changes only its wrapping, as with people's keys. */
  readonly nobodysKey: () => Promise<CryptoKey>
  /** The ids of events, by who gets them. */
  readonly ids: (audience: Audience) => AudienceIds
  readonly scope: Scope
}

const NOBODYS_KEY = 'events-of-nobody'

const newKey = () => crypto.getRandomValues(new Uint8Array(32))

/** Opens the store of an isolate. It reads nothing, and derives keys when they are first needed. */
export function openStore(db: D1Database, masters: readonly [MasterKey, ...MasterKey[]]): Store {
  const peopleOf = people(masters, keySlotIn(db, INDEX_KEY))
  return {
    db,
    people: peopleOf,
    sealer: sealer(masters, 'store'),
    nobodysKey: storeKey(
      NOBODYS_KEY,
      keySlotIn(db, NOBODYS_KEY),
      sealer(masters, 'recipient-keys'),
      newKey,
      aesKey,
    ),
    ids: audienceIds(peopleOf),
    scope: { sources: null, personal: true },
  }
}

/** The same store, limited to a scope. */
export const scopedTo = (store: Store, scope: Scope): Store => ({ ...store, scope })

/** JSON array of the visible sources, to be bound for {@link scopeFilter}; null for all. */
export const scopedSources = ({ scope: { sources } }: Store): string | null =>
  sources === null ? null : JSON.stringify(sources)

/** SQL: whether a source is visible. */
export const scopeFilter = (column: string, binding: `?${number}`): string =>
  `(${binding} IS NULL OR ${column} IN (SELECT value FROM json_each(${binding})))`
