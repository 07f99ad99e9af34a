/** Handlers of the audit log. */
import { type Entry, auditRoutes } from '../../api/audit.ts'
import type { AuditLine } from '../../registry/audit/chain.ts'
import type { AuditEntry } from '../../registry/audit/entry.ts'
import { verifyLog } from '../backups/audit-archive.ts'
import { type TokenNames, actorName, tokenNames } from '../messages/actor.ts'
import { numberBefore, numberCursor } from './number-cursor.ts'
import { answer, bindRoutes } from './route.ts'

export const audit = bindRoutes(auditRoutes, {
  async listAudit({ query }, { registry }) {
    const [lines, { base }, tokens] = await Promise.all([
      registry.audit.before(numberBefore(query.cursor), query.limit),
      registry.audit.heads(),
      registry.operators.tokens(),
    ])
    const names = tokenNames(tokens)
    const last = lines.at(-1)
    const more = last !== undefined && last.seq > base.seq + 1
    return answer({
      entries: lines.map((line) => entryAnswer(line, names)),
      next_cursor: more ? numberCursor(last.seq) : null,
    })
  },

  async exportAudit({ query }, { registry }) {
    const lines = await registry.audit.after(query.after, query.limit)
    const { head, base } = await registry.audit.heads()
    return answer({ lines, head: { seq: head.seq, mac: head.mac }, base: { seq: base.seq, mac: base.mac } })
  },

  verifyAudit: async (_input, context) => answer(await verifyLog(context)),

  verifyKeptAudit: async ({ body }, { registry }) =>
    answer(await registry.audit.verify(body.after, body.lines)),
})

function entryAnswer({ text }: AuditLine, names: TokenNames): Entry {
  const { requestId, ...entry } = JSON.parse(text) as AuditEntry
  return { ...entry, actor_name: actorName(entry.actor, names), request_id: requestId }
}
