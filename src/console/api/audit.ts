/** Handlers of the audit log. */
import { auditRoutes } from '../../api/audit.ts'
import { listAudit } from './audit-entries.ts'
import { verifyLog } from '../backups/audit-archive.ts'
import { answer, bindRoutes } from './route.ts'

export const audit = bindRoutes(auditRoutes, {
  listAudit: async ({ query }, context) => answer(await listAudit(context, query)),

  async exportAudit({ query }, { registry }) {
    const lines = await registry.audit.after(query.after, query.limit)
    const { head, base } = await registry.audit.heads()
    return answer({ lines, head: { seq: head.seq, mac: head.mac }, base: { seq: base.seq, mac: base.mac } })
  },

  verifyAudit: async (_input, context) => answer(await verifyLog(context)),

  verifyKeptAudit: async ({ body }, { registry }) =>
    answer(await registry.audit.verify(body.after, body.lines)),
})
