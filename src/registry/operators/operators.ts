/** Operators of Postern. Types only: the console imports these. */
import type { Who } from '../audit/entry.ts'

/** Each role may do all that the previous ones may. */
export type Role = 'viewer' | 'operator' | 'admin'

/** An authenticated operator. */
export interface Identity {
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

/** The calls about operators. A change writes its line of the audit log in the same transaction. */
export interface OperatorsApi {
  /** Verifies a credential, and counts a wrong one against the client's network. */
  identify(claim: IdentityClaim, attempt: LoginAttempt): Promise<Identified>
  /**
   * Whose session it is; null when it has ended, or its token is no longer valid.
   *
   * @param adminHash of the Worker's current `ADMIN_TOKEN`: sessions of an older one have ended
   */
  session(hash: string, adminHash: string, atMs: number): Promise<Identity | null>
  /** False when there are too many. */
  createToken(token: NewToken, who: Who): Promise<boolean>
  /** The newest first. Those that ended 90 days ago are deleted. */
  tokens(): Promise<TokenView[]>
  /** Ends its sessions, too. Null if there is no such token. A token that is revoked already does not change. */
  revokeToken(id: string, who: Who): Promise<TokenView | null>
  beginSession(session: NewSession, who: Who): Promise<void>
  sessions(atMs: number): Promise<SessionView[]>
  /** @param id of a session, its whole hash, or `all`. @returns how many ended */
  endSessions(id: string, who: Who, atMs: number): Promise<number>
  /**
   * Refuses the Worker's `ADMIN_TOKEN` from now on, until it has a new value, and ends its sessions.
   *
   * @param otherAdmins whether there are admins who log in without a token
   * @param endWhatItMade whether tokens that come from it end with it, with their sessions
   * @returns null if there would be no admin left
   */
  retireAdminToken(
    hash: string,
    wanted: { readonly otherAdmins: boolean; readonly endWhatItMade: boolean },
    who: Who,
    atMs: number,
  ): Promise<RetiredAdminToken | null>
}
