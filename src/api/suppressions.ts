/** Suppressions: who must not be written to, why, and since when. Programs check an address here before they send. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { BOUNCE_TYPES, EVENT_TYPES } from '../event/mail-event.ts'
import { SCOPE } from '../event/scope.ts'
import { rfc3339Ms } from '../platform/time.ts'
import { SCOPED_REASONS, SUPPRESSION_REASONS } from '../store/suppression-reasons.ts'
import { AddressSchema, NoteSchema } from './address.ts'
import { instant, nextCursor, paging } from './paging.ts'
import { route } from './route.ts'
import { suppressionReviewRoutes } from './suppression-review.ts'

export const ScopeSchema = v.pipe(
  v.string(),
  v.maxLength(1_000, 'Must have at most 1000 characters.'),
  v.regex(SCOPE, 'Must be a kind and a value: list:news, group:12.'),
)

const scope = (description: string) => v.optional(described(ScopeSchema, description))

const scopeOrNull = described(
  v.nullable(v.string()),
  'The mail that it is about, such as list:news; null for all mail.',
)

const EntriesSchema = v.array(
  v.object({
    reason: v.picklist(SUPPRESSION_REASONS),
    scope: scopeOrNull,
    since: described(v.string(), 'Time of the first evidence since the reason was last lifted.'),
    source: v.nullable(v.string()),
    evidence: described(v.nullable(v.string()), 'The ESP’s own words; null for what an operator added.'),
    event_id: described(
      v.nullable(v.string()),
      'The event that is the first evidence, if one is. Null to viewers.',
    ),
    note: described(v.nullable(v.string()), 'The operator’s note.'),
    rule: described(v.nullable(v.number()), 'The rule of the policy that made it, from 1.'),
    expires_at: described(v.nullable(v.string()), 'When it ends by itself; null for never.'),
    provisional: described(
      v.boolean(),
      'Whether a sudden wave of bounces at one mailbox provider made it, and no later bounce has confirmed it.',
    ),
  }),
)

const otherScopes = described(
  EntriesSchema,
  'What holds for other mail only: nobody may send mail of these scopes.',
)

const expired = described(EntriesSchema, 'Entries whose time is over. They block nothing.')

const SuppressionSchema = v.object({
  recipient: v.string(),
  reasons: described(EntriesSchema, 'What holds for all mail, and for the scope that was asked for.'),
  scopes: otherScopes,
  expired,
})
export type Suppression = v.InferOutput<typeof SuppressionSchema>

const HistorySchema = described(
  v.nullable(
    v.object({
      evidence: described(
        v.array(
          v.object({
            event_id: v.string(),
            type: v.picklist(EVENT_TYPES),
            bounce_type: v.nullable(v.picklist(BOUNCE_TYPES)),
            source: v.string(),
            at: v.string(),
            evidence: v.string(),
            scope: scopeOrNull,
          }),
        ),
        'Hard and soft bounces, complaints and unsubscribes of all sources, newest first: the latest 50 of each type.',
      ),
      liftings: described(
        v.array(
          v.object({
            at: v.string(),
            by: v.nullable(v.string()),
            source: v.nullable(v.string()),
            reading: v.nullable(v.string()),
            scope: scopeOrNull,
          }),
        ),
        'Earlier evidence of the same scope does not count. by: the operator. source: the source whose email.subscribed lifted its own unsubscribes. reading: why, if a review lifted it.',
      ),
    }),
  ),
  'Null to viewers.',
)

const CheckedSchema = v.variant('suppressed', [
  v.object({ suppressed: v.literal(false), scopes: otherScopes, expired, history: HistorySchema }),
  v.object({ suppressed: v.literal(true), ...SuppressionSchema.entries, history: HistorySchema }),
])

export type Checked = v.InferOutput<typeof CheckedSchema>

const NewSuppression = v.strictObject({
  address: AddressSchema,
  note: NoteSchema,
  scope: scope('Only for this mail. Without it: for all mail.'),
})

/** The largest import: long notes and addresses, in ASCII. */
export const IMPORT_MAX_BYTES = 2 * 1024 * 1024
/** Two million addresses under one line of the audit log. */
export const CHUNKS_MAX = 1_000

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

