/** The calls about operators: tokens, sessions and log-ins. A change writes its line of the audit log in the same transaction. */
import { RpcTarget } from 'cloudflare:workers'
import type { JsonObject } from '../../platform/json.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import { DAY_MS, HOUR_MS, toInstant } from '../../platform/time.ts'
import type { AuditDraft, Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import { FailedAttempts } from './attempts.ts'
import type {
  IdentityClaim,
  Identified,
  Identity,
  LoginAttempt,
  NewSession,
  NewToken,
  RetiredAdminToken,
  SessionView,
  TokenView,
} from './operator.ts'
import { type OperatorTables, type StoredToken, sessionIdOf } from './operator-tables.ts'

/** Precision of the time when a token was last used: one write an hour at most. */
const LAST_USED_PRECISION_MS = HOUR_MS
/** How long expired and revoked tokens are listed. */
const KEEP_ENDED_MS = 90 * DAY_MS
const TOKENS_MAX = 1_000
/** Sessions of one credential. The oldest end first: somebody who logs in endlessly ends only their own sessions. */
const SESSIONS_MAX = 50

export class Operators extends RpcTarget {
  readonly #changes: Changes
  readonly #tables: OperatorTables
  readonly #attempts: FailedAttempts
  readonly #nowMs: () => number

  constructor(changes: Changes, tables: OperatorTables, kv: SyncKvStorage, nowMs: () => number) {
    super()
    this.#changes = changes
    this.#tables = tables
    this.#attempts = new FailedAttempts(kv)
    this.#nowMs = nowMs
  }

  /** Verifies a credential, and counts a wrong one against the client's network. */
  async identify(claim: IdentityClaim, attempt: LoginAttempt): Promise<Identified> {
    const identified = await this.#verify(claim, attempt.atMs)
    // API tokens cannot be guessed at any rate. So failures from other networks never block a valid one.
    const isToken = identified.ok && claim.kind === 'token'
    const seconds = isToken ? this.#attempts.ownWaitSeconds(attempt) : this.#attempts.waitSeconds(attempt)
    if (seconds > 0) return { ok: false, code: 'wait', seconds }
    if (!identified.ok) this.#attempts.failed(attempt)
    else if (claim.kind === 'admin') this.#attempts.succeeded(attempt)
    return identified
  }

  /**
   * Whose session it is; null when it has ended, or its token is no longer valid.
   *
   * @param adminHash of the Worker's current `ADMIN_TOKEN`: sessions of an older one have ended
   */
  async session(hash: string, adminHash: string, atMs: number): Promise<Identity | null> {
    const found = this.#tables.session(hash)
    if (found === undefined || found.endsAtMs <= atMs) return null
    const { credential, actor, role, sources } = found
    const [, kind, name = ''] = /^(\w+):(.+)$/.exec(credential) ?? []
    if (
      kind === 'admin' &&
      (!(await sameSecret(name, adminHash)) || this.#tables.retiredAdminTokens().includes(name))
    )
      return null
    if (kind !== 'token') return { actor, role, sources }
    const token = this.#tables.token(name)
    return isValid(token, atMs) ? { name: token.name, actor, role, sources: this.#openSources(token) } : null
  }

  /** False when there are too many. */
  async createToken(token: NewToken, who: Who): Promise<boolean> {
    const nowMs = this.#nowMs()
    if (this.#tables.countTokens(nowMs - KEEP_ENDED_MS) >= TOKENS_MAX) return false
    const draft = draftOf('token.created', `token/${token.id}`, null, recordOf(token))
    await this.#changes.withAudit(draft, who, () => {
      this.#tables.deleteTokensEndedBefore(nowMs - KEEP_ENDED_MS)
      this.#tables.addToken(token, who.actor, nowMs)
    })
    return true
  }

  /** The newest first. Those that ended 90 days ago are deleted. */
  async tokens(): Promise<TokenView[]> {
    return this.#tables.tokens().map((token) => this.#viewOf(token))
  }

  /** Ends its sessions, too. Null if there is no such token. A token that is revoked already does not change. */
  async revokeToken(id: string, who: Who): Promise<TokenView | null> {
    const token = this.#tables.token(id)
    if (token === undefined) return null
    if (token.revokedAtMs === null) {
      const nowMs = this.#nowMs()
      await this.#changes.withAudit(
        draftOf('token.revoked', `token/${id}`, recordOf(token), null),
        who,
        () => {
          this.#tables.revokeToken(id, nowMs)
          this.#tables.endSessionsOf(`token:${id}`)
        },
      )
    }
    const revoked = this.#tables.token(id)
    return revoked === undefined ? null : this.#viewOf(revoked)
  }

  async beginSession(session: NewSession, who: Who): Promise<void> {
    const nowMs = this.#nowMs()
    const { role, sources } = session.identity
    const after = { role, sources: copyOf(sources), ends_at: toInstant(session.endsAtMs) }
    await this.#changes.withAudit(
      draftOf('session.began', `session/${sessionIdOf(session.hash)}`, null, after),
      who,
      () => {
        this.#tables.addSession(session, nowMs)
        this.#tables.trimSessions(session.credential, nowMs, SESSIONS_MAX)
      },
    )
  }

  async sessions(atMs: number): Promise<SessionView[]> {
    return this.#tables.sessions(atMs).map(({ hash: _hash, credential: _credential, ...view }) => view)
  }

  /** @param id of a session, its whole hash, or `all`. @returns how many ended */
  async endSessions(id: string, who: Who, atMs: number): Promise<number> {
    const open = this.#tables.sessions(atMs)
    const ending =
      id === 'all' ? open : open.filter((one) => one.id === sessionIdOf(id) && one.hash.startsWith(id))
    const [only] = ending
    if (only === undefined) return 0
    const draft =
      id === 'all'
        ? draftOf('sessions.ended', 'sessions', { count: ending.length }, null)
        : draftOf('session.ended', `session/${only.id}`, { actor: only.actor, role: only.role }, null)
    await this.#changes.withAudit(draft, who, () => {
      for (const { hash } of ending) this.#tables.endSession(hash)
    })
    return ending.length
  }

  /**
   * Refuses the Worker's `ADMIN_TOKEN` from now on, until it has a new value, and ends its sessions.
   *
   * @param otherAdmins whether there are admins who log in without a token
   * @param endWhatItMade whether tokens that come from it end with it, with their sessions
   * @returns null if there would be no admin left
   */
  async retireAdminToken(
    hash: string,
    { otherAdmins, endWhatItMade }: { readonly otherAdmins: boolean; readonly endWhatItMade: boolean },
    who: Who,
    atMs: number,
  ): Promise<RetiredAdminToken | null> {
    const all = this.#tables.tokens()
    const made = descendantsOf('admin', all, who.actor).filter((token) => isValid(token, atMs))
    const ending = new Set(endWhatItMade ? made.map(({ id }) => id) : [])
    const staysAdmin = (token: StoredToken) =>
      token.role === 'admin' && isValid(token, atMs) && !ending.has(token.id)
    if (!otherAdmins && !all.some(staysAdmin)) return null
    const retired = this.#tables.retiredAdminTokens()
    const credentials = [`admin:${hash}`, ...[...ending].map((id) => `token:${id}`)]
    const sessionsEnded = this.#tables
      .sessions(atMs)
      .filter(({ credential }) => credentials.includes(credential)).length
    const result = { tokens: made.map((token) => this.#viewOf(token)), isEnded: endWhatItMade, sessionsEnded }
    if (retired.includes(hash) && ending.size === 0) return result
    const after = { tokens_revoked: [...ending], sessions_ended: sessionsEnded }
    await this.#changes.withAudit(draftOf('admin_token.retired', 'admin-token', null, after), who, () => {
      this.#tables.setRetiredAdminTokens([...retired.filter((one) => one !== hash), hash])
      for (const id of ending) this.#tables.revokeToken(id, atMs)
      for (const credential of credentials) this.#tables.endSessionsOf(credential)
    })
    return result
  }

  async #verify(claim: IdentityClaim, atMs: number): Promise<Identified> {
    if (claim.kind === 'none') return WRONG
    if (claim.kind === 'admin') {
      return this.#tables.retiredAdminTokens().includes(claim.hash)
        ? { ok: false, code: 'revoked' }
        : { ok: true, identity: ADMIN }
    }
    const token = this.#tables.token(claim.id)
    if (token === undefined || !(await sameSecret(claim.hash, token.hash))) return WRONG
    if (token.revokedAtMs !== null) return { ok: false, code: 'revoked' }
    if (token.expiresAtMs <= atMs) return { ok: false, code: 'expired' }
    if (atMs - (token.lastUsedAtMs ?? 0) >= LAST_USED_PRECISION_MS) this.#tables.setLastUsed(token.id, atMs)
    const sources = this.#openSources(token)
    return { ok: true, identity: { actor: actorOf(token), role: token.role, sources } }
  }

  /** Sources that the token opens; null for all. One that was removed is closed, and so is the next one of its name. */
  #openSources({ sources, createdAtMs }: StoredToken): readonly string[] | null {
    if (sources === null) return null
    return sources.filter(
      (name) => (this.#changes.tables.sources.createdAtMs(name) ?? Infinity) <= createdAtMs,
    )
  }

  #viewOf(token: StoredToken): TokenView {
    const { hash: _hash, ...view } = token
    return { ...view, sources: this.#openSources(token) }
  }
}

