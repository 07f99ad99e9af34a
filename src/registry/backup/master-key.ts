/** The calls about the keys that secrets are sealed under. They are resealed under the newest in steps, and every step can be repeated. */
import { RpcTarget } from 'cloudflare:workers'
import type { KeyState } from '../../platform/key-state.ts'
import { type MasterKey, keyMarks, readMasterKeys } from '../../platform/master-key.ts'
import type { Changes } from '../changes.ts'
import { resealOne, unlessUnreadable } from '../rotation/sealed.ts'

/** The result of one step. */
export interface Resealed {
  /** 0 when only broken secrets are left. */
  readonly resealed: number
  /** Secrets that no master key opens. They do not change. */
  readonly broken: number
}

/** How many secrets are sealed under each version of the master key, by its number. The holds of retention count as one, and so does each address of an unfinished erasure. */
export interface Resting {
  /** The version that the registry seals with. */
  readonly newest: number
  readonly secrets: Readonly<Record<string, number>>
  readonly auditKey: Readonly<Record<string, number>>
}

/** Secrets that one step reseals. */
const STEP_SECRETS = 200

type SecretRow = { source: string; slot: string; version: number; sealed: ArrayBuffer }

export class MasterKeys extends RpcTarget {
  readonly #changes: Changes
  readonly #sql: SqlStorage
  readonly #masterKey: string | undefined

  constructor(changes: Changes, sql: SqlStorage, masterKey: string | undefined) {
    super()
    this.#changes = changes
    this.#sql = sql
    this.#masterKey = masterKey
  }

  /** Reseals up to 200 secrets under the newest master key. */
  async reseal(): Promise<Resealed> {
    // Nothing else changes the rows meanwhile.
    return this.#changes.inTurn(() => this.#step())
  }

  /** Counts stored secrets by the master key that they are sealed under. */
  async secretsByVersion(): Promise<Resting> {
    const rows = this.#sql
      .exec<{ version: string; count: number }>(
        `SELECT hex(substr(sealed, 1, 1)) AS version, count(*) AS count FROM secrets
         WHERE sealed IS NOT NULL GROUP BY 1`,
      )
      .toArray()
    const key = this.#changes.audit.keyVersion()
    const holds = this.#changes.tables.retention.keyVersion()
    return {
      newest: this.#masters()[0].version,
      secrets: sums([
        ...rows.map(({ version, count }) => [Number.parseInt(version, 16), count] as const),
        ...(holds === null ? [] : [[holds, 1] as const]),
        ...this.#changes.tables.erasures.addressesByVersion(),
      ]),
      auditKey: key === null ? {} : { [key]: 1 },
    }
  }

  /**
   * Opens the audit log's key and two secrets, the first and the last: a look at each would cost too much for a health check.
   */
  async state(): Promise<KeyState> {
    const masters = this.#masters()
    const { audit } = this.#changes
    const sealer = this.#changes.sealer()
    const rows = ['ASC', 'DESC'].flatMap((order) =>
      this.#sql
        .exec<SecretRow>(
          `SELECT source, slot, version, sealed FROM secrets WHERE sealed IS NOT NULL
           ORDER BY source ${order}, slot ${order}, version ${order} LIMIT 1`,
        )
        .toArray(),
    )
    const opened = await Promise.all(rows.map((row) => unlessUnreadable(() => resealOne(sealer, row))))
    const key =
      audit.keyVersion() === null ? undefined : await unlessUnreadable(() => audit.exportKey(sealer))
    return {
      keys: await keyMarks(masters),
      unreadable: [
        ...(opened.includes('secret_unreadable') ? (['secrets'] as const) : []),
        ...(key === 'secret_unreadable' ? (['audit_key'] as const) : []),
      ],
    }
  }

  async #step(): Promise<Resealed> {
    const [newest] = this.#masters()
    const sealer = this.#changes.sealer()
    const { audit, tables } = this.#changes
    let resealed = await audit.resealKey(sealer, newest.version)
    let broken = 0
    const holds = await unlessUnreadable(() => tables.retention.reseal(sealer, newest.version))
    if (holds === 'secret_unreadable') broken++
    else resealed += holds
    const addresses = await tables.erasures.reseal(sealer, hexOf(newest.version), STEP_SECRETS)
    resealed += addresses.resealed
    broken += addresses.broken
    const rows = this.#sql
      .exec<SecretRow>(
        `SELECT source, slot, version, sealed FROM secrets
         WHERE sealed IS NOT NULL AND hex(substr(sealed, 1, 1)) <> ?`,
        hexOf(newest.version),
      )
      .toArray()
    for (const row of rows) {
      if (resealed >= STEP_SECRETS) break
      const sealed = await unlessUnreadable(() => resealOne(sealer, row))
      if (sealed === 'secret_unreadable') {
        broken++
        continue
      }
      this.#sql.exec(
        'UPDATE secrets SET sealed = ? WHERE source = ? AND slot = ? AND version = ?',
        sealed,
        row.source,
        row.slot,
        row.version,
      )
      resealed++
    }
    return { resealed, broken }
  }

  #masters(): readonly [MasterKey, ...MasterKey[]] {
    return readMasterKeys(this.#masterKey)
  }
}

function sums(counts: readonly (readonly [version: number, count: number])[]): Record<string, number> {
  const all: Record<string, number> = {}
  for (const [version, count] of counts) all[version] = (all[version] ?? 0) + count
  return all
}

const hexOf = (version: number): string => version.toString(16).toUpperCase().padStart(2, '0')
