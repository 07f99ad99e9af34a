/**
 * Counts how many people have each mail domain, so that the archive names a domain only if it identifies nobody. Domains are stored
 * under a keyed hash. Linear counting: each person sets one of 2,048 bits, and the number of bits tells that of the people within
 * some percent. Of a domain with enough people only that is stored.
 */
import { isWellKnownDomain } from '../event/mailbox-providers.ts'
import { type TableStorage, makeTables } from '../platform/table-steps.ts'
import type { People } from '../store/people.ts'

/** People from whom on a domain is named. */
export const DOMAIN_MIN_PEOPLE = 1_000

const BITS = 2_048

/** The number of bits that so many people set: n people leave a share of e^(-n / 2,048) unset. */
export const POPULAR_BITS = Math.ceil(BITS * (1 - Math.exp(-DOMAIN_MIN_PEOPLE / BITS)))

const TABLE_STEPS = [
  `CREATE TABLE domains (
    name TEXT PRIMARY KEY,
    bits BLOB
  ) WITHOUT ROWID`,
]

/** Null once the domain has enough people. */
type Bits = Set<number> | null

/** Of one object. */
export class Domains {
  readonly #storage: TableStorage
  readonly #people: Pick<People, 'nameOf'>

  constructor(storage: TableStorage, people: Pick<People, 'nameOf'>) {
    this.#storage = storage
    this.#people = people
    makeTables(storage, 'domains', TABLE_STEPS)
  }

  /** Counts the people of one file. Nothing is stored before `save`. */
  begin(): DomainCount {
    return new DomainCount(
      (domain) => this.#people.nameOf('domain', domain),
      (name) => this.#read(name),
      (changed) => this.#write(changed),
    )
  }

  #read(name: string): Bits {
    const [row] = this.#storage.sql
      .exec<{ bits: ArrayBuffer | null }>('SELECT bits FROM domains WHERE name = ?', name)
      .toArray()
    if (row === undefined) return new Set()
    return row.bits === null ? null : new Set(new Uint16Array(row.bits))
  }

  #write(changed: ReadonlyMap<string, Bits>): void {
    this.#storage.transactionSync(() => {
      for (const [name, bits] of changed)
        this.#storage.sql.exec(
          'INSERT OR REPLACE INTO domains (name, bits) VALUES (?, ?)',
          name,
          bits === null ? null : new Uint16Array(bits).buffer,
        )
    })
  }
}

export class DomainCount {
  readonly #nameOf: (domain: string) => Promise<string>
  readonly #read: (name: string) => Bits
  readonly #write: (changed: ReadonlyMap<string, Bits>) => void
  readonly #known = new Map<string, { readonly name: string; bits: Bits }>()
  readonly #changed = new Map<string, Bits>()

  constructor(
    nameOf: (domain: string) => Promise<string>,
    read: (name: string) => Bits,
    write: (changed: ReadonlyMap<string, Bits>) => void,
  ) {
    this.#nameOf = nameOf
    this.#read = read
    this.#write = write
  }

  /**
   * Whether the domain of a person may be named. The person counts.
   *
   * @param index the person's blind index, of which any digits are random
   */
  async mayName(domain: string, index: string): Promise<boolean> {
    if (domain === '') return false
    if (isWellKnownDomain(domain)) return true
    const known = this.#known.get(domain) ?? (await this.#find(domain))
    if (known.bits === null) return true
    const bit = parseInt(index.slice(0, 8), 16) % BITS
    if (!known.bits.has(bit)) {
      known.bits.add(bit)
      if (known.bits.size >= POPULAR_BITS) known.bits = null
      this.#changed.set(known.name, known.bits)
    }
    return known.bits === null
  }

  async #find(domain: string): Promise<{ readonly name: string; bits: Bits }> {
    const name = await this.#nameOf(domain)
    // Another person of the domain may have come first.
    const found = this.#known.get(domain) ?? { name, bits: this.#read(name) }
    this.#known.set(domain, found)
    return found
  }

  /** Stores what is new. */
  save(): void {
    this.#write(this.#changed)
    this.#changed.clear()
  }
}
