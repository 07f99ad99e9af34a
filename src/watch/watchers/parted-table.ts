/**
 * A table of values of any size: what is larger than a row may be is in several. A value has a stamp, such as the minute that it is of,
 * which tells it from one that was in its place before. Nothing is ever deleted, since a deletion is billed like a write.
 */

/** Characters of a text, or bytes. A character takes three bytes at most, and a row two million. */
const PART_SIZE = 600_000

export interface Parted<T> {
  readonly id: number
  readonly stamp: number
  readonly value: T
}

interface StoredPart<T> {
  readonly [column: string]: SqlStorageValue
  readonly id: number
  readonly stamp: number
  readonly parts: number
  readonly data: T & SqlStorageValue
}

export class PartedTable<T extends string | ArrayBuffer> {
  readonly #sql: SqlStorage
  readonly #name: string

  /** @param name of a table that `tables.ts` has made */
  constructor(sql: SqlStorage, name: string) {
    this.#sql = sql
    this.#name = name
  }

  put(id: number, stamp: number, value: T): void {
    const size = typeof value === 'string' ? value.length : value.byteLength
    const parts = Math.max(1, Math.ceil(size / PART_SIZE))
    for (let part = 0; part < parts; part += 1)
      this.#sql.exec(
        `INSERT INTO ${this.#name} (id, part, parts, stamp, data) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET parts = excluded.parts, stamp = excluded.stamp, data = excluded.data`,
        id,
        part,
        parts,
        stamp,
        value.slice(part * PART_SIZE, (part + 1) * PART_SIZE),
      )
  }

  /** Undefined if there is none, or none with this stamp. */
  find(id: number, stamp?: number): Parted<T> | undefined {
    const [found] = this.#joined('id = ?', 'id', id)
    return stamp === undefined || found?.stamp === stamp ? found : undefined
  }

  /** Whether there is a value with this stamp. */
  has(id: number, stamp: number): boolean {
    const query = `SELECT 1 FROM ${this.#name} WHERE id = ? AND part = 0 AND stamp = ?`
    return this.#sql.exec(query, id, stamp).toArray().length > 0
  }

  /** All with this stamp and later ones, oldest first. */
  *since(stamp: number): Generator<Parted<T>> {
    yield* this.#joined('stamp >= ?', 'stamp, id', stamp)
  }

  all(): Parted<T>[] {
    return [...this.#joined('true', 'id')]
  }

  /** The one with the latest stamp. */
  newest(): Parted<T> | undefined {
    const [row] = this.#sql
      .exec<{ id: number }>(`SELECT id FROM ${this.#name} WHERE part = 0 ORDER BY stamp DESC LIMIT 1`)
      .toArray()
    return row && this.find(row.id)
  }

  /** Part by part, so that no more than one value is in memory. */
  *#joined(where: string, order: string, ...bindings: SqlStorageValue[]): Generator<Parted<T>> {
    let pending: StoredPart<T>[] = []
    const query = `SELECT id, stamp, parts, data FROM ${this.#name} WHERE ${where} ORDER BY ${order}, part`
    for (const row of this.#sql.exec<StoredPart<T>>(query, ...bindings)) {
      const [first] = pending
      // Parts of a larger value that was here before have another stamp or number.
      if (
        first === undefined ||
        first.id !== row.id ||
        first.stamp !== row.stamp ||
        first.parts !== row.parts
      )
        pending = []
      pending.push(row)
      if (pending.length !== row.parts) continue
      yield { id: row.id, stamp: row.stamp, value: join(pending.map(({ data }) => data)) }
      pending = []
    }
  }
}

function join<T extends string | ArrayBuffer>(parts: readonly T[]): T {
  const [first] = parts
  if (first === undefined) throw new TypeError('a value has at least one part')
  if (parts.length === 1) return first
  if (typeof first === 'string') return (parts as readonly string[]).join('') as T
  const all = new Uint8Array(parts.reduce((sum, part) => sum + (part as ArrayBuffer).byteLength, 0))
  let at = 0
  for (const part of parts as readonly ArrayBuffer[]) {
    all.set(new Uint8Array(part), at)
    at += part.byteLength
  }
  return all.buffer as T
}
