/** The audit log's table in the registry. */
import type { Bytes } from '../../platform/bytes.ts'
import type { Sealer } from '../../platform/seal.ts'
import { type AuditHead, type AuditLine, NO_LINES, auditKey, lineAfter } from './chain.ts'
import type { AuditDraft, AuditEntry, Who } from './entry.ts'
import { toInstant } from '../../platform/time.ts'

const KEY_PLACE = 'audit/key'

type LineRow = { seq: number; text: string; mac: string }

export class AuditLog {
  readonly #storage: DurableObjectStorage
  #key: CryptoKey | undefined

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, text TEXT NOT NULL, mac TEXT NOT NULL)',
    )
  }

  /** The line that records the draft; it counts once {@link write} has it. Callers take turns, so that no two lines follow one. */
  async next(draft: AuditDraft, who: Who, nowMs: number, sealer: Sealer): Promise<AuditLine> {
    const { action, target, before, after } = draft
    const entry: Omit<AuditEntry, 'seq'> = { at: toInstant(nowMs), action, target, ...who, before, after }
    return lineAfter(this.head(), entry, await this.key(sealer))
  }

  /** Within the transaction of the change that it records. */
  write({ seq, text, mac }: AuditLine): void {
    this.#storage.sql.exec('INSERT INTO audit (seq, text, mac) VALUES (?, ?, ?)', seq, text, mac)
  }

  head(): AuditHead {
    const [head] = this.#storage.sql
      .exec<{ seq: number; mac: string }>('SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1')
      .toArray()
    return head ?? this.base()
  }

  /** What the first line here follows: nothing, or the head of the log that a restored backup had. */
  base(): AuditHead {
    return this.#storage.kv.get<AuditHead>('audit_base') ?? NO_LINES
  }

  /** Lines after a place, oldest first. */
  after(seq: number, limit: number): AuditLine[] {
    return this.#storage.sql
      .exec<LineRow>('SELECT seq, text, mac FROM audit WHERE seq > ? ORDER BY seq LIMIT ?', seq, limit)
      .toArray()
  }

  /** Lines before a place, newest first. */
  before(seq: number, limit: number): AuditLine[] {
    return this.#storage.sql
      .exec<LineRow>('SELECT seq, text, mac FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?', seq, limit)
      .toArray()
  }

  /** Made on first use, and kept sealed: the log can be verified whatever the master key is by then. */
  async key(sealer: Sealer): Promise<CryptoKey> {
    if (this.#key !== undefined) return this.#key
    const sealed = this.#storage.kv.get<Uint8Array>('audit_key')
    const raw: Bytes =
      sealed === undefined ? crypto.getRandomValues(new Uint8Array(32)) : await sealer.open(sealed, KEY_PLACE)
    if (sealed === undefined) this.#storage.kv.put('audit_key', await sealer.seal(raw, KEY_PLACE))
    this.#key = await auditKey(raw)
    return this.#key
  }
}