const ImportedFields = v.strictObject({
  address: AddressSchema,
  note: NoteSchema,
  reason: v.optional(described(v.picklist(SUPPRESSION_REASONS), 'Without it: manual.')),
  since: time(
    'Time of the first evidence. A reason that was lifted later stays lifted. Without it: now, or none if lifted_at is given.',
  ),
  as_of: time('Time of the newest evidence. Without it: since.'),
  source: v.optional(v.pipe(v.string(), v.regex(/^[^:]{0,64}$/, 'Must be the name of a source.'))),
  event_id: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{44}$/, 'Must be the id of an event.'))),
  native_type: text(200),
  evidence: described(
    text(EVIDENCE_MAX_CHARACTERS),
    'The ESP’s own words. They are kept only with an event_id.',
  ),
  lifted_at: time('When the reason was last lifted.'),
  scope: scope('Of an unsubscribe, or of what was added by hand. Without it: all mail.'),
  expires_at: time('When it ends by itself. Without it: never.'),
})

export const IMPORT_FIELDS = Object.keys(ImportedFields.entries) as (keyof ImportEntry)[]

/** Fields of an export mean the same here. */
export const ImportEntrySchema = v.pipe(
  ImportedFields,
  v.forward(
    v.check(
      ({ reason = 'manual', scope: of }) => of === undefined || SCOPED_REASONS.some((one) => one === reason),
      `Only ${SCOPED_REASONS.join(' and ')} can have a scope.`,
    ),
    ['scope'],
  ),
)
export type ImportEntry = v.InferOutput<typeof ImportEntrySchema>

const textOrNull = v.nullable(v.string())

export const SuppressionRowSchema = v.object({
  address: v.string(),
  reason: v.picklist(SUPPRESSION_REASONS),
  since: described(textOrNull, 'Null if the reason is lifted.'),
  as_of: described(textOrNull, 'Time of the newest evidence.'),
  source: textOrNull,
  event_id: textOrNull,
  native_type: described(textOrNull, 'The ESP’s name for the event.'),
  evidence: described(textOrNull, 'The ESP’s own words.'),
  note: described(textOrNull, 'The operator’s note.'),
  lifted_at: described(textOrNull, 'When the reason was last lifted; null for never.'),
  scope: scopeOrNull,
  expires_at: described(textOrNull, 'When it ends by itself; null for never.'),
})

export const CHECK_MAX = 1_000
export const CHECK_MAX_BYTES = 512 * 1024

const params = {
  address: 'The address, percent-encoded: bare or as Name <name@domain>, in upper or lower case.',
}

