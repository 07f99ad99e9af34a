/**
 * The credentials that a delivery presents, as data. A provider names the scheme, the secret slots and the signed bytes;
 * `gateway/authenticate/` verifies them. Nothing in this file is verified yet.
 */
import type { Bytes } from '../../platform/bytes.ts'

export type Encoding = 'hex' | 'base64' | 'base64url'

interface Covered {
  /** The secret slots whose keys may verify it. Every key in them is tried, up to the scheme's limit. */
  readonly slots: readonly string[]
  /** When the sender signed, in Unix seconds; absent if the scheme signs no time. */
  readonly signedAtSeconds?: number | undefined
  /**
   * Bytes that identify this delivery: those that the signature covers, or the body if nothing is signed. The replay claim is computed from
   * it. Never use the signature's own bytes: some schemes have several valid signatures for one message.
   */
  readonly identity: readonly Uint8Array[]
  /**
   * True if the signature covers the whole body. If it does not (credentials; Mailgun's time and token), a body that cannot
   * be read at all is refused and not quarantined: nothing proves who wrote it.
   */
  readonly coversBody: boolean
  /** The identity is valid for one body only. A second body under it is an attack (Mailgun's token). */
  readonly singleUse?: boolean
  /**
   * Reads the time of signing from the signed bytes, for schemes where parsing them costs more than verifying them. Called
   * only after verification, in place of `signedAtSeconds`. It may still find that something is malformed or missing.
   */
  readonly signedAtOnceVerified?: () => number | NoCredentials
  /** Header values that the signature covers, by lower-case name. The provider reads them after verification. */
  readonly verifiedHeaders?: ReadonlyMap<string, string>
}

interface Signed extends Covered {
  /** Signatures as received. One that verifies is enough: senders sign twice while they rotate keys. */
  readonly signatures: readonly { readonly text: string; readonly encoding: Encoding }[]
  /** The signed bytes, in parts. */
  readonly signed: readonly Uint8Array[]
}

export interface HmacCredentials extends Signed {
  readonly scheme: 'hmac'
  readonly hash: 'SHA-1' | 'SHA-256' | 'SHA-512'
  /**
   * With SHA-256 only. Set if the vendor does not document whether the key is the secret's text or the bytes that it encodes
   * in base64. Both are tried. That is safe: anyone who knows one of them knows the other.
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
/** One signature of RFC 9421. */
export interface HttpSignature {
  /** Base64. */
  readonly text: string
  /** The signature base. */
  readonly signed: Uint8Array
  readonly keyId: string | undefined
  readonly createdSeconds: number
  readonly expiresAtSeconds: number | undefined
}
/** HTTP message signatures with Ed25519 over the digest of the body. One signature that verifies is enough. */
export interface HttpSignatureCredentials extends Covered {
  readonly scheme: 'http-signature'
  /** Signatures that cover the digest. */
  readonly signatures: readonly HttpSignature[]
  /** Of the body, as presented, in base64. All must be right. */
  readonly digests: readonly { readonly hash: 'SHA-256' | 'SHA-512'; readonly text: string }[]
  readonly body: Bytes
  /** Set if a vendor signs for all of its customers. Then the slots list accounts, and the vendor publishes the keys. */
  readonly shared?:
    | {
        /** The URL that answers with `{key}`, without the key's id at its end. */
        readonly keyUrl: string
        /** Reads whose events are in the body. Called only after verification: the body may be large. */
        readonly accounts: () => readonly (string | undefined)[]
      }
    | undefined
}
/** The header's list as received (`v1,… v1a,…`); the scheme picks what it can verify. */
export interface StandardWebhooksCredentials extends Covered {
  readonly scheme: 'standard-webhooks'
  readonly signatures: string
  readonly signed: readonly Uint8Array[]
}
/** MD5 of the body in which the field's value is replaced by the key. No RFC defines it; Unisender Go documents it. */
export interface Md5InBodyCredentials extends Covered {
  readonly scheme: 'md5-in-body'
  readonly digest: string
  /** The body before and after the digest. */
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
/** RSA under a key that all customers of Alibaba's EventBridge share, plus the source's own token, which is in the slots. */
export interface AlibabaEventBridgeCredentials extends Covered {
  readonly scheme: 'alibaba-eventbridge'
  /** Base64. */
  readonly signature: string
  readonly certificateUrl: string
  readonly token: string
  /** The texts that may have been signed, each in parts. One that verifies is enough. */
  readonly readings: readonly (readonly Uint8Array[])[]
}
/** A secret sent in the clear: API key, bearer token, secret in a query parameter or header. */
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
  /** The `Authorization` header as received. */
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
  | HttpSignatureCredentials
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

/** The delivery does not present what the scheme needs. */
export interface NoCredentials {
  readonly scheme: 'none'
  readonly problem: 'header_missing' | 'proof_missing' | 'proof_malformed'
  /** The header or field, by name. */
  readonly field: string
}

/** The credentials of a delivery, or what it lacks of them. */
export type Presented = PresentedCredentials | NoCredentials

export const lacks = (problem: NoCredentials['problem'], field: string): NoCredentials => ({
  scheme: 'none',
  problem,
  field,
})

/** The query of a URL, read-only, since all deliveries without a query share one object. */
export type Query = Pick<URLSearchParams, 'get' | 'getAll' | 'has' | 'toString' | typeof Symbol.iterator>

/** A request as providers and schemes read it. Nothing in it is verified yet. */
export interface Delivery {
  readonly method: string
  /** The URL that the sender calls: the source's `publicUrl` if set, else as requested; with the request's query. */
  readonly url: string
  readonly query: Query
  readonly headers: Headers
  /** The bytes as received, after gzip is undone. */
  readonly body: Bytes
  readonly client: ClientFacts
}

/** Part of a delivery that is known before the body has arrived. */
export type DeliveryHead = Omit<Delivery, 'body'>

/** Facts about the connection that Cloudflare's edge reports. */
export interface ClientFacts {
  /** Only ever `CF-Connecting-IP`; null if absent. */
  readonly address: string | null
  readonly country: string | null
  readonly asn: number | null
  readonly https: boolean
  /** `TLSv1.3`, for example; null on plain HTTP. */
  readonly tlsVersion: string | null
  readonly certificate: ClientCertificate | null
}

export interface ClientCertificate {
  readonly verified: string
  readonly revoked: boolean
  readonly sha256: string
}
