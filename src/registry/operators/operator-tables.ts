/** The registry's tables of tokens and sessions, and the retired values of `ADMIN_TOKEN`. All are stored as hashes. */
import type { Identity, NewSession, NewToken, Role, SessionView, TokenView } from './operator.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

type TokenRow = {
  id: string
  hash: string
  name: string
  role: Role
  sources: string | null
  created_by: string
  created_at: number
  expires_at: number
  last_used_at: number | null
  revoked_at: number | null
}

type SessionRow = {
  hash: string
  actor: string
  role: Role
  sources: string | null
  credential: string
  began_at: number
  ends_at: number
}

export type StoredToken = TokenView & Pick<NewToken, 'hash'>
/** The part of a backup that is about operators. Sessions are not backed up. */
export interface OperatorsBackup {
  readonly tokens: readonly StoredToken[]
  readonly retiredAdminTokens: readonly string[]
}
export type StoredSession = Identity & { readonly credential: string; readonly endsAtMs: number }

const ENDED_AT = 'min(expires_at, coalesce(revoked_at, expires_at))'

/** Retired values of `ADMIN_TOKEN` that are stored. */
const RETIRED_MAX = 100

/** Digits of a session's hash that identify it in lists. They are too few to log in with. */
const SESSION_ID_DIGITS = 16

export const sessionIdOf = (hash: string): string => hash.slice(0, SESSION_ID_DIGITS)

const TABLE_STEPS = [
  `CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,             -- hex of SHA-256 of the whole token
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    sources TEXT,                   -- JSON array; null for all
    created_by TEXT NOT NULL,       -- the actor, as in the audit log
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
  ) WITHOUT ROWID;
  CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,          -- hex of SHA-256 of what the cookie holds
    actor TEXT NOT NULL,
    role TEXT NOT NULL,
    sources TEXT,
    credential TEXT NOT NULL,       -- the session ends with it
    began_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
  ) WITHOUT ROWID`,
]

export class OperatorTables {
  readonly #sql: SqlStorage
  readonly #kv: SyncKvStorage

  constructor(storage: TableStorage & { readonly kv: SyncKvStorage }) {
    this.#sql = storage.sql
    this.#kv = storage.kv
    makeTables(storage, 'operators', TABLE_STEPS)
  }

  token(id: string): StoredToken | undefined {
    const [row] = this.#sql.exec<TokenRow>('SELECT * FROM tokens WHERE id = ?', id).toArray()
    return row === undefined ? undefined : tokenOf(row)
  }

  tokens(): StoredToken[] {
    return this.#sql
      .exec<TokenRow>('SELECT * FROM tokens ORDER BY created_at DESC, id')
      .toArray()
      .map(tokenOf)
  }

