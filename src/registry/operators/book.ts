/** The registry's book of operators: who is who, and every change of it with its line of the audit log. */
import type { JsonObject } from '../../platform/json.ts'
import { sameSecret } from '../../platform/same-secret.ts'
import { toInstant } from '../../platform/time.ts'
import type { AuditDraft, Who } from '../audit/entry.ts'
import { FailedAttempts } from './attempts.ts'
import type {
  IdentityClaim,
  Identified,
  Identity,
  LoginAttempt,
  NewSession,
  NewToken,
  OperatorsApi,
  SessionView,
  TokenView,
} from './operators.ts'
import { OperatorTables, type StoredToken, sessionIdOf } from './operator-tables.ts'

/** What a backup keeps of operators. */
export interface OperatorsHeld {
  readonly tokens: readonly StoredToken[]
  readonly retiredAdminTokens: readonly string[]
}

/** Writes something in one transaction with the line that records it. */
export type Record = <T>(draft: AuditDraft, who: Who, write: () => T) => Promise<T>

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** That a token was used is written this often, so that it costs little. */
const USED_EVERY_MS = HOUR_MS
/** Tokens that are over are listed this long. */
const FORGET_AFTER_MS = 90 * DAY_MS
const TOKENS_MAX = 1_000
/** Of one credential: whoever logs in without end puts out nobody but themselves. */
const SESSIONS_MAX = 50
/** Values of `ADMIN_TOKEN` that were retired. */
const RETIRED_MAX = 100

export class OperatorBook implements OperatorsApi {
  readonly #tables: OperatorTables
  readonly #attempts: FailedAttempts
  readonly #kv: SyncKvStorage
  readonly #record: Record
  readonly #nowMs: () => number

  constructor(storage: DurableObjectStorage, record: Record, nowMs: () => number) {
    this.#tables = new OperatorTables(storage.sql)
    this.#attempts = new FailedAttempts(storage.kv)
    this.#kv = storage.kv
    this.#record = record
    this.#nowMs = nowMs
  }

  async identify(claim: IdentityClaim, attempt: LoginAttempt): Promise<Identified> {
    const identified = await this.#judge(claim, attempt.atMs)
    // Nobody guesses an API token at any rate, so whoever has one is kept out by no other network.
    const isToken = identified.ok && claim.kind === 'token'
    const seconds = isToken ? this.#attempts.ownWaitSeconds(attempt) : this.#attempts.waitSeconds(attempt)
    if (seconds > 0) return { ok: false, code: 'wait', seconds }
    if (!identified.ok) this.#attempts.failed(attempt)
    else if (claim.kind === 'admin') this.#attempts.succeeded(attempt)
    return identified
  }

  async session(hash: string, adminHash: string, atMs: number): Promise<Identity | null> {
    const found = this.#tables.session(hash)
    if (found === undefined || found.endsAtMs <= atMs) return null
    const { credential, actor, role, sources } = found
    const [, kind, name = ''] = /^(\w+):(.+)$/.exec(credential) ?? []
    if (kind === 'admin' && (!(await sameSecret(name, adminHash)) || this.#retired().includes(name)))
      return null
    if (kind === 'token' && !isGood(this.#tables.token(name), atMs)) return null
    return { actor, role, sources }
  }

  async createToken(token: NewToken, who: Who): Promise<boolean> {
    const nowMs = this.#nowMs()
    if (this.#tables.countTokens(nowMs - FORGET_AFTER_MS) >= TOKENS_MAX) return false
    const draft = draftOf('token.created', `token/${token.id}`, null, recordOf(token))
    await this.#record(draft, who, () => {
      this.#tables.forgetTokensOverBefore(nowMs - FORGET_AFTER_MS)
      this.#tables.addToken(token, nowMs)
    })
    return true
  }

  async tokens(): Promise<TokenView[]> {
    return this.#tables.tokens().map(viewOf)
  }

  async revokeToken(id: string, who: Who): Promise<TokenView | null> {
    const token = this.#tables.token(id)
    if (token === undefined) return null
    if (token.revokedAtMs === null) {
      const nowMs = this.#nowMs()
      await this.#record(draftOf('token.revoked', `token/${id}`, recordOf(token), null), who, () => {
        this.#tables.revokeToken(id, nowMs)
        this.#tables.endSessionsOf(`token:${id}`)
      })
    }
    const revoked = this.#tables.token(id)
    return revoked === undefined ? null : viewOf(revoked)
  }

  async beginSession(session: NewSession, who: Who): Promise<void> {
    const nowMs = this.#nowMs()
    const { role, sources } = session.identity
    const after = { role, sources: listed(sources), ends_at: toInstant(session.endsAtMs) }
    await this.#record(
      draftOf('session.began', `session/${sessionIdOf(session.hash)}`, null, after),
      who,
      () => {
        this.#tables.addSession(session, nowMs)
        this.#tables.trimSessions(session.credential, nowMs, SESSIONS_MAX)
      },
    )
  }

