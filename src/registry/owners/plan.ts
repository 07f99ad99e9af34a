/** A planned change of an owner of secrets: its next state with a line for the audit log. Nothing is written yet. */
import type { JsonObject } from '../../platform/json.ts'
import type { Sealer } from '../../platform/seal.ts'
import type { AuditAction, AuditDraft } from '../audit/entry.ts'
import type { KeyedHash, Leaks } from '../rotation/leaks.ts'
import type { Link } from '../rotation/links.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import type { StoredSecret } from '../rotation/transitions.ts'
import type { OwnerRules, Stored } from './owner.ts'
import type { SecretTables } from './secret-tables.ts'

/** Context of a plan besides the owner. */
export interface PlanContext<Config> {
  readonly rules: OwnerRules<Config>
  readonly sealer: Sealer
  readonly nowMs: number
  /** Why no source can have its guard in Redis; null when it can. */
  readonly redisProblem: string | null
  readonly leaks: Pick<Leaks, 'has'>
  readonly keyedHash: KeyedHash
}

export interface Plan<Config> {
  readonly ok: true
  /** Null when the owner is removed. */
  readonly next: Pick<Stored<Config>, 'config' | 'secrets'> | null
  /** The version of the secret that changes; null when the whole owner does. */
  readonly version: number | null
  readonly draft: AuditDraft
  /** The link that was asked for. */
  readonly link?: Link | undefined
  /** Further writes in the same transaction. */
  readonly also?: ((tables: SecretTables) => void) | undefined
}

/** The document is what is stored already. */
export interface Unchanged {
  readonly ok: true
  readonly next: 'unchanged'
}

export type State<Config> =
  | { readonly config: Config; readonly secrets: readonly StoredSecret[] }
  | null
  | undefined

export const draftOf = <Config>(
  { shown }: Pick<OwnerRules<Config>, 'shown'>,
  action: AuditAction,
  target: string,
  before: State<Config>,
  after: State<Config>,
): AuditDraft => ({ action, target, before: recordOf(shown, before), after: recordOf(shown, after) })

/** The state in the audit log: all settings, and the state of each secret, never its value. */
const recordOf = <Config>(shown: (config: Config) => object, state: State<Config>): JsonObject | null =>
  state === null || state === undefined
    ? null
    : {
        config: JSON.parse(JSON.stringify(shown(state.config))) as JsonObject,
        secrets: state.secrets.map(({ slot, version, state, acceptedUntilMs }) => ({
          slot,
          version,
          state,
          acceptedUntilMs,
        })),
      }

export const isSame = <Config>(one: NonNullable<State<Config>>, other: NonNullable<State<Config>>): boolean =>
  JSON.stringify([one.config, one.secrets.map(comparable)]) ===
  JSON.stringify([other.config, other.secrets.map(comparable)])

const comparable = ({ sealed, ...version }: StoredSecret): SecretVersion & { sealed: boolean } => ({
  ...version,
  sealed: sealed !== null,
})
