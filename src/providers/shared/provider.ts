/** The contract of one ESP as data and pure functions: how a delivery is verified, and what its payload means. */
import type { NativeCause } from '../../event/cause/cause-of.ts'
import type { IdentityPart } from '../../event/identity.ts'
import type { EventType, MailEvent } from '../../event/mail-event.ts'
import type { Bytes } from '../../platform/bytes.ts'
import { isObject, parseJson } from '../../platform/json.ts'
import type { Delivery, Presented, Query } from './presented-credentials.ts'
import type { SecretKind } from './secret-kinds.ts'
import { API_SLOT, WITH_API } from './slots.ts'

export interface Provider {
  /** The name in source documents and the file's name: `sendgrid`. */
  readonly name: string
  /** The name that people know: `SendGrid`. */
  readonly title: string
  /** HTTP methods that the ESP uses; anything else is 405. `HEAD`, `GET` and `OPTIONS` count only where listed. */
  readonly methods: readonly HttpMethod[]
  /** Media types of its deliveries, lower case, without parameters; `'any'` if none is checked. */
  readonly contentTypes: readonly string[] | 'any'
  /** Secret slots of the source document and what each must hold. A slot takes one value or a list (rotation). */
  readonly secrets: Readonly<Record<string, SecretKind>>
  /**
   * Slots whose text the operator chooses and gives to the sender, so Postern can generate it. Slots for Basic credentials
   * and named values always belong to them; the ESP makes any other text.
   */
  readonly generated?: readonly string[]
  /** The ways in which the ESP can be verified, strongest first. Used: those for which the source holds a secret. */
  readonly authMethods: readonly AuthMethod[]
  /**
   * The replay window of a source that sets none, in seconds: the maximum age of a signature and the minimum time that a
   * claim is remembered. If the ESP retries with the old signature, this is its retry span plus a margin.
   */
  readonly replayWindowSeconds: number
  /** Settings of the source document that only this provider takes, see `SourceSettings`. */
  readonly settings?: readonly ('signature' | 'jwt' | 'provisioner')[]
  /** The size of a full batch of this ESP, if 1 MiB is too little; used when the source sets no `maxBodyBytes`. */
  readonly maxBodyBytes?: number
  /** Networks that the ESP publishes, used when the source sets no `allowedIps`. */
  readonly publishedNetworks?: readonly string[]
  /** Networks that the ESP is said to publish, for `allowedIps`. They decide nothing until a person enters them. */
  readonly offeredNetworks?: readonly string[]
  /** Status codes that this ESP needs, where they differ from the defaults in `gateway/respond.ts`. */
  readonly statuses?: ProviderStatuses
  /**
   * The ESP gives up a webhook after any error, but retries after a timeout. So the answer to a verified delivery that cannot be
   * accepted now is held back for longer than the ESP waits.
   */
  readonly holdsTemporaryRefusals?: true
  /** Answers the request that validates a URL before any delivery (HEAD, GET, OPTIONS). It verifies and changes nothing. */
  readonly answerValidation?: (delivery: Delivery) => ValidationAnswer | undefined
  /** The request without which the ESP saves no webhook, and which no secret of the source can verify. */
  readonly firstCall?: FirstCall
  /**
   * Set if the ESP itself names no recipient in events of some types: which, and why, as a person reads it while she sets up a source. Such
   * an event is as it should be.
   */
  readonly nameless?: { readonly types: readonly EventType[] | 'all'; readonly why: string }
  /** Splits a verified delivery into native items. It never throws: any bytes give a result. */
  readonly open: (body: VerifiedBytes) => Opened
  /**
   * Reads one native item into drafts: several for an item about several recipients, an empty list for an item that is no message event and
   * may be dropped (a handshake inside a batch), and `undefined` for an item that it cannot read. It may throw: then
   * only that item is quarantined.
   */
  readonly read: (item: unknown, body: VerifiedBytes) => readonly Draft[] | undefined
}

/** One JSON object as one item. */
export const openObject = (body: VerifiedBytes): Opened => {
  const parsed = parseJson(body.bytes)
  return isObject(parsed) ? { kind: 'items', items: [parsed] } : { kind: 'unreadable' }
}

/** Fields that most ESPs have in common. */
const USUAL = { methods: ['POST'], contentTypes: ['application/json'], open: openObject } as const
type Usual = keyof typeof USUAL

/** A provider that is called by POST with one event as a JSON object, unless it says otherwise. It has a slot for the key of the ESP's API, if Postern uses that. */
export const provider = (own: Omit<Provider, Usual> & Partial<Pick<Provider, Usual>>): Provider => ({
  ...USUAL,
  ...own,
  ...(WITH_API.has(own.name) && {
    secrets: { ...own.secrets, [API_SLOT]: 'text' },
    settings: [...(own.settings ?? []), 'provisioner'],
  }),
})

