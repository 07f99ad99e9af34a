/**
 * From which networks deliveries were verified in the last day, and at which sources; in the storage of the object of the incidents. Nothing
 * that was verified is ever missing. So past a bound, networks are remembered together with their neighbors: whoever holds one secret can keep
 * the networks around those that he sends from unblocked, and no others.
 */
import { type Network, networkOf, networkText, parseNetwork } from '../../platform/network.ts'
import { makeTables } from '../../platform/table-steps.ts'
import { OTHER } from '../signals/forms.ts'

export const DAY_MINUTES = 1_440

/** Networks that are remembered one by one, and as many wider ones. Beyond them nothing is known of any network. */
const NETWORKS_MAX = 10_000

/** All ESPs together send from a few hundred /16 (IPv4) and /32 (IPv6). */
const WIDE_BITS = { 4: 16, 6: 32 } as const

/** A row is written again after this time, not each minute. */
const REWRITE_MINUTES = 5

const FORGET_EVERY_MINUTES = 60

const TABLE_STEPS = [
  `CREATE TABLE verified (
    kind TEXT NOT NULL,             -- network, wide, source
    name TEXT NOT NULL,
    minute INTEGER NOT NULL,        -- of the latest delivery, at most some minutes too early
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID`,
]

type Kind = 'network' | 'wide' | 'source'

export interface Verified {
  /** With `other`, if there were more than can be remembered. */
  readonly networks: ReadonlySet<string>
  readonly sources: ReadonlySet<string>
}

export class VerifiedTables {
  readonly #sql: SqlStorage
  /** Numbers of rows during a call of `note`: to count them reads them all. */
  readonly #counts = new Map<Kind, number>()

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'verified', TABLE_STEPS)
  }

  /** Notes what was verified in a minute. Called in the transaction that stores the minute. */
  note(minute: number, verified: ReadonlyMap<string, ReadonlySet<string>>): void {
    this.#counts.clear()
    for (const [source, networks] of verified) {
      this.#put('source', source, minute)
      for (const network of networks) this.#noteNetwork(network, minute)
    }
    if (minute % FORGET_EVERY_MINUTES === 0)
      this.#sql.exec('DELETE FROM verified WHERE minute < ?', minute - DAY_MINUTES - REWRITE_MINUTES)
  }

  since(minute: number): Verified {
    const rows = this.#sql
      .exec<{ kind: Kind; name: string }>(
        'SELECT kind, name FROM verified WHERE minute > ?',
        minute - REWRITE_MINUTES,
      )
      .toArray()
    const names = (isSource: boolean): Set<string> =>
      new Set(rows.filter(({ kind }) => (kind === 'source') === isSource).map(({ name }) => name))
    return { networks: names(false), sources: names(true) }
  }

  #noteNetwork(text: string, minute: number): void {
    const network = parseNetwork(text)
    if (network !== undefined && this.#put('network', text, minute)) return
    if (network !== undefined && this.#put('wide', wideText(network), minute)) return
    this.#write('wide', OTHER, minute)
  }

  /** False if there is no place for a new one. */
  #put(kind: Kind, name: string, minute: number): boolean {
    const [known] = this.#sql
      .exec<{ minute: number }>('SELECT minute FROM verified WHERE kind = ? AND name = ?', kind, name)
      .toArray()
    if (known !== undefined && minute - known.minute < REWRITE_MINUTES && minute >= known.minute) return true
    if (known === undefined && kind !== 'source') {
      const count = this.#count(kind)
      if (count >= NETWORKS_MAX) return false
      this.#counts.set(kind, count + 1)
    }
    this.#write(kind, name, minute)
    return true
  }

  #write(kind: Kind, name: string, minute: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO verified (kind, name, minute) VALUES (?, ?, ?)',
      kind,
      name,
      minute,
    )
  }

  #count(kind: Kind): number {
    const counted = this.#counts.get(kind)
    if (counted !== undefined) return counted
    const { count } = this.#sql
      .exec<{ count: number }>('SELECT count(*) AS count FROM verified WHERE kind = ?', kind)
      .one()
    this.#counts.set(kind, count)
    return count
  }
}

const wideText = (network: Network): string =>
  networkText(networkOf(network, Math.min(network.prefixBits, WIDE_BITS[network.family])))
