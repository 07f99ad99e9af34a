/** The entries of an import of suppressions, and the tickets by which the calls of one import share a line in the audit log. */
import * as v from 'valibot'
import { sameSecret } from '../platform/same-secret.ts'
import { sha256Hex } from '../platform/sha256.ts'
import { rfc3339Ms } from '../platform/time.ts'
import type { ImportedSuppression } from '../store/import-suppressions.ts'
import { SUPPRESSION_REASONS } from '../store/suppressions.ts'
import type { Store } from '../store/store.ts'
import { AddressSchema, NoteSchema } from './address.ts'

/** Entries of one call. A call with this many takes seconds, not minutes. */
export const IMPORT_MAX = 2_000

/** Length at which the ESP's evidence is cut: a reply of an SMTP server is far below. */
export const EVIDENCE_MAX_CHARACTERS = 1_000

const text = (maxCharacters: number) =>
  v.optional(v.pipe(v.string(), v.maxLength(maxCharacters, `Must have at most ${maxCharacters} characters.`)))

const time = (description: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.check((value) => rfc3339Ms(value) !== undefined, 'Must be a time as in RFC 3339, with its zone.'),
      v.description(description),
    ),
  )

/** Fields of an export mean the same here. */
export const ImportEntrySchema = v.strictObject({
  address: AddressSchema,
  note: NoteSchema,
  reason: v.optional(v.pipe(v.picklist(SUPPRESSION_REASONS), v.description('Without it: manual.'))),
  since: time(
    'Time of the first evidence. A reason that was lifted later stays lifted. Without it: now, or none if lifted_at is given.',
  ),
  as_of: time('Time of the newest evidence. Without it: since.'),
  source: text(64),
  event_id: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{44}$/, 'Must be the id of an event.'))),
  native_type: text(200),
  evidence: v.pipe(
    text(EVIDENCE_MAX_CHARACTERS),
    v.description('The ESP’s own words. They are kept only with an event_id.'),
  ),
  lifted_at: time('When the reason was last lifted.'),
})
export type ImportEntry = v.InferOutput<typeof ImportEntrySchema>

export function importedOf(entry: ImportEntry): ImportedSuppression {
  const { address, reason = 'manual', note = '', since, as_of, lifted_at } = entry
  const ms = (instant: string | undefined) => (instant === undefined ? null : (rfc3339Ms(instant) ?? null))
  return {
    address,
    reason,
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

const FIELDS = Object.keys(ImportEntrySchema.entries) as (keyof ImportEntry)[]

/** SHA-256, in hex, of a JSON array with an array for each entry: its fields in the order of the schema, null for none. */
export const chunkDigest = (entries: readonly ImportEntry[]): Promise<string> =>
  sha256Hex(JSON.stringify(entries.map((entry) => FIELDS.map((name) => entry[name] ?? null))))

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
  return `${untilMs}.${await people.nameOf(contentOf(actor, chunk, untilMs))}`
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
  return untilMs >= nowMs && (await sameSecret(mac, await people.nameOf(contentOf(actor, chunk, untilMs))))
}

const contentOf = (actor: string, chunk: string, untilMs: number): string =>
  `import-ticket/${untilMs}/${chunk}/${actor}`