export const suppressionRoutes = {
  // Before the routes of single addresses: `export` is none.
  exportSuppressions: route('GET', '/api/suppressions/export', 'operator', {
    summary:
      'All suppressions, a row for each address, reason and scope, as importSuppressions takes them. Erased people are missing.',
    query: v.strictObject({
      ...paging,
      lifted: v.optional(
        described(v.picklist(['true', 'false']), 'Whether lifted and expired reasons are listed too.'),
        'false',
      ),
    }),
    answer: v.object({ suppressions: v.array(SuppressionRowSchema), next_cursor: nextCursor }),
  }),
  importSuppressions: route('POST', '/api/suppressions/import', 'operator', {
    summary: `Imports up to ${IMPORT_MAX} reasons, by default as suppressed by hand now. What is known already is not changed. The audit log gets one line, or none with a ticket.`,
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
    example: {
      entries: [{ address: 'ada@example.com' }, { address: 'grace@example.com', note: 'from the old list' }],
    },
    answer: v.object({
      added: described(v.number(), 'Suppressed, or changed by older or newer evidence.'),
      lifted: v.number(),
      kept_lifted: described(v.number(), 'Lifted here after the time of the entry: not changed.'),
      already: described(v.number(), 'Known before, or listed twice.'),
    }),
    problems: ['import_ticket_invalid'],
  }),
  announceSuppressionsImport: route('POST', '/api/suppressions/imports', 'operator', {
    summary:
      'Announces an import of several calls: one line in the audit log for all of them, with their number and digest.',
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
                'Of a JSON array without spaces. It has an array for each entry: address, note, reason, since, as_of, source, event_id, native_type, evidence, lifted_at; null for none; then scope and expires_at, if it has one.',
              ),
            ),
          }),
        ),
        v.minLength(1),
        v.maxLength(CHUNKS_MAX),
      ),
    }),
    example: { chunks: [{ count: 2, sha256: 'ab'.repeat(32) }] },
    answer: v.object({
      tickets: described(v.array(v.string()), 'For the chunks in their order. Valid for an hour.'),
    }),
  }),
  ...suppressionReviewRoutes,
  listSuppressions: route('GET', '/api/suppressions', 'operator', {
    summary:
      'Suppressed addresses, the newest evidence first. Those without reasons are suppressed for some mail only.',
    query: v.strictObject({
      ...paging,
      reason: v.optional(
        described(
          v.picklist(SUPPRESSION_REASONS),
          'Only people who are suppressed for it. The times are those of its evidence then.',
        ),
      ),
      scope: scope('Only people to whom nobody may send this mail.'),
      since: instant('Only those whose newest evidence is of this time or later.'),
      until: instant('Only those whose newest evidence is older than this time.'),
      expired: v.optional(
        described(v.picklist(['true', 'false']), 'Only people with entries whose time is over.'),
        'false',
      ),
    }),
    answer: v.object({ suppressions: v.array(SuppressionSchema), next_cursor: nextCursor }),
  }),
  addSuppression: route('POST', '/api/suppressions', 'operator', {
    summary: 'Suppresses an address by hand.',
    again: 'The same. An address that was lifted in between is suppressed again.',
    body: NewSuppression,
    example: { address: 'ada@example.com', note: 'asked by phone' },
    answer: SuppressionSchema,
    statuses: [201],
  }),
  checkSuppressions: route('POST', '/api/suppressions/check', 'viewer', {
    summary: `Which of up to ${CHECK_MAX} addresses are suppressed, in the order in which they were sent.`,
    again: 'The same: nothing is changed.',
    keepsAnswer: false,
    body: v.strictObject({
      addresses: v.pipe(v.array(AddressSchema), v.minLength(1), v.maxLength(CHECK_MAX)),
      scope: scope(
        'The mail that is to be sent, such as list:news. Without it, only what holds for all mail counts.',
      ),
    }),
    bodyMaxBytes: CHECK_MAX_BYTES,
    example: { addresses: ['ada@example.com', 'Grace <grace@example.com>'] },
    answer: v.object({
      results: v.array(
        v.object({
          address: described(v.string(), 'Without a name and brackets.'),
          suppressed: v.boolean(),
          reasons: v.array(v.picklist(SUPPRESSION_REASONS)),
          scopes: described(v.array(v.string()), 'For which other mail it is suppressed.'),
        }),
      ),
    }),
  }),
  getSuppression: route('GET', '/api/suppressions/{address}', 'viewer', {
    summary:
      'Whether an address is suppressed, and why. Viewers do not see what an ESP or an operator wrote.',
    params,
    query: v.strictObject({
      scope: scope(
        'The mail that is to be sent, such as list:news. Without it, only what holds for all mail counts.',
      ),
    }),
    answer: CheckedSchema,
    problems: ['parameter_invalid'],
  }),
  removeSuppression: route('DELETE', '/api/suppressions/{address}', 'operator', {
    summary:
      'Lifts every reason that holds for all mail, or with scope what holds for that mail only. Earlier evidence counts no more; later evidence counts again.',
    params,
    query: v.strictObject({
      scope: scope('Only this mail.'),
      at: v.optional(described(v.string(), 'Also removes it from the list of the ESP of this source.')),
    }),
    answer: v.object({
      removed: v.literal(true),
      there: described(
        v.nullable(v.object({ removed: v.boolean(), says: v.string() })),
        'What the ESP of the source in at did. Null without at.',
      ),
      may_be_held_at: described(
        v.array(v.string()),
        'Other sources whose ESP has a list of its own, which Postern can ask. The address may still be on it.',
      ),
    }),
    problems: ['parameter_invalid', 'address_not_suppressed', 'source_unknown'],
  }),
} as const
