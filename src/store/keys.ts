/** People's keys. They must be stored before anything is sealed under them. */
import type { Person } from './people.ts'
import type { Store } from './store.ts'

export interface KeyRequest {
  /** The first adds keys for people who have none; the second returns the rows of all. */
  readonly statements: readonly [D1PreparedStatement, D1PreparedStatement]
  /** People by address, as given. @throws {SealBroken} when a key is wrapped under a master key that is not configured */
  readonly people: (rows: readonly KeyRow[]) => Promise<ReadonlyMap<string, Person>>
}

export interface KeyRow {
  readonly recipient: string
  readonly wrapped_key: string
}

/**
 * Statements that find or create the person of each address, to be run in one transaction. If two consumers propose a key
 * for the same new person, the first proposal is stored and both read it back.
 */
export async function requestKeys(store: Store, addresses: Iterable<string>): Promise<KeyRequest> {
  const indexes = new Map<string, string>()
  const proposals = new Map<string, string>()
  for (const address of new Set(addresses)) {
    const index = await store.people.indexOf(address)
    indexes.set(address, index)
    if (!proposals.has(index)) proposals.set(index, await store.people.propose(index, address))
  }
  const json = JSON.stringify([...proposals])
  return {
    statements: [store.db.prepare(PROPOSE).bind(json), store.db.prepare(READ).bind(json)],
    async people(rows) {
      const unwrapped = await Promise.all(
        rows.map((row) => store.people.unwrap(row.recipient, row.wrapped_key)),
      )
      const byIndex = new Map(unwrapped.map((person) => [person.index, person]))
      return new Map([...indexes].map(([address, index]) => [address, present(byIndex.get(index))]))
    },
  }
}

const PROPOSE = `
  INSERT INTO recipients (recipient, wrapped_key)
  SELECT unhex(p.value ->> 0), unhex(p.value ->> 1) FROM json_each(?1) p WHERE true
  ON CONFLICT (recipient) DO NOTHING`

const READ = `
  SELECT lower(hex(r.recipient)) AS recipient, lower(hex(r.wrapped_key)) AS wrapped_key
  FROM json_each(?1) p CROSS JOIN recipients r ON r.recipient = unhex(p.value ->> 0)`

/** The person of one address, created if new. */
export async function personOf(store: Store, address: string): Promise<Person> {
  const request = await requestKeys(store, [address])
  const [, answer] = await store.db.batch<KeyRow>([...request.statements])
  return present((await request.people(answer?.results ?? [])).get(address))
}

/** Both statements run in one transaction, so no person can be erased between them. */
function present(person: Person | undefined): Person {
  if (person === undefined) throw new TypeError('a person has no key after one was made')
  return person
}

/** A person's wrapped key in hex, by blind index; undefined if the store does not know the person. */
export async function wrappedKeyOf({ db }: Pick<Store, 'db'>, index: string): Promise<string | undefined> {
  const query = 'SELECT lower(hex(wrapped_key)) AS wrapped_key FROM recipients WHERE recipient = unhex(?1)'
  return (await db.prepare(query).bind(index).first<KeyRow>())?.wrapped_key
}
