/** What the audit log holds of one change: who, from where, what, before and after, why. Never a value of a secret. */
import type { Json } from '../../platform/json.ts'

/** Who asks for a change. */
export interface Who {
  /** `admin`, `token:<id>`, `access:<email>`, `link`, `schedule`. */
  readonly actor: string
  /** The client's address; null where nobody called. */
  readonly from: string | null
  readonly requestId: string
  /** In the operator's words; null where none was asked for. */
  readonly reason: string | null
}

/** What is done, as `<noun>.<participle>`. */
export const AUDIT_ACTIONS = [
  'source.created',
  'source.changed',
  'source.removed',
  'secret.rotated',
  'secret.activated',
  'secret.revoked',
  'secret.expired',
  'secret.linked',
  'secret.retrieved',
  'secret.installed',
  'master_key.resealed',
  'backup.made',
  'backup.read',
  'backup.restored',
  'token.created',
  'token.revoked',
  'session.began',
  'session.ended',
  'sessions.ended',
  'admin_token.retired',
  'suppression.added',
  'suppression.lifted',
  'suppressions.imported',
  'dead_letters.redriven',
  'dead_letter.removed',
  'quarantine.replayed',
  'quarantine.removed',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** A change before it has a place in the log. */
export interface AuditDraft {
  readonly action: AuditAction
  /** What it is done to: `source/shop`, `secret/shop/hmac/3`. */
  readonly target: string
  readonly before: Json
  readonly after: Json
}

/** One line of the log. */
export interface AuditEntry extends AuditDraft, Who {
  /** 1, 2, 3 … without a gap. */
  readonly seq: number
  /** RFC 3339. */
  readonly at: string
}
