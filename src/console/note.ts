/** Lines of the audit log for actions outside of the registry. Each is written before its action: none is missing, and a logged one may still have failed. */
import type { JsonObject } from '../platform/json.ts'
import type { AuditAction } from '../registry/audit/entry.ts'
import type { RequestContext } from './request-context.ts'

/** @param detail what the action is about, or changes it to @param before what it changes */
export const note = (
  { registry, who }: Pick<RequestContext, 'registry' | 'who'>,
  action: AuditAction,
  target: string,
  detail: JsonObject | null = null,
  before: JsonObject | null = null,
): Promise<void> => registry.audit.note({ action, target, before, after: detail }, who)
