/** What the registry hands out, and what it answers. Types only: the gateway and the console import these. */
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

/** Secrets by slot; several in a slot are all accepted (rotation). */
export type Secrets = Readonly<Record<string, readonly Secret[]>>

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
  readonly sealedSecrets: Uint8Array
}

/** As the operator sees it. */
export interface SourceView {
  readonly name: string
  readonly version: number
  readonly config: SourceConfig
  /** How many secrets each slot holds; never a value. */
  readonly secrets: Readonly<Record<string, number>>
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

export type PutResult =
  | {
      readonly ok: true
      readonly created: boolean
      readonly source: SourceView
      readonly unreached: readonly UnreachedGuard[]
    }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/** A guard that did not hear of a change: until then isolates that cached the old source may use it. */
export interface UnreachedGuard {
  readonly guard: string
  readonly oldValueMayLiveSeconds: number
}

export type RemoveResult = { readonly found: boolean; readonly unreached: readonly UnreachedGuard[] }

/** Which sources exist, so that a gateway can tell an unknown name without asking for each. */
export interface Roster {
  /** Grows with every change of any source. */
  readonly version: number
  /** Null when nothing changed since the version that the caller knows. */
  readonly names: readonly string[] | null
}

/** The registry's calls. */
export interface RegistryApi {
  /** @param document as the operator sent it, already parsed from JSON */
  put(name: string, document: unknown): Promise<PutResult>
  view(name: string): Promise<SourceView | null>
  list(): Promise<SourceView[]>
  remove(name: string): Promise<RemoveResult>
  /** For the gateway. */
  load(name: string): Promise<SealedSource | null>
  /** For the gateway. */
  roster(knownVersion: number): Promise<Roster>
}
