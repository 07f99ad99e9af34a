/** What the registry holds of a source, and how a change of it can end. Types only. */
import type { SourceConfig } from './document.ts'

/** One secret value, checked when saved, as text that JSON can carry. */
export type Secret =
  | { readonly kind: 'text'; readonly text: string }
  /** Key bytes of a symmetric Standard Webhooks secret, base64. */
  | { readonly kind: 'standard-webhooks'; readonly key: string }
  | {
      readonly kind: 'public-key'
      readonly algorithm: 'ecdsa-p256' | 'rsa' | 'ed25519'
      readonly spki: string
    }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'named-values'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'topic-arn'; readonly arn: string }
  | { readonly kind: 'scaleway-topic'; readonly arn: string }
  | { readonly kind: 'certificate-sha256'; readonly fingerprint: string }
  | { readonly kind: 'jwks-url'; readonly url: string }
  | {
      readonly kind: 'oauth2'
      readonly introspectionUrl: string
      readonly clientId: string
      readonly clientSecret: string
      /** Scopes that the token must have, parted by spaces; null when any will do. */
      readonly scope: string | null
      /** The client that the token must have been given to; null when any will do. */
      readonly tokenClientId: string | null
    }
  | { readonly kind: 'signed-url'; readonly url: string }

/** A secret that proves a delivery, for good or, while it retires, until a time. */
export type AcceptedSecret = Secret & { readonly acceptedUntilMs?: number }

/** Secrets by slot; several in a slot are all accepted (rotation). */
export type Secrets = Readonly<Record<string, readonly AcceptedSecret[]>>

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

/** A source as the gateway uses it. */
export interface Source {
  readonly name: string
  /** Grows with every change of this source; never reused, not even after a deletion. */
  readonly version: number
  readonly config: SourceConfig
  readonly secrets: Secrets
}

/** As the registry stores and sends it: the secrets still sealed. */
export interface SealedSource {
  readonly name: string
  readonly version: number
  readonly config: SourceConfig
  readonly secrets: readonly SealedSecret[]
}

export interface SealedSecret {
  readonly slot: string
  readonly version: number
  readonly acceptedUntilMs: number | null
  readonly sealed: Uint8Array
}

/** As the operator sees it. */
export interface SourceView {
  readonly name: string
  readonly version: number
  readonly config: SourceConfig
  /** Every version of every secret, by slot and age; never a value. */
  readonly secrets: readonly SecretVersion[]
  /** Of each slot that should be rotated. */
  readonly rotations: readonly SlotRotation[]
  /** SHA-256 of public material by `slot/version`; only where one source is read. */
  readonly fingerprints?: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** One thing wrong with a document. Never quotes a value. */
export interface DocumentProblem {
  /** Dotted path: `secrets.public_key`, `allowedIps.3`. */
  readonly path: string
  /** One sentence. */
  readonly problem: string
}

/** How a change of a source can end. */
export type ChangeResult = Changed | NotChanged

export interface Changed {
  readonly ok: true
  readonly created: boolean
  readonly source: SourceView
  readonly unreached: readonly UnreachedGuard[]
}

export type NotChanged =
  | { readonly ok: false; readonly code: 'document_invalid'; readonly problems: readonly DocumentProblem[] }
  /** It is not the version that the operator saw; `version` is the present one, 0 where there is no such source. */
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  | { readonly ok: false; readonly code: 'source_unknown' | 'secret_unknown' }
  /** More versions of the slot would be accepted at once than a delivery is attempted with. */
  | { readonly ok: false; readonly code: 'too_many_versions' }
  /** Nothing would prove a delivery any more, and `force` was not given. */
  | { readonly ok: false; readonly code: 'would_strand' }
  /** The ESP makes this secret: the new value has to be brought. */
  | { readonly ok: false; readonly code: 'value_needed' }

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

/** What one step of sealing anew came to. */
export interface Resealed {
  /** 0 when nothing is left but what is broken. */
  readonly resealed: number
  /** Secrets that no master key opens; they are left as they are. */
  readonly broken: number
}

/** How many things rest under each version of the master key, by its number. */
export interface Resting {
  /** The version that the registry seals with. */
  readonly newest: number
  readonly secrets: Readonly<Record<string, number>>
  readonly auditKey: Readonly<Record<string, number>>
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

/** A guard that did not hear of a change: until then isolates that cached the old source may use it. */
export interface UnreachedGuard {
  readonly guard: string
  readonly oldValueMayLiveSeconds: number
}

/** Which sources exist, so that a gateway can tell an unknown name without asking for each. */
export interface SourceIndex {
  /** Grows with every change of any source. */
  readonly version: number
  /** Null when nothing changed since the version that the caller knows. */
  readonly names: readonly string[] | null
}