const WRONG: Identified = { ok: false, code: 'wrong' }
const ADMIN: Identity = { actor: 'admin', role: 'admin', sources: null }

const isValid = (token: StoredToken | undefined, atMs: number): token is StoredToken =>
  token !== undefined && token.revokedAtMs === null && token.expiresAtMs > atMs

/**
 * Tokens that an actor made, and those that these made. Who made them may have ended.
 *
 * @param except an actor who is not followed
 */
const descendantsOf = (actor: string, tokens: readonly StoredToken[], except: string): StoredToken[] =>
  tokens
    .filter((made) => made.createdBy === actor && actorOf(made) !== except)
    .flatMap((made) => [made, ...descendantsOf(actorOf(made), tokens, except)])

const actorOf = ({ id }: StoredToken): string => `token:${id}`

const copyOf = (sources: readonly string[] | null): string[] | null =>
  sources === null ? null : [...sources]

/** A token in the audit log, without its hash. */
const recordOf = ({ name, role, sources, expiresAtMs }: NewToken): JsonObject => ({
  name,
  role,
  sources: copyOf(sources),
  expires_at: toInstant(expiresAtMs),
})

const draftOf = (
  action: AuditDraft['action'],
  target: string,
  before: JsonObject | null,
  after: JsonObject | null,
): AuditDraft => ({ action, target, before, after })
