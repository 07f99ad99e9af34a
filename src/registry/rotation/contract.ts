/** What can be asked of the registry about secrets, and how it answers. Types only. */
import type { Changed, NotChanged } from '../sources/source.ts'
import type { InstallProblem, RotationState } from './secret-version.ts'

/** A change of a secret names the version that came of it. */
export type SecretResult = (Changed & SecretChanged) | NotChanged

export interface SecretChanged {
  /** False where everything was as it should be. */
  readonly changed: boolean
  readonly version: number | null
  /** The link that was asked for; null where the value is not ours to hand out, or is set at the ESP. */
  readonly link: { readonly endsAtMs: number } | null
}

/** A retrieval link that somebody asks for; its token stays with them. */
export interface LinkRequest {
  /** Lower-case hex of the SHA-256 of the token. */
  readonly sha256: string
  readonly lifeSeconds: number
}

/** A part of a secret as a person enters it at the sender. */
export interface ShownValue {
  readonly name: string
  readonly value: string
}

/** What a retrieval link gave. A link that is unknown, used, over or of a revoked version gives the same: nothing. */
export type Retrieved =
  | {
      readonly ok: true
      readonly source: string
      readonly slot: string
      readonly version: number
      /** What to enter at the sender, by name. */
      readonly values: readonly ShownValue[]
    }
  | { readonly ok: false }

/** What the schedule found or did about one slot. */
export interface MaintenanceReport {
  readonly source: string
  readonly slot: string
  readonly state: RotationState
  /** The version that came of it now; null when nothing was changed. */
  readonly version: number | null
  readonly dueAtMs: number | null
  readonly problem: InstallProblem | NotChanged['code'] | null
}

export interface MaintenancePage {
  readonly reports: readonly MaintenanceReport[]
  /** How many sources had values that were forgotten. */
  readonly swept: number
  /** The name to go on after; null when all sources were seen. */
  readonly next: string | null
}

export interface RotateRequest {
  readonly slot: string
  /** The new value where the ESP made it; absent where Postern shall make it. */
  readonly value?: unknown
  /** How long the old versions are accepted beside the new one; the source's `rotationGraceSeconds` when absent. */
  readonly graceSeconds?: number | undefined
  /** A leak: the old versions are revoked at once, and the new one is active at once. */
  readonly emergency?: boolean | undefined
  /** Revoke even though nothing is left that proves a delivery. */
  readonly force?: boolean | undefined
  /** A made value stays `pending`, the old ones active, until somebody has it. */
  readonly hold?: boolean | undefined
  /** A link under which a made value can be fetched, once. */
  readonly link?: LinkRequest | undefined
  /** Version of the source that the operator saw; absent when any will do. */
  readonly expectedVersion?: number | undefined
}
