/** The contract of one ESP: how it proves itself and what its words mean, as data and pure functions. */
import type { IdentityPart } from '../event/identity.ts'
import type { MailEvent } from '../event/mail-event.ts'
import type { Bytes } from '../platform/bytes.ts'
import type { Delivery, PresentedCredentials, NoCredentials, Query } from './presented-credentials.ts'
import type { SecretKind } from './secret-kinds.ts'

export interface Provider {
  /** The name in source documents and the file's name: `sendgrid`. */
  readonly name: string
  /** The name that people know: `SendGrid`. */
  readonly title: string
  /** HTTP methods that the ESP uses; anything else is 405. `HEAD`, `GET` and `OPTIONS` count only where listed. */
  readonly methods: readonly HttpMethod[]
  /** Media types of its deliveries, lower case, without parameters; `'any'` where it may be whatever. */
  readonly contentTypes: readonly string[] | 'any'
  /** Secret slots of the source document and what each must hold. A slot takes one value or a list (rotation). */
  readonly secrets: Readonly<Record<string, SecretKind>>
  /**
   * Slots whose text the operator chooses and gives to the sender, so that Postern can make it. Basic and named values
   * always are; any other text is made by the ESP.
   */
  readonly generated?: readonly string[]
  /** The ways in which the ESP can be verified, strongest first. Used: those for which the source holds a secret. */
  readonly authMethods: readonly AuthMethod[]
  /**
   * How old a signature may be, and how long a claim is remembered at least, in seconds. The replay window of a source
   * that sets none. Where the ESP retries with the old signature this is its retry span and a margin.
   */
  readonly replayWindowSeconds: number
  /** Settings of the source document that only this provider takes, see `SourceSettings`. */
  readonly settings?: readonly ('signature' | 'jwt' | 'provisioner')[]
  /** What a whole batch of this ESP may have, where 1 MiB is too little; used when the source sets no `maxBodyBytes`. */
  readonly maxBodyBytes?: number
  /** Networks that the ESP publishes, used when the source sets no `allowedIps`. */
  readonly publishedNetworks?: readonly string[]
  /** Status codes that make this ESP behave, where they differ from the defaults in `gateway/respond.ts`. */
  readonly statuses?: ProviderStatuses
  /** Answers a question asked before any delivery (HEAD, GET, OPTIONS); it proves nothing and changes nothing. */
  readonly answerValidation?: (delivery: Delivery) => ValidationAnswer | undefined
  /** Splits a verified delivery into native items. Total: any bytes give a result. */
  readonly open: (body: VerifiedBytes) => Opened
  /**
   * What one native item means: drafts (an item for several recipients gives several), none when it is no message event
   * and nothing is lost by knowing it (a handshake inside a batch), `undefined` when it cannot be understood. May throw:
   * an item that throws is quarantined alone.
   */
  readonly read: (item: unknown, body: VerifiedBytes) => readonly Draft[] | undefined
}

export type HttpMethod = 'POST' | 'GET' | 'HEAD' | 'OPTIONS' | 'PUT'

export interface AuthMethod {
  /** The name in `auth.methods`: `signature`, `basic`, `api_key` … */
  readonly name: string
  /** Slots of which at least one must hold a secret for the method to be usable. */
  readonly slots: readonly string[]
  /**
   * What a proof by it says of the event: all of it, a part (a time and a token), or nothing, where whoever has seen one
   * request can write others. The default level of a source follows from it, see `registry/sources/default-strictness.ts`.
   */
  readonly covers: 'body' | 'part' | 'nothing'
  /** What the source's `jwt` must bind, since other customers of the issuer have tokens under the same keys. */
  readonly needsJwt?: readonly ('issuer' | 'audience')[]
  /**
   * What the delivery presents. Total: any headers and bytes give a result. Looks at the body only when the head has all that
   * it must have: it is also asked before a body has come, and what it finds missing by then refuses the delivery.
   */
  readonly credentials: (delivery: Delivery, settings: SourceSettings) => PresentedCredentials | NoCredentials
}

/** What a provider may know of the source. */
export interface SourceSettings {
  /** Generic sources: the free signature. */
  readonly signature?: SignatureSetting | undefined
  readonly jwt?: JwtSetting | undefined
  /** The URL that the sender was given, when the operator set it. */
  readonly publicUrl?: string | undefined
}

/** DESIGN section 7. */
export interface SignatureSetting {
  readonly algorithm:
    | 'hmac-sha1'
    | 'hmac-sha256'
    | 'hmac-sha512'
    | 'ecdsa-p256-sha256'
    | 'rsa-pkcs1-sha1'
    | 'rsa-pkcs1-sha256'
    | 'ed25519'
  readonly header: string
  readonly prefix?: string | undefined
  readonly encoding: 'hex' | 'base64' | 'base64url'
  readonly format?: 'der' | 'p1363' | undefined
  /** Template of `{body}`, `{timestamp}`, `{id}`, `{url}` and fixed text. */
  readonly signed: string
  readonly timestampHeader?: string | undefined
  readonly idHeader?: string | undefined
}

export interface JwtSetting {
  readonly algorithms?: readonly string[] | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly clockToleranceSeconds?: number | undefined
}

/** By kind of refusal; see `gateway/respond.ts` for which code is of which kind. */
export interface ProviderStatuses {
  /** Not verified. A wrong setting of ours looks the same, so prefer a status that the ESP retries. */
  readonly unverified?: number
  /** Can never become right: too large, token already used. */
  readonly permanent?: number
  /** Passing: something of ours is down or a copy is in flight. */
  readonly passing?: number
  readonly rateLimited?: number
}

export interface ValidationAnswer {
  readonly status: 200 | 204
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
}

/** A verified delivery as the provider reads it. */
export interface VerifiedBytes {
  readonly bytes: Bytes
  /** The whole header, as a multipart boundary needs it; null when the delivery named none. */
  readonly contentType: string | null
  readonly query: Query
  /** Only headers that the proof covers, by lower-case name (Standard Webhooks' id). */
  readonly verifiedHeaders: ReadonlyMap<string, string>
}

export type Opened =
  /** Zero or more native items. Zero is a test ping or an empty batch: acknowledged. */
  | { readonly kind: 'items'; readonly items: readonly unknown[] }
  /** A verified handshake: what to answer, and which confirming call to make (built by us, never a URL from the body). */
  | { readonly kind: 'handshake'; readonly json?: unknown; readonly confirm?: string }
  | { readonly kind: 'unreadable' }

type Optional =
  | 'provider_event_id'
  | 'message_id'
  | 'recipient'
  | 'bounce_type'
  | 'reason'
  | 'reject_reason'
  | 'smtp_code'
  | 'enhanced_code'
  | 'url'
  | 'user_agent'
  | 'client_ip'
  | 'tags'
  | 'campaign_id'
  | 'metadata'

/** A MailEvent before it has its id, source and provider. What is absent becomes null or empty. */
export interface Draft extends Readonly<{ [Key in Optional]?: MailEvent[Key] | undefined }> {
  readonly type: MailEvent['type']
  /** The provider's own word. */
  readonly native_type: string
  /** The event's own time in milliseconds since the epoch; `undefined` when the provider gives none. */
  readonly occurredAtMs: number | undefined
  /** What stays the same when the ESP sends this event again; never a retry's own facts. */
  readonly identity: readonly IdentityPart[]
}
