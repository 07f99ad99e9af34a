/** The registry's calls about operators and idempotency keys, and what all of its calls share. */
import { DurableObject } from 'cloudflare:workers'
import { systemNowMs } from '../../platform/clock.ts'
import { Changes } from '../changes.ts'
import type { RegistryEnv } from '../env.ts'
import { type Begun, type IdempotencyApi, IdempotencyStore, type OnceRequest } from '../idempotency.ts'
import { OperatorCalls } from './operator-calls.ts'
import type {
  IdentityClaim,
  Identified,
  Identity,
  LoginAttempt,
  NewSession,
  NewToken,
  OperatorsApi,
  RetiredAdminToken,
  SessionView,
  TokenView,
} from './operators.ts'
import type { Who } from '../audit/entry.ts'

export abstract class OperatorRegistry
  extends DurableObject<RegistryEnv>
  implements OperatorsApi, IdempotencyApi
{
  protected readonly changes: Changes
  protected readonly operators: OperatorCalls
  protected readonly answers: IdempotencyStore

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env)
    this.changes = new Changes(ctx, env, () => this.nowMs())
    this.answers = new IdempotencyStore(ctx.storage, (waitMs) => this.changes.wakeWithin(waitMs))
    this.operators = new OperatorCalls(
      ctx.storage,
      (draft, who, write) => this.changes.withAudit(draft, who, write),
      (source) => this.changes.tables.createdAtMs(source),
      () => this.nowMs(),
    )
  }

  async identify(claim: IdentityClaim, attempt: LoginAttempt): Promise<Identified> {
    return this.operators.identify(claim, attempt)
  }

  async session(hash: string, adminHash: string, atMs: number): Promise<Identity | null> {
    return this.operators.session(hash, adminHash, atMs)
  }

  async createToken(token: NewToken, who: Who): Promise<boolean> {
    return this.operators.createToken(token, who)
  }

  async tokens(): Promise<TokenView[]> {
    return this.operators.tokens()
  }

  async revokeToken(id: string, who: Who): Promise<TokenView | null> {
    return this.operators.revokeToken(id, who)
  }

  async beginSession(session: NewSession, who: Who): Promise<void> {
    return this.operators.beginSession(session, who)
  }

  async sessions(atMs: number): Promise<SessionView[]> {
    return this.operators.sessions(atMs)
  }

  async endSessions(id: string, who: Who, atMs: number): Promise<number> {
    return this.operators.endSessions(id, who, atMs)
  }

  async retireAdminToken(
    hash: string,
    wanted: { readonly otherAdmins: boolean; readonly endWhatItMade: boolean },
    who: Who,
    atMs: number,
  ): Promise<RetiredAdminToken | null> {
    return this.operators.retireAdminToken(hash, wanted, who, atMs)
  }

  async beginOnce(request: OnceRequest): Promise<Begun> {
    return this.answers.beginOnce(request)
  }

  async endOnce(key: string, lease: string, sealed: Uint8Array | null, atMs: number): Promise<void> {
    return this.answers.endOnce(key, lease, sealed, atMs)
  }

  protected nowMs(): number {
    return systemNowMs()
  }
}
