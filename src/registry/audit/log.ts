/** The audit log's table in the registry, and its MAC key. */
import { type Bytes, fromBase64, toBase64, toHex, utf8 } from '../../platform/bytes.ts'
import type { Forgotten } from '../../platform/forgotten.ts'
import type { Sealer } from '../../platform/seal.ts'
import { makeTables } from '../../platform/table-steps.ts'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import { withoutAddresses } from './addresses.ts'
import { type AuditHead, type AuditLine, NO_LINES, auditKey, lineAfter } from './chain.ts'
import type { AuditDraft, AuditEntry, AuditFilter, Who } from './entry.ts'

const KEY_ASSOCIATED_DATA = 'audit/key'

/** Limit of a page, so that a call between Workers can carry it. A single longer line is a page of its own. */
const PAGE_MAX_CHARACTERS = 4 * 1_024 * 1_024

/** Lines that one call removes. */
const FORGOTTEN_AT_ONCE = 1_000

type LineRow = { seq: number; text: string; mac: string }

/** A log that continues that of a backup. Nothing changes until `write` is called. */
export interface Adopted {
  /** The next line. */
  readonly next: (draft: AuditDraft, who: Who, nowMs: number) => Promise<AuditLine>
  readonly write: () => void
}

const TABLE_STEPS = ['CREATE TABLE audit (seq INTEGER PRIMARY KEY, text TEXT NOT NULL, mac TEXT NOT NULL)']

const FILTERS = [
  ['action', `instr(text ->> 'action' || '.', ? || '.') = 1`],
  ['target', `instr(text ->> 'target', ?) > 0`],
  ['actor', `text ->> 'actor' = ?`],
  ['since', `text ->> 'at' >= ?`],
  ['until', `text ->> 'at' < ?`],
] as const satisfies readonly (readonly [keyof AuditFilter, string])[]

