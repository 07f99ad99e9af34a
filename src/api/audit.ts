/** The audit log: who changed what, when and why. Verification shows whether the log was altered. */
import * as v from 'valibot'
import { described } from '../platform/described.ts'
import { filter, instant, nextCursor, paging } from './paging.ts'
import { route } from './route.ts'

const EntrySchema = v.object({
  seq: v.number(),
  at: v.string(),
  actor: v.string(),
  actor_name: described(v.string(), 'A readable name of the actor. For a token: its name, then its id.'),
  from: described(v.nullable(v.string()), 'The IP address of the operator.'),
  request_id: v.string(),
  action: v.string(),
  target: v.string(),
  reason: v.nullable(v.string()),
  before: v.unknown(),
  after: v.unknown(),
})
export type Entry = v.InferOutput<typeof EntrySchema>

const seq = v.pipe(v.number(), v.integer(), v.minValue(0))
const mac = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{64})?$/, 'Must be 64 hex digits.'))

const LineSchema = v.strictObject({
  seq,
  text: described(v.string(), 'The text that the MAC covers, unchanged.'),
  mac: described(mac, 'HMAC-SHA-256 over the MAC of the previous line and the text.'),
})
export type Line = v.InferOutput<typeof LineSchema>

const HeadSchema = v.strictObject({ seq, mac })

const WrongLineSchema = v.object({
  ok: v.literal(false),
  seq: described(v.number(), 'The number of the first wrong line.'),
  problem: described(
    v.picklist(['missing', 'misplaced', 'changed', 'cut_off', 'rewritten']),
    'cut_off: the head of a day has a higher number than the last line. rewritten: the line of such a head has another MAC now.',
  ),
})

const head = v.object({ seq: v.number(), mac: v.string() })

const VerificationSchema = v.variant('ok', [v.object({ ok: v.literal(true), head }), WrongLineSchema])
export type Verification = v.InferOutput<typeof VerificationSchema>

const LogVerificationSchema = v.variant('ok', [
  v.object({
    ok: v.literal(true),
    lines: described(v.number(), 'Number of lines that were verified.'),
    anchors: described(v.number(), 'Number of daily heads in the backups bucket.'),
    head,
  }),
  WrongLineSchema,
])
export type LogVerification = v.InferOutput<typeof LogVerificationSchema>

/** Enough for the maximum number of lines in one call, some kilobytes each. */
const LINES_MAX_BYTES = 16 * 1024 * 1024

export const auditRoutes = {
  listAudit: route('GET', '/api/audit', 'admin', {
    summary: 'Lists the entries of the audit log, newest first.',
    query: v.strictObject({
      action: filter('Only this action, such as secret.rotated, or all of a noun, such as secret.'),
      target: filter('Only of what has this in its name, such as source/shop.'),
      actor: filter('Only of this actor, exactly: admin, schedule, token:<id>, access:<email>.'),
      since: instant('Only of this time and later.'),
      until: instant('Only lines older than this time.'),
      ...paging,
    }),
    answer: v.object({ entries: v.array(EntrySchema), next_cursor: nextCursor }),
  }),
  exportAudit: route('GET', '/api/audit/lines', 'admin', {
    summary:
      'Exports the lines of the log with their MACs, oldest first, to store elsewhere and verify later. Repeat until the last line is the head.',
    query: v.strictObject({
      after: v.optional(
        v.pipe(
          v.string(),
          v.regex(/^[0-9]{1,12}$/, 'Must be a whole number.'),
          v.transform(Number),
          v.number(),
          v.description('Returns only lines after this number.'),
        ),
        '0',
      ),
      limit: paging.limit,
    }),
    answer: v.object({
      lines: v.array(LineSchema),
      head: HeadSchema,
      base: described(
        HeadSchema,
        'The line before the first that is left: 0 unless lines were too old, or the log is of a backup.',
      ),
    }),
  }),
  verifyAudit: route('GET', '/api/audit/verify', 'admin', {
    summary: 'Verifies the whole log, and compares it with the daily heads in the backups bucket.',
    answer: LogVerificationSchema,
  }),
  verifyKeptAudit: route('POST', '/api/audit/verify', 'admin', {
    summary: 'Verifies exported lines.',
    again: 'Gives the same answer. The call changes nothing.',
    keepsAnswer: false,
    body: v.strictObject({
      after: v.optional(described(HeadSchema, 'The line before the first of them.'), {
        seq: 0,
        mac: '',
      }),
      lines: v.pipe(v.array(LineSchema), v.maxLength(500)),
    }),
    bodyMaxBytes: LINES_MAX_BYTES,
    example: { lines: [] },
    answer: VerificationSchema,
  }),
} as const
