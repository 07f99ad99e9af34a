/** The audit log's table in the registry, and the key of its own. */
import { type Bytes, fromBase64, toBase64, toHex, utf8 } from '../../platform/bytes.ts'
import type { Sealer } from '../../platform/seal.ts'
import { toInstant } from '../../platform/time.ts'
import { type AuditHead, type AuditLine, NO_LINES, auditKey, lineAfter } from './chain.ts'
import type { AuditDraft, AuditEntry, Who } from './entry.ts'

const KEY_PLACE = 'audit/key'

/** Lines of one page together, or one that is longer: what a call between Workers can carry, and an object can hold. */
const PAGE_MAX_CHARACTERS = 4 * 1_024 * 1_024

type LineRow = { seq: number; text: string; mac: string }

/** A log that goes on from that of a backup. Nothing is changed until it is written. */
export interface Adopted {
  /** The line after it. */
  readonly next: (draft: AuditDraft, who: Who, nowMs: number) => Promise<AuditLine>
  readonly write: () => void
}

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
    return lineAfter(this.head(), entryOf(draft, who, nowMs), await this.key(sealer))
  }

  /** As {@link next}, for changes that are written together. */
  async nextOf(drafts: readonly AuditDraft[], who: Who, nowMs: number, sealer: Sealer): Promise<AuditLine[]> {
    const key = await this.key(sealer)
    const lines: AuditLine[] = []
    for (const draft of drafts)
      lines.push(await lineAfter(lines.at(-1) ?? this.head(), entryOf(draft, who, nowMs), key))
    return lines
  }

  /** Within the transaction of the change that it records. */
  write({ seq, text, mac }: AuditLine): void {
    this.#storage.sql.exec('INSERT INTO audit (seq, text, mac) VALUES (?, ?, ?)', seq, text, mac)
  }

  head(): AuditHead {
    const [head] = this.before(Number.MAX_SAFE_INTEGER, 1)
    return head === undefined ? this.base() : { seq: head.seq, mac: head.mac }
  }

  /** What the first line here follows: nothing, or the head of the log that a restored backup had. */
  base(): AuditHead {
    return this.#storage.kv.get<AuditHead>('audit_base') ?? NO_LINES
  }

  /** Lines after a place, oldest first; none only where there are none. */
  after(seq: number, limit: number): AuditLine[] {
    return pageOf(
      this.#storage.sql.exec<LineRow>(
        'SELECT seq, text, mac FROM audit WHERE seq > ? ORDER BY seq LIMIT ?',
        seq,
        limit,
      ),
    )
  }

  /** Lines before a place, newest first; none only where there are none. */
  before(seq: number, limit: number): AuditLine[] {
    return pageOf(
      this.#storage.sql.exec<LineRow>(
        'SELECT seq, text, mac FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?',
        seq,
        limit,
      ),
    )
  }

  async key(sealer: Sealer): Promise<CryptoKey> {
    this.#key ??= await auditKey(await this.#rawKey(sealer))
    return this.#key
  }

  /** The master key version that the key rests under; null before there is one. */
  keyVersion(): number | null {
    return this.#storage.kv.get<Uint8Array>('audit_key')?.[0] ?? null
  }

  /** Seals the key anew where it rests under another master key version. @returns how many keys that were */
  async resealKey(sealer: Sealer, newest: number): Promise<number> {
    const present = this.keyVersion()
    if (present === null || present === newest) return 0
    this.#storage.kv.put('audit_key', await sealer.seal(await this.#rawKey(sealer), KEY_PLACE))
    return 1
  }

  /** A keyed hash of something that must be known again and not be known from it. No line's MAC covers bytes like these. */
  async mark(thing: unknown, sealer: Sealer): Promise<string> {
    const bytes = utf8(`mark ${JSON.stringify(thing)}`)
    return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', await this.key(sealer), bytes)))
  }

  /** Base64, for a backup, which is sealed. */
  async exportKey(sealer: Sealer): Promise<string> {
    return toBase64(await this.#rawKey(sealer))
  }

  /**
   * Goes on from where a backup's log stood. A log that has that very line is the backup's own, and simply goes on; else the
   * lines that are here follow the backup's, under its key.
   */
  async adopt(from: { readonly key: string; readonly head: AuditHead }, sealer: Sealer): Promise<Adopted> {
    const [same] = this.after(from.head.seq - 1, 1)
    if (same?.mac === from.head.mac)
      return { next: (draft, who, nowMs) => this.next(draft, who, nowMs, sealer), write: () => undefined }

    const raw = fromBase64(from.key)
    if (raw === undefined) throw new TypeError('the key of the log is no base64')
    const [key, sealedKey] = await Promise.all([auditKey(raw), sealer.seal(raw, KEY_PLACE)])
    const lines: AuditLine[] = []
    for (const { text } of this.#storage.sql
      .exec<LineRow>('SELECT seq, text, mac FROM audit ORDER BY seq')
      .toArray()) {
      const { seq: _seq, ...entry } = JSON.parse(text) as AuditEntry
      lines.push(await lineAfter(lines.at(-1) ?? from.head, entry, key))
    }
    return {
      next: (draft, who, nowMs) => lineAfter(lines.at(-1) ?? from.head, entryOf(draft, who, nowMs), key),
      write: () => {
        this.#storage.sql.exec('DELETE FROM audit')
        this.#storage.kv.put('audit_base', from.head)
        this.#storage.kv.put('audit_key', sealedKey)
        this.#key = undefined
        for (const line of lines) this.write(line)
      },
    }
  }

  /** Made on first use, and kept sealed: the log can be verified whatever the master key is by then. */
  async #rawKey(sealer: Sealer): Promise<Bytes> {
    const sealed = this.#storage.kv.get<Uint8Array>('audit_key')
    if (sealed !== undefined) return sealer.open(sealed, KEY_PLACE)
    const raw = crypto.getRandomValues(new Uint8Array(32))
    this.#storage.kv.put('audit_key', await sealer.seal(raw, KEY_PLACE))
    return raw
  }
}

function pageOf(rows: Iterable<LineRow>): AuditLine[] {
  const lines: AuditLine[] = []
  let characters = 0
  for (const row of rows) {
    characters += row.text.length
    if (lines.length > 0 && characters > PAGE_MAX_CHARACTERS) break
    lines.push(row)
  }
  return lines
}

const entryOf = (
  { action, target, before, after }: AuditDraft,
  who: Who,
  nowMs: number,
): Omit<AuditEntry, 'seq'> => ({ at: toInstant(nowMs), action, target, ...who, before, after })
