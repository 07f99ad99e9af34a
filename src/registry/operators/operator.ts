/** Operators of Postern. Types only: the console imports these. */

/** Each role may do all that the previous ones may. */
export type Role = 'viewer' | 'operator' | 'admin'

/** An authenticated operator. */
export interface Identity {
  /** Name of their token, as its creator entered it; absent without a token. */
  readonly name?: string
  /** `admin`, `token:<id>`, `access:<email>`; as in the audit log. */
  readonly actor: string
  readonly role: Role
  /** Sources that they can see; null for all. */
  readonly sources: readonly string[] | null
}

/** A credential as the console received it. Hashes are hex of SHA-256. */
export type IdentityClaim =
  | { readonly kind: 'token'; readonly id: string; readonly hash: string }
  /** The Worker's `ADMIN_TOKEN`. */
  | { readonly kind: 'admin'; readonly hash: string }
  /** Neither the form of a token nor the `ADMIN_TOKEN`. */
  | { readonly kind: 'none' }

/** From where, through which channel and when a credential is presented. */
export interface LoginAttempt {
  /** The client's network, as text. */
  readonly client: string
  readonly channel: 'api' | 'login'
  readonly atMs: number
}

export type Identified =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly code: 'wrong' | 'expired' | 'revoked' }
  /** Too many failed attempts. */
  | { readonly ok: false; readonly code: 'wait'; readonly seconds: number }

/** A token that the console generated: the registry never sees its text. */
export interface NewToken {
  readonly id: string
  readonly hash: string
  /** In the operator's words. */
  readonly name: string
  readonly role: Role
  readonly sources: readonly string[] | null
  readonly expiresAtMs: number
}

export interface TokenView extends Omit<NewToken, 'hash'> {
  /** The actor who made it, as in the audit log. */
  readonly createdBy: string
  readonly createdAtMs: number
  /** Precise to an hour; null if the token was never used. */
  readonly lastUsedAtMs: number | null
  readonly revokedAtMs: number | null
}

/** A session on the pages. */
export interface NewSession {
  /** Hex of SHA-256 of what the cookie holds. */
  readonly hash: string
  readonly identity: Identity
  /** The session ends when this is revoked: `admin:<hash>`, `token:<id>`, `access:<email>`. */
  readonly credential: string
  readonly endsAtMs: number
}

export interface SessionView extends Identity {
  /** The first digits of its hash. */
  readonly id: string
  readonly beganAtMs: number
  readonly endsAtMs: number
}

/** The result of retiring the `ADMIN_TOKEN`. */
export interface RetiredAdminToken {
  /** Tokens that were valid until now, and come from it: it made them, or others that come from it. Not whoever asks. */
  readonly tokens: readonly TokenView[]
  /** Whether these tokens are revoked now. */
  readonly isEnded: boolean
  readonly sessionsEnded: number
}
