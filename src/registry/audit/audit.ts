/** The calls about the audit log. */
import { RpcTarget } from 'cloudflare:workers'
import type { Forgotten } from '../../platform/forgotten.ts'
import type { Changes } from '../changes.ts'
import type { AuditHead, AuditLine } from './chain.ts'
import type { AuditDraft, AuditFilter, Who } from './entry.ts'
import { type ChainResult, verifyChain } from './verify.ts'

export class Audit extends RpcTarget {
  readonly #changes: Changes
  readonly #sql: SqlStorage

  constructor(changes: Changes, sql: SqlStorage) {
    super()
    this.#changes = changes
    this.#sql = sql
  }

  /** Records an operator action outside of the registry, before it happens. */
  async note(draft: AuditDraft, who: Who): Promise<void> {
    await this.#changes.withAudit(draft, who, () => undefined)
  }

  /** Lines before a sequence number, newest first. */
  async before(seq: number, limit: number, filter?: AuditFilter): Promise<AuditLine[]> {
    return this.#changes.audit.before(seq, limit, filter)
  }

  /** Lines after a sequence number, oldest first. */
  async after(seq: number, limit: number): Promise<AuditLine[]> {
    return this.#changes.audit.after(seq, limit)
  }

  /**
   * Removes the first lines that are older than a time, if the archive has them. The last line stays.
   *
   * @param archivedSeq the last line that the archive has
   * @param plan only counts them
   */
  async forget(beforeMs: number, archivedSeq: number, plan: boolean): Promise<Forgotten> {
    return this.#changes.inTurn(async () => this.#changes.audit.forget(beforeMs, archivedSeq, plan))
  }

  /** The head that the first line follows, and the head of the log; and the size of the object that stores it, of 10 GB at most. */
  async heads(): Promise<{ base: AuditHead; head: AuditHead; bytes: number }> {
    const { audit } = this.#changes
    return { base: audit.base(), head: audit.head(), bytes: this.#sql.databaseSize }
  }

  /**
   * Verifies that lines follow a head, unchanged.
   *
   * @param lines lines of an export, or how many stored lines to verify
   */
  async verify(from: AuditHead, lines: readonly AuditLine[] | number): Promise<ChainResult> {
    const { audit } = this.#changes
    const chain = typeof lines === 'number' ? audit.after(from.seq, lines) : lines
    return verifyChain(from, chain, await audit.key(this.#changes.sealer()))
  }
}