  async sessions(atMs: number): Promise<SessionView[]> {
    return this.#tables.sessions(atMs).map(({ id, actor, role, sources, beganAtMs, endsAtMs }) => ({
      id,
      actor,
      role,
      sources,
      beganAtMs,
      endsAtMs,
    }))
  }

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
    await this.#record(draft, who, () => {
      for (const { hash } of ending) this.#tables.endSession(hash)
    })
    return ending.length
  }

  async retireAdminToken(hash: string, otherAdmins: boolean, who: Who, atMs: number): Promise<boolean> {
    const another = this.#tables.tokens().some((token) => token.role === 'admin' && isGood(token, atMs))
    if (!otherAdmins && !another) return false
    const retired = this.#retired()
    if (retired.includes(hash)) return true
    await this.#record(draftOf('admin_token.retired', 'admin-token', null, null), who, () => {
      this.#kv.put('retired_admin_tokens', [...retired, hash].slice(-RETIRED_MAX))
      this.#tables.endSessionsOf(`admin:${hash}`)
    })
    return true
  }

  /** For a backup: tokens are hashes, which open nothing. Sessions end with the deployment. */
  held(): OperatorsHeld {
    return { tokens: this.#tables.tokens(), retiredAdminTokens: [...this.#retired()] }
  }

  /** Within a transaction. Who was shut out stays so. */
  bringBack({ tokens, retiredAdminTokens }: OperatorsHeld): void {
    for (const token of tokens) this.#tables.bringBack(token)
    const retired = new Set([...retiredAdminTokens, ...this.#retired()])
    this.#kv.put('retired_admin_tokens', [...retired].slice(-RETIRED_MAX))
  }

  async #judge(claim: IdentityClaim, atMs: number): Promise<Identified> {
    if (claim.kind === 'none') return WRONG
    if (claim.kind === 'admin') {
      return this.#retired().includes(claim.hash)
        ? { ok: false, code: 'revoked' }
        : { ok: true, identity: ADMIN }
    }
    const token = this.#tables.token(claim.id)
    if (token === undefined || !(await sameSecret(claim.hash, token.hash))) return WRONG
    if (token.revokedAtMs !== null) return { ok: false, code: 'revoked' }
    if (token.expiresAtMs <= atMs) return { ok: false, code: 'expired' }
    if (atMs - (token.lastUsedAtMs ?? 0) >= USED_EVERY_MS) this.#tables.used(token.id, atMs)
    return { ok: true, identity: { actor: `token:${token.id}`, role: token.role, sources: token.sources } }
  }

  #retired(): readonly string[] {
    return this.#kv.get<string[]>('retired_admin_tokens') ?? []
  }
}

const WRONG: Identified = { ok: false, code: 'wrong' }
const ADMIN: Identity = { actor: 'admin', role: 'admin', sources: null }

const isGood = (token: StoredToken | undefined, atMs: number): boolean =>
  token !== undefined && token.revokedAtMs === null && token.expiresAtMs > atMs

const viewOf = ({ hash: _hash, ...view }: StoredToken): TokenView => view

const listed = (sources: readonly string[] | null): string[] | null =>
  sources === null ? null : [...sources]

/** What the log keeps of a token: never its hash. */
const recordOf = ({ name, role, sources, expiresAtMs }: NewToken): JsonObject => ({
  name,
  role,
  sources: listed(sources),
  expires_at: toInstant(expiresAtMs),
})

const draftOf = (
  action: AuditDraft['action'],
  target: string,
  before: JsonObject | null,
  after: JsonObject | null,
): AuditDraft => ({ action, target, before, after })