export type HttpMethod = 'POST' | 'GET' | 'HEAD' | 'OPTIONS' | 'PUT'

export interface AuthMethod {
  /** The name in `auth.methods`: `signature`, `basic`, `api_key` … */
  readonly name: string
  /** Slots of which at least one must hold a secret for the method to be usable. */
  readonly slots: readonly string[]
  /**
   * Extent of the credentials: the whole body, a part of it (a time and a token), or nothing. With `nothing`, anyone who has seen one
   * request can forge others. It decides a source's default level, see `registry/sources/default-strictness.ts`.
   */
  readonly covers: 'body' | 'part' | 'nothing'
  /** Claims that the source's `jwt` must require, since other customers of the issuer have tokens under the same keys. */
  readonly needsJwt?: readonly ('issuer' | 'audience')[]
  /**
   * Credentials that the delivery presents. Never throws, for any headers and bytes. Reads the body only if the head is complete: it is
   * also called before the body has arrived, and anything missing by then refuses the delivery.
   */
  readonly credentials: (delivery: Delivery, settings: SourceSettings) => Presented
}

/** The settings of a source that a provider may read. */
export interface SourceSettings {
  /** Generic sources: the signature that the operator describes. */
  readonly signature?: SignatureSetting | undefined
  readonly jwt?: JwtSetting | undefined
  /** The URL that the sender calls, if the operator set it. */
  readonly publicUrl?: string | undefined
}

/** How a sender signs, as the operator describes it in the source's `signature`. */
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
  /** Not verified. A wrong setting on our side looks the same, so prefer a status that the ESP retries. */
  readonly unverified?: number
  /** A retry cannot help: too large, token already used. */
  readonly permanent?: number
  /** Temporary: a dependency of ours is down, or a copy is in flight. */
  readonly passing?: number
  readonly rateLimited?: number
}

export interface ValidationAnswer {
  readonly status: 200 | 204
  readonly headers?: Readonly<Record<string, string>>
  readonly text?: string
}

/** A request that is answered with 200 while a person has the set-up of its source open, and read no further. */
export interface FirstCall {
  /** Name of its kind, as people are shown it. */
  readonly kind: string
  /** Whether a request has exactly its form. Never throws, for any headers and bytes. */
  readonly hasForm: (delivery: Delivery) => boolean
  /** Secret that the ESP publishes and signs this request with, by an HMAC of its auth method. It verifies nobody. */
  readonly publishedSecret?: string
}

/** A verified delivery as the provider reads it. */
export interface VerifiedBytes {
  readonly bytes: Bytes
  /** The whole header, which a multipart boundary needs; null if the delivery has none. */
  readonly contentType: string | null
  readonly query: Query
  /** Only headers that the signature covers, by lower-case name (Standard Webhooks' id). */
  readonly verifiedHeaders: ReadonlyMap<string, string>
}

export type Opened =
  /** Native items. An empty list is a test ping or an empty batch, which is acknowledged. */
  | { readonly kind: 'items'; readonly items: readonly unknown[] }
  /** A verified handshake: the answer, and the URL to call to confirm it (built here, never taken from the body). */
  | { readonly kind: 'handshake'; readonly json?: unknown; readonly confirm?: string }
  | { readonly kind: 'unreadable' }

/** Fields that every event has, or that the gateway fills in. */
type Given =
  | 'id'
  | 'type'
  | 'native_type'
  | 'source'
  | 'provider'
  | 'occurred_at'
  | 'received_at'
  | 'automated_by'
  | 'cause'
  | 'cause_detail'
type Optional = Exclude<keyof MailEvent, Given>

/**
 * A MailEvent before it has its id, source and provider. Absent fields become null or empty. A `recipient` that is null already says that the
 * ESP names nobody here by its nature, or several people; an absent one should have been there.
 */
export interface Draft extends Readonly<{ [Key in Optional]?: MailEvent[Key] | undefined }> {
  readonly type: MailEvent['type']
  /** The provider's own name of the event type. */
  readonly native_type: string
  /** The event's own time in milliseconds since the epoch; `undefined` if the provider gives none. */
  readonly occurredAtMs: number | undefined
  /** Values that stay the same when the ESP sends this event again. Facts of a single attempt do not belong here. */
  readonly identity: readonly IdentityPart[]
  /** Why it failed, in the ESP's own classes. */
  readonly cause?: NativeCause | undefined
  /** Whether the native type alone says `automated`. */
  readonly isNamedAutomated?: true | undefined
}

/** Meaning of a native type. */
export type Meaning = Pick<Draft, 'type' | 'bounce_type' | 'reject_reason'>
