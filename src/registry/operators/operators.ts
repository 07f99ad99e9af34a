/** Who may operate Postern, as the registry and the console speak of it. Types only: the console imports these. */
import type { Who } from '../audit/entry.ts'

/** What somebody may do; each may do all that the ones before it may. */
export type Role = 'viewer' | 'operator' | 'admin'

/** Who somebody turned out to be. */
export interface Identity {
  /** `admin`, `token:<id>`, `access:<email>`; as in the audit log. */
  readonly actor: string
  readonly role: Role
  /** Sources that exist for them; null for all. */
  readonly sources: readonly string[] | null
}

/** A credential as the console found it. Hashes are hex of SHA-256. */
export type IdentityClaim =
  | { readonly kind: 'token'; readonly id: string; readonly hash: string }
  /** It is the Worker's `ADMIN_TOKEN`. */
  | { readonly kind: 'admin'; readonly hash: string }
  /** It is nothing that we ever gave out. */
  | { readonly kind: 'none' }

/** From where, at which door and when somebody presents it. */
export interface LoginAttempt {
  /** The client's network, as text. */
  readonly client: string
  readonly door: 'api' | 'login'
  readonly atMs: number
}

export type Identified =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly code: 'wrong' | 'expired' | 'revoked' }
  /** Too many wrong ones came from there. */
  | { readonly ok: false; readonly code: 'wait'; readonly seconds: number }

/** A token that was made in the console: the registry never sees its text. */
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
  readonly createdAtMs: number
  /** Within the hour; null when it never was. */
  readonly lastUsedAtMs: number | null
  readonly revokedAtMs: number | null
}

/** A log-in on the pages. */
export interface NewSession {
  /** Hex of SHA-256 of what the cookie holds. */
  readonly hash: string
  readonly identity: Identity
  /** What the session lives and dies with: `admin:<hash>`, `token:<id>`, `access:<email>`. */
  readonly credential: string
  readonly endsAtMs: number
}

export interface SessionView extends Identity {
  /** The beginning of its hash. */
  readonly id: string
  readonly beganAtMs: number
  readonly endsAtMs: number
}

/** The calls about operators. Those that change something leave a line in the audit log in the same transaction. */
export interface OperatorsApi {
  /** Judges a credential, and counts a wrong one against the client's network. */
  identify(claim: IdentityClaim, attempt: LoginAttempt): Promise<Identified>
  /**
   * Whose session it is; null when it is over, was ended, or its token is not good any more.
   *
   * @param adminHash of the Worker's present `ADMIN_TOKEN`: sessions of an older one are over
   */
  session(hash: string, adminHash: string, atMs: number): Promise<Identity | null>
  /** False when there are too many. */
  createToken(token: NewToken, who: Who): Promise<boolean>
  /** The newest first; those that are long over are forgotten. */
  tokens(): Promise<TokenView[]>
  /** Ends its sessions, too. Null when there is none of this id; one that was revoked already stays as it is. */
  revokeToken(id: string, who: Who): Promise<TokenView | null>
  beginSession(session: NewSession, who: Who): Promise<void>
  sessions(atMs: number): Promise<SessionView[]>
  /** @param id of a session, its whole hash, or `all`. @returns how many ended */
  endSessions(id: string, who: Who, atMs: number): Promise<number>
  /**
   * The Worker's `ADMIN_TOKEN` is not taken any more; a new value of it is.
   *
   * @param otherAdmins whether people come in as admins without a token
   * @returns false when nobody else could administrate
   */
  retireAdminToken(hash: string, otherAdmins: boolean, who: Who, atMs: number): Promise<boolean>
}
