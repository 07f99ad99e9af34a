/** Entries of the audit log, for the API and the page. */
import type { Entry } from '../../api/audit.ts'
import { rfc3339Ms, toInstant } from '../../platform/time.ts'
import type { AuditLine } from '../../registry/audit/chain.ts'
import type { AuditEntry, AuditFilter } from '../../registry/audit/entry.ts'
import { numberBefore, numberCursor } from './number-cursor.ts'
import { type TokenNames, actorName, tokenNames } from '../messages/actor.ts'
import type { RequestContext } from '../request-context.ts'

interface Page extends AuditFilter {
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Newest first. @throws {CursorMalformed} */
export async function listAudit(
  { registry }: Pick<RequestContext, 'registry'>,
  { limit, cursor, ...asked }: Page,
): Promise<{ entries: Entry[]; next_cursor: string | null }> {
  const filter = { ...asked, since: inUtc(asked.since), until: inUtc(asked.until) }
  const [lines, tokens] = await Promise.all([
    registry.audit.before(numberBefore(cursor), limit, filter),
    registry.operators.tokens(),
  ])
  const names = tokenNames(tokens)
  const last = lines.at(-1)
  const more = last === undefined ? [] : await registry.audit.before(last.seq, 1, filter)
  return {
    entries: lines.map((line) => entryOf(line, names)),
    next_cursor: last === undefined || more.length === 0 ? null : numberCursor(last.seq),
  }
}

/** Lines have their times so, and are compared as text. */
const inUtc = (time: string | undefined): string | undefined =>
  time === undefined ? undefined : toInstant(rfc3339Ms(time) ?? 0)

/** One entry; undefined if there is none of this number. */
export async function findAudit(
  { registry }: Pick<RequestContext, 'registry'>,
  seq: number,
): Promise<Entry | undefined> {
  const [[line], tokens] = await Promise.all([registry.audit.after(seq - 1, 1), registry.operators.tokens()])
  return line?.seq === seq ? entryOf(line, tokenNames(tokens)) : undefined
}

function entryOf({ text }: AuditLine, names: TokenNames): Entry {
  const { requestId, ...entry } = JSON.parse(text) as AuditEntry
  return { ...entry, actor_name: actorName(entry.actor, names), request_id: requestId }
}
