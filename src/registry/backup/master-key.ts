/** The calls about the keys that secrets are sealed under. */
import { RpcTarget } from 'cloudflare:workers'
import type { KeyState } from '../../platform/key-state.ts'
import { readMasterKeys } from '../../platform/master-key.ts'
import type { Changes } from '../changes.ts'
import { type Resealed, type Resting, keyState, reseal, resting } from './reseal.ts'

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
    const masters = readMasterKeys(this.#masterKey)
    return this.#changes.inTurn(() => reseal(this.#sql, this.#changes.audit, this.#changes.sealer(), masters))
  }

  /** Counts stored secrets by the master key that they are sealed under. */
  async secretsByVersion(): Promise<Resting> {
    const [newest] = readMasterKeys(this.#masterKey)
    return resting(this.#sql, this.#changes.audit, newest.version)
  }

  /** For the health check. */
  async state(): Promise<KeyState> {
    const masters = readMasterKeys(this.#masterKey)
    return keyState(this.#sql, this.#changes.audit, this.#changes.sealer(), masters)
  }
}
