/** A version of a secret, and the rotation of its slot, as an operator sees them. Types only. */

/**
 * The lifecycle of a version. `pending`: generated, fetched by nobody, not accepted. `active`: accepted. `retiring`: accepted
 * until a time, since a newer one took over. `revoked`: refused, and its value is deleted.
 */
export type SecretState = 'pending' | 'active' | 'retiring' | 'revoked'

/** One version of a secret as the operator sees it: never the value. */
export interface SecretVersion {
  readonly slot: string
  /** Grows within the slot; never reused while the source exists. */
  readonly version: number
  readonly state: SecretState
  /** Origin of the value: the operator, or Postern, which generated it. */
  readonly origin: 'operator' | 'postern'
  readonly createdAtMs: number
  readonly activatedAtMs: number | null
  /** Set while it retires. */
  readonly acceptedUntilMs: number | null
  readonly revokedAtMs: number | null
}

/**
 * The rotation of a slot. `soon`: the active version is almost as old as the source allows. `due`: it is that old.
 * `waiting`: a new value is generated, and nobody has fetched it. `installing`: the ESP's API has not accepted the new value.
 */
export type RotationState = 'fresh' | 'soon' | 'due' | 'waiting' | 'installing'

export interface SlotRotation {
  readonly slot: string
  readonly state: RotationState
  /** Whether Postern generates new values. If not, the ESP does, and an operator enters them. */
  readonly generated: boolean
  /** Whether Postern sets new values at the ESP through its API. */
  readonly installed: boolean
  /** When the next version is due; null for never. */
  readonly dueAtMs: number | null
  /** While `installing`: why the last try failed. Null before the first answer. */
  readonly problem: InstallProblem | null
}

/** Why a new secret could not be set at an ESP. All are retried. */
export type InstallProblem =
  /** The source no longer has a credential for the ESP's API. */
  | 'credential_missing'
  /** No configured master key opens the secret or the credential. */
  | 'secret_unreadable'
  /** The ESP refused the credential (401, 403). */
  | 'credential_refused'
  /** The ESP has no such webhook (404). */
  | 'webhook_unknown'
  /** Any other refusal. Postmark, for example, tests the webhook first. */
  | 'refused'
  /** No answer in time, too many requests, or a server error (429, 5xx). */
  | 'unavailable'
