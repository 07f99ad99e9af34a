/** Sources, as the registry, the gateway and an operator see them, and the results of changes. Types only. */
import type { CaptureWindow } from '../../event/captured.ts'
import type { SetupView, SetupWindow } from '../../event/setup-window.ts'
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { ActiveMeasure } from '../containment/containment.ts'
import type { SecretVersion, SlotRotation } from '../rotation/secret-version.ts'
import type { SourceConfig } from './document.ts'

/** One secret value. It was validated when it was saved, and JSON can carry it. */
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
  | { readonly kind: 'account'; readonly id: string }
  | { readonly kind: 'certificate-sha256'; readonly fingerprint: string }
  | { readonly kind: 'jwks-url'; readonly url: string }
  | {
      readonly kind: 'oauth2'
      readonly introspectionUrl: string
      readonly clientId: string
      readonly clientSecret: string
      /** Scopes that the token must have, separated by spaces; null for any. */
      readonly scope: string | null
      /** The client that the token must have been issued to; null for any. */
      readonly tokenClientId: string | null
    }
  | { readonly kind: 'signed-url'; readonly url: string }
  /** A key that Postern signs with: base64 of the seed and of its public key, 32 bytes each. */
  | { readonly kind: 'ed25519-private'; readonly seed: string; readonly publicKey: string }

/** A secret that deliveries are accepted with; until a time if it is retiring. */
export type AcceptedSecret = Secret & { readonly acceptedUntilMs?: number }

/** Secrets by slot. Several in one slot are all accepted, for rotation. */
export type Secrets = Readonly<Record<string, readonly AcceptedSecret[]>>

/** A source as the gateway uses it. */
export interface Source {
  readonly name: string
  /** Increases with every change of this source. Never used again, even after a deletion. */
  readonly version: number
  readonly config: SourceConfig
  readonly secrets: Secrets
  /** Absent if no refused delivery is kept. */
  readonly capture?: CaptureWindow | undefined
  /** Measures that gateways apply until a time. Some may have ended. */
  readonly containment?: readonly ActiveMeasure[] | undefined
  /** Absent if the ESP makes no first call, or a delivery was verified. */
  readonly setup?: SetupWindow | undefined
  /** Destinations that get its requests as they come. Absent if none does. */
  readonly forwardsTo?: readonly string[] | undefined
}

/** A source as the registry sends it to a gateway: its secrets are sealed. */
export interface SealedSource {
  readonly name: string
  readonly version: number
  readonly config: SourceConfig
  readonly secrets: readonly SealedSecret[]
  readonly capture?: CaptureWindow | undefined
  readonly containment?: readonly ActiveMeasure[] | undefined
  readonly setup?: SetupWindow | undefined
  readonly forwardsTo?: readonly string[] | undefined
}

/** For the object that talks to the source's ESP: with the key of its API, and the URL there if that is sealed. */
export interface SealedEspAccount extends Pick<SealedSource, 'name' | 'config' | 'secrets'> {
  readonly createdAtMs: number
}

export interface SealedSecret {
  readonly slot: string
  readonly version: number
  readonly acceptedUntilMs: number | null
  readonly sealed: Uint8Array
}

/** A source as the operator sees it. */
/** Slots that lack a secret: each list needs one, in any of its slots. */
export type MissingSecrets = readonly (readonly string[])[]

export interface SourceView {
  readonly name: string
  readonly version: number
  readonly config: SourceConfig
  /** Every version of every secret, sorted by slot and version. Never a value. */
  readonly secrets: readonly SecretVersion[]
  /** One for each slot that is rotated. */
  readonly rotations: readonly SlotRotation[]
  /** While the source refuses everything because it lacks a secret. Else null. */
  readonly missingSecrets: MissingSecrets | null
  /** Absent if the ESP makes no first call; also from a registry of the version before. */
  readonly setup?: SetupView | undefined
  /** SHA-256 of public material by `slot/version`; only where one source is read. */
  readonly fingerprints?: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export type { DocumentProblem }

/** Why a change of a source, a destination or a channel was refused. */
export type NotChanged =
  | { readonly ok: false; readonly code: 'document_invalid'; readonly problems: readonly DocumentProblem[] }
  /** The operator saw another version. `version` is the current one, 0 if there is no such source or destination. */
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  | {
      readonly ok: false
      readonly code: 'source_unknown' | 'destination_unknown' | 'channel_unknown'
    }
  /** There is no such version; or no such slot, but these. */
  | { readonly ok: false; readonly code: 'secret_unknown'; readonly slots?: readonly string[] }
  /** The slot would have more accepted versions than the gateway tries for one delivery. */
  | { readonly ok: false; readonly code: 'too_many_versions' }
  /** No secret would be left to authenticate deliveries with, and `force` was not given. */
  | { readonly ok: false; readonly code: 'would_strand' }
  /** The ESP makes no call that a set-up would answer. */
  | { readonly ok: false; readonly code: 'setup_not_needed' }
  /** A delivery was verified: no set-up is opened any more. */
  /** The ESP generates this secret: the operator has to enter the new value. */
  | { readonly ok: false; readonly code: 'value_needed' }

/** The names of all sources, so that a gateway knows an unknown name without a call for each. */
export interface SourceIndex {
  /** Increases with every change of any source. */
  readonly version: number
  /** Null if nothing changed since the version that the caller knows. */
  readonly names: readonly string[] | null
}

/** For the object that watches: what tells sources apart, and whose ESP they belong to. */
export interface WatchedSources {
  readonly version: number
  /** Null if nothing changed since the version that the caller knows. */
  readonly sources:
    | readonly { readonly name: string; readonly createdAtMs: number; readonly provider: string }[]
    | null
}
