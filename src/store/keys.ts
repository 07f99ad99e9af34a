/** People's keys. They must be stored before anything is sealed under them. */
import type { Person } from './people.ts'
import type { Store } from './store.ts'

export interface KeyRequest {
  /** Blind indexes by address, as given. */
  readonly indexes: ReadonlyMap<string, string>
  /** The first adds keys for people who have none; the second returns the rows of all. */
  readonly statements: readonly [D1PreparedStatement, D1PreparedStatement]
  /** People by address, as given. @throws {SealBroken} when a key is wrapped under a master key that is not configured */
  readonly people: (rows: readonly AskedRow[]) => Promise<ReadonlyMap<string, KnownPerson>>
}

export interface KeyRow {
  readonly recipient: string
  readonly wrapped_key: string
}

export interface AskedRow extends KeyRow {
  readonly erased_at: number | null
}

export interface KnownPerson {
  /** Undefined only if an erasure covers all that was asked for. */
  readonly person: Person | undefined
  /** Time of the newest erasure of the person; -1 if there was none. */
  readonly erasedAtMs: number
}

/** A key is asked for what happens now. */
const NOW = Number.MAX_SAFE_INTEGER

/**
 * Statements that find or create the person of each address, to be run in one transaction. If two consumers propose a key
 * for the same new person, the first proposal is stored and both read it back.
 *
 * @param addresses with the time at which the newest event of each was received: no key is made for what an erasure covers
 */
export async function requestKeys(store: Store, addresses: ReadonlyMap<string, number>): Promise<KeyRequest> {
  const indexes = new Map<string, string>()
  const proposals = new Map<string, [string, string, number]>()
  for (const [address, receivedMs] of addresses) {
    const index = await store.people.indexOf(address)
    indexes.set(address, index)
    const [, wrapped, newestMs] = proposals.get(index) ?? [
      index,
      await store.people.propose(index, address),
      receivedMs,
    ]
    proposals.set(index, [index, wrapped, Math.max(newestMs, receivedMs)])
  }
  const json = JSON.stringify([...proposals.values()])
  return {
    indexes,
    statements: [store.db.prepare(PROPOSE).bind(json), store.db.prepare(READ).bind(json)],
    async people(rows) {
      const known = await Promise.all(
        rows.map(async ({ recipient, wrapped_key, erased_at }) => {
          const person = wrapped_key === '' ? undefined : await store.people.unwrap(recipient, wrapped_key)
          const [, , receivedMs] = proposals.get(recipient) ?? [recipient, '', NOW]
          const erasedAtMs = erased_at ?? -1
          const isCovered = erasedAtMs >= receivedMs
          return [recipient, { person: isCovered ? person : present(person), erasedAtMs }] as const
        }),
      )
      const byIndex = new Map<string, KnownPerson>(known)
      return new Map([...indexes].map(([address, index]) => [address, present(byIndex.get(index))]))
    },
  }
}

const PROPOSE = `
  INSERT INTO recipients (recipient, wrapped_key)
  SELECT unhex(p.value ->> 0), unhex(p.value ->> 1) FROM json_each(?1) p WHERE NOT EXISTS (
    SELECT 1 FROM erasures x WHERE x.person = unhex(p.value ->> 0) AND x.erased_at >= p.value ->> 2)
  ON CONFLICT (recipient) DO NOTHING`

const READ = `
  SELECT p.value ->> 0 AS recipient, lower(hex(r.wrapped_key)) AS wrapped_key, x.erased_at
  FROM json_each(?1) p LEFT JOIN recipients r ON r.recipient = unhex(p.value ->> 0)
    LEFT JOIN erasures x ON x.person = unhex(p.value ->> 0)`

/**
 * The people of addresses with whom an operator deals now. Each gets a key if there is none.
 *
 * @param guards statements that fail the transaction
 */
export async function peopleOf(
  store: Store,
  addresses: readonly string[],
  guards: readonly D1PreparedStatement[] = [],
): Promise<ReadonlyMap<string, Person>> {
  const request = await requestKeys(store, new Map(addresses.map((address) => [address, NOW])))
  const [, answer] = await store.db.batch<AskedRow>([...request.statements, ...guards])
  const known = await request.people(answer?.results ?? [])
  return new Map([...known].map(([address, { person }]) => [address, present(person)]))
}

/** The person of one address, created if new. */
export const personOf = async (store: Store, address: string): Promise<Person> =>
  present((await peopleOf(store, [address])).get(address))

/** All statements run in one transaction, so no person can be erased between them. */
function present<T>(found: T | undefined): T {
  if (found === undefined) throw new TypeError('a person has no key after one was made')
  return found
}

/** A person's wrapped key in hex, by blind index; undefined if the store does not know the person. */
export async function wrappedKeyOf({ db }: Pick<Store, 'db'>, index: string): Promise<string | undefined> {
  const query = 'SELECT lower(hex(wrapped_key)) AS wrapped_key FROM recipients WHERE recipient = unhex(?1)'
  return (await db.prepare(query).bind(index).first<KeyRow>())?.wrapped_key
}
