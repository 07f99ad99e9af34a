/** The whole list of suppressions, out and in: what is exported restores the list where it is imported. */
import * as v from 'valibot'
import { SUPPRESSION_REASONS, exportSuppressions } from '../../store/suppressions.ts'
import { noteAnnouncedImport, noteImport, suppressAll } from '../operator-actions.ts'
import {
  IMPORT_MAX,
  ImportEntrySchema,
  chunkDigest,
  importedOf,
  isTicketFor,
  ticketFor,
} from '../suppression-import.ts'
import { nextCursor, paging } from '../../api/paging.ts'
import { problem } from '../../api/problem.ts'
import { type Route, answer, route } from './route.ts'

/** The largest import: long notes and addresses, in ASCII. */
const IMPORT_MAX_BYTES = 2 * 1024 * 1024
/** Two million addresses under one line of the audit log. */
const CHUNKS_MAX = 1_000

const textOrNull = v.nullable(v.string())

const ExportedRow = v.object({
  address: v.string(),
  reason: v.picklist(SUPPRESSION_REASONS),
  since: v.pipe(textOrNull, v.description('Null if the reason is lifted.')),
  as_of: v.pipe(textOrNull, v.description('Time of the newest evidence.')),
  source: textOrNull,
  event_id: textOrNull,
  native_type: v.pipe(textOrNull, v.description('The ESP’s name for the event.')),
  evidence: v.pipe(textOrNull, v.description('The ESP’s own words.')),
  note: v.pipe(textOrNull, v.description('The operator’s note.')),
  lifted_at: v.pipe(textOrNull, v.description('When the reason was last lifted; null for never.')),
})

export const suppressionsImport: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/suppressions/export',
    id: 'exportSuppressions',
    summary:
      'All suppressions, a row for each address and reason, as importSuppressions takes them. Erased people are missing.',
    role: 'operator',
    query: v.strictObject({
      ...paging,
      lifted: v.optional(
        v.pipe(v.picklist(['true', 'false']), v.description('Whether lifted reasons are listed too.')),
        'false',
      ),
    }),
    answer: v.object({ suppressions: v.array(ExportedRow), next_cursor: nextCursor }),
    async handler({ query: { lifted, ...query } }, { store }) {
      return answer(await exportSuppressions(store, { ...query, withLifted: lifted === 'true' }))
    },
  }),
  route({
    method: 'POST',
    path: '/api/suppressions/import',
    id: 'importSuppressions',
    summary: `Imports up to ${IMPORT_MAX} reasons, by default as suppressed by hand now. What is known already is not changed. The audit log gets one line, or none with a ticket.`,
    role: 'operator',
    again: 'The same. A reason without a time that was lifted in between is suppressed again.',
    body: v.strictObject({
      entries: v.pipe(v.array(ImportEntrySchema), v.minLength(1), v.maxLength(IMPORT_MAX)),
      ticket: v.optional(
        v.pipe(
          v.string(),
          v.maxLength(100),
          v.description('Of announceSuppressionsImport, for these entries.'),
        ),
      ),
    }),
    bodyMaxBytes: IMPORT_MAX_BYTES,
    answer: v.object({
      added: v.pipe(v.number(), v.description('Suppressed, or changed by older or newer evidence.')),
      lifted: v.number(),
      kept_lifted: v.pipe(v.number(), v.description('Lifted here after the time of the entry: not changed.')),
      already: v.pipe(v.number(), v.description('Known before, or listed twice.')),
    }),
    problems: ['import_ticket_invalid'],
    async handler({ body }, context) {
      const { store, actor, nowMs } = context
      const entries = body.entries.map(importedOf)
      if (body.ticket === undefined) await noteImport(context, entries)
      else if (!(await isTicketFor(store, actor.actor, await chunkDigest(body.entries), body.ticket, nowMs)))
        return problem(
          'import_ticket_invalid',
          'The ticket is for other entries or another caller, or older than an hour. Announce the import again.',
        )
      const { added, lifted, keptLifted } = await suppressAll(context, entries)
      const already = entries.length - added - lifted - keptLifted
      return answer({ added, lifted, kept_lifted: keptLifted, already })
    },
  }),
  route({
    method: 'POST',
    path: '/api/suppressions/imports',
    id: 'announceSuppressionsImport',
    summary:
      'Announces an import of several calls: one line in the audit log for all of them, with their number and digest.',
    role: 'operator',
    again: 'Another line in the audit log, and other tickets.',
    body: v.strictObject({
      chunks: v.pipe(
        v.array(
          v.strictObject({
            count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(IMPORT_MAX)),
            sha256: v.pipe(
              v.string(),
              v.regex(/^[0-9a-f]{64}$/, 'Must be 64 hex digits in lower case.'),
              v.description(
                'Of a JSON array without spaces. It has an array for each entry: address, note, reason, since, as_of, source, event_id, native_type, evidence, lifted_at; null for none.',
              ),
            ),
          }),
        ),
        v.minLength(1),
        v.maxLength(CHUNKS_MAX),
      ),
    }),
    answer: v.object({
      tickets: v.pipe(
        v.array(v.string()),
        v.description('For the chunks in their order. Valid for an hour.'),
      ),
    }),
    async handler({ body: { chunks } }, context) {
      const count = chunks.reduce((sum, chunk) => sum + chunk.count, 0)
      const { store, actor, nowMs } = context
      // Keyed: whoever reads the log could find a single address by trying.
      const digest = await store.people.nameOf(chunks.map(({ sha256 }) => sha256).join(' '))
      await noteAnnouncedImport(context, { count, chunks: chunks.length, digest })
      const tickets = chunks.map(({ sha256 }) => ticketFor(store, actor.actor, sha256, nowMs))
      return answer({ tickets: await Promise.all(tickets) })
    },
  }),
]
