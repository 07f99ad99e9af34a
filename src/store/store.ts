/** The store: a D1 database and the keys under which its personal data rests. */
import type { MasterKey } from '../platform/master-key.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { type KeptKey, type People, people } from './people.ts'

/** How much of the store there is for whoever asks. */
export interface Sight {
  /** Rows of other sources, and of none, are not there; null for all. */
  readonly sources: readonly string[] | null
  /** Whether what is personal is opened; else it reads as that of an erased person. */
  readonly personal: boolean
}

export interface Store {
  readonly db: D1Database
  readonly people: People
  /** For what belongs to no one person: events without a recipient, quarantine. */
  readonly sealer: Sealer
  readonly sight: Sight
}

/** Opens the store of an isolate. Derives keys when they are first needed; reads nothing. */
export const openStore = (db: D1Database, masters: readonly [MasterKey, ...MasterKey[]]): Store => ({
  db,
  people: people(masters, keptIn(db)),
  sealer: sealer(masters, 'store'),
  sight: { sources: null, personal: true },
})

/** One read an isolate: whoever is first decides, and all read what stayed. */
const keptIn = (db: D1Database): KeptKey => ({
  async agree(propose) {
    const known = await readIndexKey(db)
    if (known !== undefined) return known
    await db
      .prepare(
        `INSERT INTO store_keys (name, wrapped) VALUES ('recipient-index', unhex(?1)) ON CONFLICT DO NOTHING`,
      )
      .bind(await propose())
      .run()
    const stayed = await readIndexKey(db)
    if (stayed === undefined) throw new TypeError('the key of the index was not kept')
    return stayed
  },
})

const readIndexKey = async (db: D1Database): Promise<string | undefined> => {
  const query = `SELECT lower(hex(wrapped)) AS wrapped FROM store_keys WHERE name = 'recipient-index'`
  return (await db.prepare(query).first<{ wrapped: string }>())?.wrapped
}

/** The same store for somebody who may see less of it. */
export const seenBy = (store: Store, sight: Sight): Store => ({ ...store, sight })

/** JSON of the sources that there are, to be bound where SQL has {@link inSight}; null for all. */
export const sourcesInSight = ({ sight: { sources } }: Store): string | null =>
  sources === null ? null : JSON.stringify(sources)

/** The condition that a source is one of those. */
export const inSight = (column: string, binding: `?${number}`): string =>
  `(${binding} IS NULL OR ${column} IN (SELECT value FROM json_each(${binding})))`
