/** A version of a secret, and the rotation of its slot, as an operator sees them. Types only. */

/**
 * Where a version of a secret stands in its life. `pending`: made, nobody has it yet, not accepted. `active`: accepted.
 * `retiring`: accepted until a time, since a newer one took over. `revoked`: refused, and its value is gone.
 */
export type SecretState = 'pending' | 'active' | 'retiring' | 'revoked'

/** One version of a secret as the operator sees it: never the value. */
export interface SecretVersion {
  readonly slot: string
  /** Grows within the slot; never reused while the source exists. */
  readonly version: number
  readonly state: SecretState
  /** Who made the value: the operator brought it from the ESP, or Postern made it. */
  readonly origin: 'operator' | 'postern'
  readonly createdAtMs: number
  readonly activatedAtMs: number | null
  /** Set while it retires. */
  readonly acceptedUntilMs: number | null
  readonly revokedAtMs: number | null
}

/**
 * How the rotation of a slot stands. `soon` and `due`: the active version is almost, or as old as the source allows.
 * `waiting`: a new value is made, and nobody has fetched it. `installing`: the ESP's API has not taken the new one yet.
 */
export type RotationState = 'fresh' | 'soon' | 'due' | 'waiting' | 'installing'

export interface SlotRotation {
  readonly slot: string
  readonly state: RotationState
  /** Whether Postern makes new values; else the ESP does, and somebody has to bring them. */
  readonly generated: boolean
  /** Whether Postern sets new values at the ESP by itself. */
  readonly installed: boolean
  /** When another version is due; null when it never is. */
  readonly dueAtMs: number | null
  /** Why the ESP's API did not take it, while `installing`; null before the first answer. */
  readonly problem: InstallProblem | null
}

/** Why a new secret could not be set at an ESP. All are retried. */
export type InstallProblem =
  /** The source holds no credential for the ESP's API any more. */
  | 'credential_missing'
  /** No master key that is configured opens the secret, or the credential. */
  | 'secret_unreadable'
  /** The ESP does not take the credential (401, 403). */
  | 'credential_refused'
  /** The ESP has no such webhook (404). */
  | 'webhook_unknown'
  /** Another answer that says no; Postmark, for one, tests the webhook first. */
  | 'refused'
  /** No answer in time, too many requests, or trouble there (429, 5xx). */
  | 'unavailable'
