/** Requests and results of the registry's calls about secrets. Types only. */
import type { NotChanged } from '../sources/source.ts'
import type { InstallProblem, RotationState } from './secret-version.ts'

/** A retrieval link to create. The caller keeps its token. */
export interface LinkRequest {
  /** Lower-case hex of the SHA-256 of the token. */
  readonly sha256: string
  readonly lifeSeconds: number
}

/** One part of a secret, as a person enters it at the sender, or at the receiver of a destination. */
export interface ShownValue {
  readonly name: string
  readonly value: string
}

/** Result of a retrieval link. An unknown, used or expired link and one of a revoked version give the same: nothing. */
export type Retrieved =
  | {
      readonly ok: true
      /** The source that it belongs to; null for a destination's. */
      readonly source: string | null
      readonly destination: string | null
      readonly slot: string
      readonly version: number
      /** Values to enter at the sender or receiver, by name. */
      readonly values: readonly ShownValue[]
    }
  | { readonly ok: false }

/** Result of the scheduled run for one slot. */
export interface MaintenanceReport {
  readonly source: string
  readonly slot: string
  readonly state: RotationState
  /** The version that this run created; null when it changed nothing. */
  readonly version: number | null
  readonly dueAtMs: number | null
  readonly problem: InstallProblem | NotChanged['code'] | null
}

export interface MaintenancePage {
  readonly reports: readonly MaintenanceReport[]
  /** Number of sources and destinations with retiring versions that were revoked. */
  readonly swept: number
  /** Where the next page starts; null after the last page. */
  readonly next: string | null
}

/** A change of one secret of an owner. */
export type SecretRequest =
  | ({ readonly kind: 'rotate' } & RotateRequest)
  /** Makes a pending or retiring version the active one. */
  | {
      readonly kind: 'activate'
      readonly slot: string
      readonly version: number
      readonly graceSeconds?: number | undefined
    }
  | {
      readonly kind: 'revoke'
      readonly slot: string
      readonly version: number
      readonly force?: boolean | undefined
    }
  /** A new link for a generated value that nobody has fetched. */
  | { readonly kind: 'link'; readonly slot: string; readonly version: number; readonly link: LinkRequest }

export interface RotateRequest {
  readonly slot: string
  /** The new value from the ESP; absent if Postern generates it. */
  readonly value?: unknown
  /** How long the old versions stay accepted. Default: the source's `rotationGraceSeconds`. */
  readonly graceSeconds?: number | undefined
  /** After a leak: revokes the old versions and activates the new one at once. */
  readonly emergency?: boolean | undefined
  /** Refuses with `value_needed` if Postern does not generate the secret, also in an emergency. */
  readonly generatedOnly?: boolean | undefined
  /** Changes nothing if the value is that of an active version. */
  readonly unlessActive?: boolean | undefined
  /** Allows revoking the last secret that authenticates deliveries. */
  readonly force?: boolean | undefined
  /** Keeps a generated value `pending`, and the old ones active, until somebody has fetched it. */
  readonly hold?: boolean | undefined
  /** A link to fetch the generated value, once. */
  readonly link?: LinkRequest | undefined
  /** The version of the source that the operator saw; absent for any. */
  readonly expectedVersion?: number | undefined
}