export class AuditLog {
  readonly #storage: DurableObjectStorage
  #key: CryptoKey | undefined

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    makeTables(storage, 'audit', TABLE_STEPS)
  }

  /** The next line, not yet written. Callers run one after the other, so that no two lines follow the same one. */
  async next(draft: AuditDraft, who: Who, nowMs: number, sealer: Sealer): Promise<AuditLine> {
    return nextLine(this.head(), draft, who, nowMs, await this.key(sealer))
  }

  /** Like {@link next}, for several changes in one transaction. */
  async nextOf(drafts: readonly AuditDraft[], who: Who, nowMs: number, sealer: Sealer): Promise<AuditLine[]> {
    const key = await this.key(sealer)
    const lines: AuditLine[] = []
    for (const draft of drafts)
      lines.push(await nextLine(lines.at(-1) ?? this.head(), draft, who, nowMs, key))
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

  /** The head that the first line follows: of an empty log, of the log of a restored backup, or the last line that was removed. */
  base(): AuditHead {
    return this.#storage.kv.get<AuditHead>('audit_base') ?? NO_LINES
  }

  /** Time of the first line; undefined of an empty log. */
  oldestMs(): number | undefined {
    const [first] = this.after(0, 1)
    return first === undefined ? undefined : atMsOf(first.text)
  }

  /** Lines after a sequence number, oldest first. Empty only if there are none. */
  after(seq: number, limit: number): AuditLine[] {
    return pageOf(
      this.#storage.sql.exec<LineRow>(
        'SELECT seq, text, mac FROM audit WHERE seq > ? ORDER BY seq LIMIT ?',
        seq,
        limit,
      ),
    )
  }

  /** Lines before a sequence number, newest first. Empty only if there are none. */
  before(seq: number, limit: number, filter: AuditFilter = {}): AuditLine[] {
    const asked = FILTERS.flatMap(([name, condition]) => {
      const value = filter[name]
      return value === undefined ? [] : [{ condition, value }]
    })
    const where = ['seq < ?', ...asked.map(({ condition }) => condition)].join(' AND ')
    return pageOf(
      this.#storage.sql.exec<LineRow>(
        `SELECT seq, text, mac FROM audit WHERE ${where} ORDER BY seq DESC LIMIT ?`,
        seq,
        ...asked.map(({ value }) => value),
        limit,
      ),
    )
  }

  /** As `Audit.forget`. One call removes a page of lines. */
  forget(beforeMs: number, archivedSeq: number, plan: boolean): Forgotten {
    const { seq: lastSeq } = this.head()
    const isOld = ({ seq, text }: AuditLine) => seq < lastSeq && seq <= archivedSeq && atMsOf(text) < beforeMs
    const lines = this.after(this.base().seq, FORGOTTEN_AT_ONCE)
    const firstKept = lines.findIndex((line) => !isOld(line))
    const count = firstKept < 0 ? lines.length : firstKept
    const last = lines[count - 1]
    if (!plan && last !== undefined)
      this.#storage.transactionSync(() => {
        this.#storage.sql.exec('DELETE FROM audit WHERE seq <= ?', last.seq)
        this.#storage.kv.put('audit_base', { seq: last.seq, mac: last.mac } satisfies AuditHead)
      })
    return {
      count,
      isMore: count > 0 && count === lines.length,
      oldestMs: this.oldestMs() ?? null,
    }
  }

  async key(sealer: Sealer): Promise<CryptoKey> {
    this.#key ??= await auditKey(await this.#rawKey(sealer))
    return this.#key
  }

  /** The version of the master key that the MAC key is sealed under; null before there is a MAC key. */
  keyVersion(): number | null {
    return this.#storage.kv.get<Uint8Array>('audit_key')?.[0] ?? null
  }

  /** Reseals the MAC key if it is sealed under another version. @returns the number of resealed keys, 0 or 1 */
  async resealKey(sealer: Sealer, newest: number): Promise<number> {
    const present = this.keyVersion()
    if (present === null || present === newest) return 0
    this.#storage.kv.put('audit_key', await sealer.seal(await this.#rawKey(sealer), KEY_ASSOCIATED_DATA))
    return 1
  }

  /** A keyed hash of a JSON value. Its prefix keeps it apart from every line's MAC. */
  async keyedHash(thing: unknown, sealer: Sealer): Promise<string> {
    const bytes = utf8(`keyedHash ${JSON.stringify(thing)}`)
    return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', await this.key(sealer), bytes)))
  }

  /** Base64, for a sealed backup. */
  async exportKey(sealer: Sealer): Promise<string> {
    return toBase64(await this.#rawKey(sealer))
  }

  /**
   * Continues the log of a backup. If this log has the backup's last line, it is the same log and just goes on. So it is if it has the
   * same key and that line was removed. If not, the lines of this log are appended to the backup's, under its key.
   */
  async adopt(from: { readonly key: string; readonly head: AuditHead }, sealer: Sealer): Promise<Adopted> {
    const [same] = this.after(from.head.seq - 1, 1)
    const wasRemoved = from.head.seq <= this.base().seq && from.key === (await this.#presentKey(sealer))
    if (same?.mac === from.head.mac || wasRemoved)
      return { next: (draft, who, nowMs) => this.next(draft, who, nowMs, sealer), write: () => undefined }

    const raw = fromBase64(from.key)
    if (raw === undefined) throw new TypeError('the audit key in the backup is not base64')
    const [key, sealedKey] = await Promise.all([auditKey(raw), sealer.seal(raw, KEY_ASSOCIATED_DATA)])
    const lines: AuditLine[] = []
    for (const { text } of this.#storage.sql
      .exec<LineRow>('SELECT seq, text, mac FROM audit ORDER BY seq')
      .toArray()) {
      const { seq: _seq, ...entry } = JSON.parse(text) as AuditEntry
      lines.push(await lineAfter(lines.at(-1) ?? from.head, entry, key))
    }
    return {
      next: (draft, who, nowMs) => nextLine(lines.at(-1) ?? from.head, draft, who, nowMs, key),
      write: () => {
        this.#storage.sql.exec('DELETE FROM audit')
        this.#storage.kv.put('audit_base', from.head)
        this.#storage.kv.put('audit_key', sealedKey)
        this.#key = undefined
        for (const line of lines) this.write(line)
      },
    }
  }

  /** Base64; undefined before there is a key. */
  async #presentKey(sealer: Sealer): Promise<string | undefined> {
    return this.keyVersion() === null ? undefined : this.exportKey(sealer)
  }

  /** Generated on first use and stored sealed. The log can be verified after the master key has changed. */
  async #rawKey(sealer: Sealer): Promise<Bytes> {
    const sealed = this.#storage.kv.get<Uint8Array>('audit_key')
    if (sealed !== undefined) return sealer.open(sealed, KEY_ASSOCIATED_DATA)
    const raw = crypto.getRandomValues(new Uint8Array(32))
    this.#storage.kv.put('audit_key', await sealer.seal(raw, KEY_ASSOCIATED_DATA))
    return raw
  }
}

const atMsOf = (text: string): number => rfc3339Ms((JSON.parse(text) as AuditEntry).at) ?? 0

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

/** The one place where a line is made. The operator is named as they log in; no other person is. */
async function nextLine(
  head: AuditHead,
  { action, target, before, after }: AuditDraft,
  { reason, ...who }: Who,
  nowMs: number,
  key: CryptoKey,
): Promise<AuditLine> {
  const texts = await withoutAddresses({ reason, before, after }, key)
  return lineAfter(head, { at: toInstant(nowMs), action, target, ...who, ...texts }, key)
}