  addToken({ id, hash, name, role, sources, expiresAtMs }: NewToken, createdBy: string, nowMs: number): void {
    this.#sql.exec(
      'INSERT INTO tokens (id, hash, name, role, sources, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      hash,
      name,
      role,
      listText(sources),
      createdBy,
      nowMs,
      expiresAtMs,
    )
  }

  setLastUsed(id: string, atMs: number): void {
    this.#sql.exec('UPDATE tokens SET last_used_at = ? WHERE id = ?', atMs, id)
  }

  revokeToken(id: string, atMs: number): void {
    this.#sql.exec('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', atMs, id)
  }

  /** Tokens that are valid, or ended at that time or later. */
  countTokens(endedSinceMs: number): number {
    return this.#sql
      .exec<{ count: number }>(`SELECT count(*) AS count FROM tokens WHERE ${ENDED_AT} >= ?`, endedSinceMs)
      .one().count
  }

  /** Except those that made others which are stored: so it stays known from whom a token comes. */
  deleteTokensEndedBefore(ms: number): void {
    this.#sql.exec(
      `DELETE FROM tokens WHERE ${ENDED_AT} < ?
       AND NOT EXISTS (SELECT 1 FROM tokens AS made WHERE made.created_by = 'token:' || tokens.id)`,
      ms,
    )
  }

  session(hash: string): StoredSession | undefined {
    const [row] = this.#sql.exec<SessionRow>('SELECT * FROM sessions WHERE hash = ?', hash).toArray()
    return row === undefined
      ? undefined
      : { ...identityOf(row), credential: row.credential, endsAtMs: row.ends_at }
  }

  sessions(atMs: number): (SessionView & { readonly hash: string; readonly credential: string })[] {
    return this.#sql
      .exec<SessionRow>('SELECT * FROM sessions WHERE ends_at > ? ORDER BY began_at DESC, hash', atMs)
      .toArray()
      .map((row) => ({
        ...identityOf(row),
        hash: row.hash,
        credential: row.credential,
        id: sessionIdOf(row.hash),
        beganAtMs: row.began_at,
        endsAtMs: row.ends_at,
      }))
  }

  addSession({ hash, identity, credential, endsAtMs }: NewSession, nowMs: number): void {
    this.#sql.exec(
      'INSERT INTO sessions (hash, actor, role, sources, credential, began_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      hash,
      identity.actor,
      identity.role,
      listText(identity.sources),
      credential,
      nowMs,
      endsAtMs,
    )
  }

  /** Deletes ended sessions, and the oldest of a credential if it has too many. */
  trimSessions(credential: string, atMs: number, keep: number): void {
    this.#sql.exec(
      `DELETE FROM sessions WHERE ends_at <= ?1 OR hash IN (
         SELECT hash FROM sessions WHERE credential = ?2 AND ends_at > ?1
         ORDER BY began_at DESC, hash LIMIT -1 OFFSET ?3)`,
      atMs,
      credential,
      keep,
    )
  }

  endSession(hash: string): void {
    this.#sql.exec('DELETE FROM sessions WHERE hash = ?', hash)
  }

  endSessionsOf(credential: string): void {
    this.#sql.exec('DELETE FROM sessions WHERE credential = ?', credential)
  }

  retiredAdminTokens(): readonly string[] {
    return this.#kv.get<string[]>('retired_admin_tokens') ?? []
  }

  setRetiredAdminTokens(hashes: readonly string[]): void {
    this.#kv.put('retired_admin_tokens', hashes.slice(-RETIRED_MAX))
  }

  /**
   * Within a transaction. What was revoked or retired since the backup stays so. A token that the backup does not have was made for
   * sources of now: it does not open those that come back under their names.
   */
  restore({ tokens, retiredAdminTokens }: OperatorsBackup, comeBack: ReadonlySet<string>): void {
    const known = new Set(tokens.map(({ id }) => id))
    for (const { id, sources } of this.tokens()) {
      if (known.has(id) || sources === null) continue
      const left = sources.filter((name) => !comeBack.has(name))
      this.#sql.exec('UPDATE tokens SET sources = ? WHERE id = ?', listText(left), id)
    }
    for (const token of tokens) {
      if (this.token(token.id) !== undefined) continue
      this.addToken(token, token.createdBy, token.createdAtMs)
      if (token.lastUsedAtMs !== null) this.setLastUsed(token.id, token.lastUsedAtMs)
      if (token.revokedAtMs !== null) this.revokeToken(token.id, token.revokedAtMs)
    }
    this.setRetiredAdminTokens([...new Set([...retiredAdminTokens, ...this.retiredAdminTokens()])])
  }
}

const listText = (list: readonly string[] | null): string | null =>
  list === null ? null : JSON.stringify(list)

const listOf = (text: string | null): readonly string[] | null =>
  text === null ? null : (JSON.parse(text) as string[])

const tokenOf = (row: TokenRow): StoredToken => ({
  id: row.id,
  hash: row.hash,
  name: row.name,
  role: row.role,
  sources: listOf(row.sources),
  createdBy: row.created_by,
  createdAtMs: row.created_at,
  expiresAtMs: row.expires_at,
  lastUsedAtMs: row.last_used_at,
  revokedAtMs: row.revoked_at,
})

const identityOf = ({ actor, role, sources }: SessionRow): Identity => ({
  actor,
  role,
  sources: listOf(sources),
})
