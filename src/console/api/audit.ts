/** The audit log: who changed what, when and why. Verification shows whether the log was altered. */
import * as v from 'valibot'
import { fromBase64Url, textOf, toBase64Url, utf8 } from '../../platform/bytes.ts'
import type { AuditLine } from '../../registry/audit/chain.ts'
import type { AuditEntry } from '../../registry/audit/entry.ts'
import { CursorMalformed } from '../../store/cursor.ts'
import { verifyLog } from '../backups/audit-archive.ts'
import { type TokenNames, actorName, tokenNames } from '../messages/actor.ts'
import { nextCursor, paging } from '../../api/paging.ts'
import { type Route, answer, route } from './route.ts'

const EntryAnswer = v.object({
  seq: v.number(),
  at: v.string(),
  actor: v.string(),
  actor_name: v.pipe(
    v.string(),
    v.description('A readable name of the actor. For a token: its name, then its id.'),
  ),
  from: v.pipe(v.nullable(v.string()), v.description('The IP address of the operator.')),
  request_id: v.string(),
  action: v.string(),
  target: v.string(),
  reason: v.nullable(v.string()),
  before: v.unknown(),
  after: v.unknown(),
})

/** Enough for the maximum number of lines in one call, some kilobytes each. */
const LINES_MAX_BYTES = 16 * 1024 * 1024

const seq = v.pipe(v.number(), v.integer(), v.minValue(0))
const mac = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{64})?$/, 'Must be 64 hex digits.'))

const LineSchema = v.strictObject({
  seq,
  text: v.pipe(v.string(), v.description('The text that the MAC covers, unchanged.')),
  mac: v.pipe(mac, v.description('HMAC-SHA-256 over the MAC of the previous line and the text.')),
})

const HeadSchema = v.strictObject({ seq, mac })

const VerificationAnswer = v.variant('ok', [
  v.object({ ok: v.literal(true), head: v.object({ seq: v.number(), mac: v.string() }) }),
  v.object({
    ok: v.literal(false),
    seq: v.pipe(v.number(), v.description('The number of the first wrong line.')),
    problem: v.picklist(['missing', 'misplaced', 'changed', 'cut_off', 'rewritten']),
  }),
])

const START = { seq: 0, mac: '' }

export const audit: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/audit',
    id: 'listAudit',
    summary: 'Lists the entries of the audit log, newest first.',
    role: 'admin',
    query: v.strictObject(paging),
    answer: v.object({ entries: v.array(EntryAnswer), next_cursor: nextCursor }),
    async handler({ query }, { registry }) {
      const [lines, { base }, tokens] = await Promise.all([
        registry.auditBefore(seqBefore(query.cursor), query.limit),
        registry.auditHeads(),
        registry.tokens(),
      ])
      const names = tokenNames(tokens)
      const last = lines.at(-1)
      const more = last !== undefined && last.seq > base.seq + 1
      return answer({
        entries: lines.map((line) => entryAnswer(line, names)),
        next_cursor: more ? toBase64Url(utf8(String(last.seq))) : null,
      })
    },
  }),
  route({
    method: 'GET',
    path: '/api/audit/lines',
    id: 'exportAudit',
    summary:
      'Exports the lines of the log with their MACs, oldest first, to store elsewhere and verify later. Repeat until the last line is the head.',
    role: 'admin',
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
    answer: v.object({ lines: v.array(LineSchema), head: HeadSchema }),
    async handler({ query }, { registry }) {
      const lines = await registry.auditAfter(query.after, query.limit)
      const { head } = await registry.auditHeads()
      return answer({ lines: lines.map((line) => ({ ...line })), head: { seq: head.seq, mac: head.mac } })
    },
  }),
  route({
    method: 'GET',
    path: '/api/audit/verify',
    id: 'verifyAudit',
    summary: 'Verifies the whole log, and compares it with the daily heads in the backups bucket.',
    role: 'admin',
    answer: VerificationAnswer,
    handler: async (_input, context) => answer(await verifyLog(context)),
  }),
  route({
    method: 'POST',
    path: '/api/audit/verify',
    id: 'verifyKeptAudit',
    summary: 'Verifies exported lines.',
    role: 'admin',
    again: 'Gives the same answer. The call changes nothing.',
    body: v.strictObject({
      after: v.optional(v.pipe(HeadSchema, v.description('The line before the first of them.')), START),
      lines: v.pipe(v.array(LineSchema), v.maxLength(500)),
    }),
    bodyMaxBytes: LINES_MAX_BYTES,
    answer: VerificationAnswer,
    handler: async ({ body }, { registry }) => answer(await registry.verifyAudit(body.after, body.lines)),
  }),
]

function entryAnswer({ text }: AuditLine, names: TokenNames): v.InferOutput<typeof EntryAnswer> {
  const { requestId, ...entry } = JSON.parse(text) as AuditEntry
  return { ...entry, actor_name: actorName(entry.actor, names), request_id: requestId }
}

/** @throws {CursorMalformed} */
function seqBefore(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const text = textOf(fromBase64Url(cursor) ?? new Uint8Array(1).fill(0xff)) ?? ''
  if (!/^[0-9]{1,12}$/.test(text)) throw new CursorMalformed('the cursor is not one of ours')
  return Number(text)
}
