/** The keys of all people, page by page, for an operator who opens files of the archive elsewhere. */
import type { Bytes } from '../platform/bytes.ts'
import { HOUR_MS } from '../platform/time.ts'
import { SealBroken } from '../platform/seal.ts'
import { CursorMalformed } from './cursor.ts'
import type { KeyRow } from './keys.ts'
import type { PersonBytes } from './people.ts'
import { archivePseudonym } from './pseudonym.ts'
import { openCursor, sealCursor } from './sealed-cursor.ts'
import type { Store } from './store.ts'

/** Unwrapping takes some 50 µs a person. */
const PAGE_PEOPLE = 2_000

/** Enough for the people of a full database. */
const READ_MAX_MS = 6 * HOUR_MS

const PURPOSE = 'people-keys'

export interface PersonKeys extends PersonBytes {
  /** Pseudonym in the archive. */
  readonly person: Bytes
}

/** A read of all pages, which the audit log knows from its beginning. */
interface ReadingKeys {
  readonly actor: string
  readonly beganMs: number
  /** The last person of the page before, as a blind index in hex. */
  readonly after: string
}

export const beginReadingKeys = (actor: string, nowMs: number): ReadingKeys => ({
  actor,
  beganMs: nowMs,
  after: '',
})

/** The read that a cursor goes on with. Only the one who began has it. @throws {CursorMalformed} */
export async function goOnReadingKeys(
  store: Store,
  cursor: string,
  actor: string,
  nowMs: number,
): Promise<ReadingKeys> {
  const reading = await openCursor<ReadingKeys>(store, PURPOSE, cursor)
  if (reading.actor !== actor || nowMs - reading.beganMs > READ_MAX_MS)
    throw new CursorMalformed('the cursor is of another read')
  return reading
}

const READ = `
  SELECT lower(hex(recipient)) AS recipient, lower(hex(wrapped_key)) AS wrapped_key
  FROM recipients WHERE recipient > unhex(?1) ORDER BY recipient LIMIT ?2`

/** One page. A person whose key does not open is left out. */
export async function readKeys(
  store: Store,
  reading: ReadingKeys,
  limit = PAGE_PEOPLE,
): Promise<{ readonly people: readonly PersonKeys[]; readonly next_cursor: string | null }> {
  const { db, people } = store
  const { results } = await db.prepare(READ).bind(reading.after, limit).all<KeyRow>()
  const found = await Promise.all(
    results.map(async ({ recipient, wrapped_key }) => {
      try {
        const { key, address } = await people.bytesOf(recipient, wrapped_key)
        return [{ key, address, person: await archivePseudonym(key) }]
      } catch (cause) {
        if (cause instanceof SealBroken) return []
        throw cause
      }
    }),
  )
  const last = results.at(-1)
  const next: ReadingKeys | undefined =
    results.length < limit || last === undefined ? undefined : { ...reading, after: last.recipient }
  return {
    people: found.flat(),
    next_cursor: next === undefined ? null : await sealCursor(store, PURPOSE, next),
  }
}
