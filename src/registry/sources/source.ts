/** What the registry holds of a source, and how a change of it can end. Types only. */
import type { UnreachedGuard } from '../propagation/notify-guards.ts'
import type { SecretVersion, SlotRotation } from '../rotation/secret-version.ts'
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

/** Which sources exist, so that a gateway can tell an unknown name without asking for each. */
export interface SourceIndex {
  /** Grows with every change of any source. */
  readonly version: number
  /** Null when nothing changed since the version that the caller knows. */
  readonly names: readonly string[] | null
}
