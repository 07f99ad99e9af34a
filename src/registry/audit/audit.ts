/** The calls about the audit log. */
import { RpcTarget } from 'cloudflare:workers'
import type { Forgotten } from '../../platform/forgotten.ts'
import type { Changes } from '../changes.ts'
import { type AuditHead, type AuditLine, macCovers } from './chain.ts'
import type { AuditDraft, AuditFilter, Who } from './entry.ts'
import { fromHex } from '../../platform/bytes.ts'
import { isObject, parseJsonText } from '../../platform/json.ts'

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

type ChainResult =
  /** All lines up to this head are as they were written. */
  | { readonly ok: true; readonly head: AuditHead }
  /**
   * The first line that does not follow. `missing`: there is no line with this number. `misplaced`: another line is in its place.
   * `changed`: this line or the previous one is not what was written.
   */
  | { readonly ok: false; readonly seq: number; readonly problem: 'missing' | 'misplaced' | 'changed' }

/** Finds the first line that is not what was written. @param from the head that the first line follows */
export async function verifyChain(
  from: AuditHead,
  lines: readonly AuditLine[],
  key: CryptoKey,
): Promise<ChainResult> {
  let head = from
  for (const { seq, text, mac } of lines) {
    const expected = head.seq + 1
    if (seq !== expected)
      return { ok: false, seq: expected, problem: seq > expected ? 'missing' : 'misplaced' }
    const entry = parseJsonText(text)
    if (!isObject(entry) || entry['seq'] !== seq) return { ok: false, seq, problem: 'misplaced' }
    const tag = fromHex(mac)
    if (tag === undefined || !(await macCovers(tag, head.mac, text, key)))
      return { ok: false, seq, problem: 'changed' }
    head = { seq, mac }
  }
  return { ok: true, head }
}
