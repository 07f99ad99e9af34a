/**
 * What a delivery presents as proof, as data. A provider says which scheme, which secret slots and which bytes;
 * `gateway/authenticate/` does the verifying. Nothing in here has been verified yet.
 */
import type { Bytes } from '../platform/bytes.ts'

export type Encoding = 'hex' | 'base64' | 'base64url'

interface Covered {
  /** Names of the secret slots whose keys may verify it; every key in them is attempted, up to the scheme's limit. */
  readonly slots: readonly string[]
  /** When the sender signed, in Unix seconds; absent where the scheme signs no time. */
  readonly signedAtSeconds?: number | undefined
  /**
   * What makes this delivery itself and no other: bytes that the proof covers, or where nothing is signed, the body.
   * The replay claim is made of it. Never of the signature's own bytes: some schemes have several valid ones.
   */
  readonly identity: readonly Uint8Array[]
  /**
   * True where the proof covers the whole body. Where it does not (credentials; Mailgun's time and token), a body that
   * cannot be read at all is refused instead of kept: nobody vouches for it.
   */
  readonly coversBody: boolean
  /** The identity may be used for one body only; with another it is an attack (Mailgun's token). */
  readonly singleUse?: boolean
  /**
   * In place of that, where the signed bytes say it and to read them costs more than to prove them: asked once the proof holds.
   * It may still find that something is wrong or missing.
   */
  readonly signedAtOnceVerified?: () => number | NoCredentials
  /** Header values that the proof covers, by lower-case name: once verified, the provider reads them (Standard Webhooks' id). */
  readonly verifiedHeaders?: ReadonlyMap<string, string>
}

interface Signed extends Covered {
  /** Signatures as they came; any one that verifies is enough (senders sign twice while they rotate). */
  readonly signatures: readonly { readonly text: string; readonly encoding: Encoding }[]
  /** The signed bytes, in parts. */
  readonly signed: readonly Uint8Array[]
}

export interface HmacCredentials extends Signed {
  readonly scheme: 'hmac'
  readonly hash: 'SHA-1' | 'SHA-256' | 'SHA-512'
  /**
   * With SHA-256: set where no page says whether a secret's text is the key or the bytes that it is the base64 of. Both are
   * attempted, which lets in nobody else: who knows the one knows the other.
   */
  readonly keyMayBeBase64?: true
}
export interface EcdsaCredentials extends Signed {
  readonly scheme: 'ecdsa'
  readonly format: 'der' | 'p1363'
}
export interface RsaCredentials extends Signed {
  readonly scheme: 'rsa'
  readonly hash: 'SHA-1' | 'SHA-256'
}
export interface Ed25519Credentials extends Signed {
  readonly scheme: 'ed25519'
}
/** The header's list as it came (`v1,… v1a,…`); the scheme picks what it can verify. */
export interface StandardWebhooksCredentials extends Covered {
  readonly scheme: 'standard-webhooks'
  readonly signatures: string
  readonly signed: readonly Uint8Array[]
}
/** RFC-less but documented: MD5 of the body in which the field's value is replaced by the key (Unisender Go). */
export interface Md5InBodyCredentials extends Covered {
  readonly scheme: 'md5-in-body'
  readonly digest: string
  /** The body before and after the digest's place. */
  readonly before: Uint8Array
  readonly after: Uint8Array
}
export interface SnsCredentials extends Covered {
  readonly scheme: 'sns'
  readonly version: string
  readonly signature: string
  readonly certificateUrl: string
  readonly topicArn: string
  readonly signed: readonly Uint8Array[]
}
/** RSA under a key that all customers of Alibaba's EventBridge share, and the source's own token, which is in the slots. */
export interface AlibabaEventBridgeCredentials extends Covered {
  readonly scheme: 'alibaba-eventbridge'
  /** In base64. */
  readonly signature: string
  readonly certificateUrl: string
  readonly token: string
  /** What may have been signed, each in parts; any one that verifies is enough. */
  readonly readings: readonly (readonly Uint8Array[])[]
}
/** A secret presented as it is: API key, bearer token, secret in a query parameter or header. */
export interface SharedSecretCredentials extends Covered {
  readonly scheme: 'shared-secret'
  readonly presented: string
}
/** Several named values that must all be right: custom headers, query parameters. `slots` hold name→value maps. */
export interface NamedValuesCredentials extends Covered {
  readonly scheme: 'named-values'
  readonly presented: (name: string) => string | null
}
export interface BasicCredentials extends Covered {
  readonly scheme: 'basic'
  /** The `Authorization` header as it came. */
  readonly authorization: string
}
export interface JwtCredentials extends Covered {
  readonly scheme: 'jwt'
  readonly token: string
}
export interface OAuth2Credentials extends Covered {
  readonly scheme: 'oauth2'
  readonly token: string
}
export interface MutualTlsCredentials extends Covered {
  readonly scheme: 'mutual-tls'
}

export type PresentedCredentials =
  | HmacCredentials
  | EcdsaCredentials
  | RsaCredentials
  | Ed25519Credentials
  | StandardWebhooksCredentials
  | Md5InBodyCredentials
  | SnsCredentials
  | AlibabaEventBridgeCredentials
  | SharedSecretCredentials
  | NamedValuesCredentials
  | BasicCredentials
  | JwtCredentials
  | OAuth2Credentials
  | MutualTlsCredentials

export type SchemeName = PresentedCredentials['scheme']

/** The delivery does not even present what the scheme needs. */
export interface NoCredentials {
  readonly scheme: 'none'
  readonly problem: 'header_missing' | 'proof_missing' | 'proof_malformed'
  /** The header or field, by name. */
  readonly field: string
}

export const lacks = (problem: NoCredentials['problem'], field: string): NoCredentials => ({
  scheme: 'none',
  problem,
  field,
})

/** The query of a URL, to look at: deliveries without one share it. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll' | 'has' | 'toString' | typeof Symbol.iterator>

/** What the scheme reads, before anything of it is believed. */
export interface Delivery {
  readonly method: string
  /** The URL that the sender was given: the source's `publicUrl` where set, else as requested; with the request's query. */
  readonly url: string
  readonly query: Query
  readonly headers: Headers
  /** The bytes as they came, gzip undone. */
  readonly body: Bytes
  readonly client: ClientFacts
}

/** What is there before the body has come. */
export type DeliveryHead = Omit<Delivery, 'body'>

/** What the edge says of the connection. */
export interface ClientFacts {
  /** `CF-Connecting-IP` and nothing else; null when absent. */
  readonly address: string | null
  readonly country: string | null
  readonly asn: number | null
  readonly https: boolean
  /** For instance `TLSv1.3`; null on plain HTTP. */
  readonly tlsVersion: string | null
  readonly certificate: ClientCertificate | null
}

export interface ClientCertificate {
  readonly verified: string
  readonly revoked: boolean
  readonly sha256: string
}
