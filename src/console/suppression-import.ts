/** The entries of an import of suppressions, and the tickets by which the calls of one import share a line in the audit log. */
import { IMPORT_FIELDS, type ImportEntry } from '../api/suppressions.ts'
import { sameSecret } from '../platform/same-secret.ts'
import { sha256Hex } from '../platform/sha256.ts'
import { rfc3339Ms } from '../platform/time.ts'
import type { ImportedSuppression } from '../store/import-suppressions.ts'
import { storedReason } from '../store/suppression-reasons.ts'
import type { Store } from '../store/store.ts'

export function importedOf(entry: ImportEntry): ImportedSuppression {
  const { address, reason = 'manual', note = '', since, as_of, lifted_at } = entry
  const ms = (instant: string | undefined) => (instant === undefined ? null : (rfc3339Ms(instant) ?? null))
  return {
    address,
    reason: storedReason(reason, entry.scope ?? null),
    note,
    sinceMs: ms(since),
    asOfMs: ms(as_of),
    liftedAtMs: ms(lifted_at),
    source: entry.source ?? null,
    eventId: entry.event_id ?? null,
    nativeType: entry.native_type ?? null,
    evidence: entry.evidence ?? null,
  }
}

/**
 * SHA-256, in hex, of a JSON array with an array for each entry: its fields in the order of the schema, null for none. The scope came later:
 * an entry without one has no place for it, as in an older command.
 */
export const chunkDigest = (entries: readonly ImportEntry[]): Promise<string> =>
  sha256Hex(
    JSON.stringify(
      entries.map((entry) =>
        IMPORT_FIELDS.filter((name) => name !== 'scope' || entry.scope !== undefined).map(
          (name) => entry[name] ?? null,
        ),
      ),
    ),
  )

const TICKET_MS = 3_600_000

/**
 * A ticket lets one actor send one chunk within the hour without another line in the audit log. The line that was written before
 * holds the digest of all chunks.
 */
export async function ticketFor(
  { people }: Store,
  actor: string,
  chunk: string,
  nowMs: number,
): Promise<string> {
  const untilMs = nowMs + TICKET_MS
  return `${untilMs}.${await people.nameOf('IMPORT TICKET', contentOf(actor, chunk, untilMs))}`
}

export async function isTicketFor(
  { people }: Store,
  actor: string,
  chunk: string,
  ticket: string,
  nowMs: number,
): Promise<boolean> {
  const [until = '', mac = ''] = ticket.split('.')
  const untilMs = Number(until)
  return (
    untilMs >= nowMs &&
    (await sameSecret(mac, await people.nameOf('IMPORT TICKET', contentOf(actor, chunk, untilMs))))
  )
}

const contentOf = (actor: string, chunk: string, untilMs: number): string =>
  `import-ticket/${untilMs}/${chunk}/${actor}`
