/** One change in the audit log: who, from where, what, before and after, why. Never the value of a secret. */
import type { Json } from '../../platform/json.ts'

/** Author of a change. */
export interface Who {
  /** `admin`, `token:<id>`, `access:<email>`, `link`, `schedule`, `gateway`. */
  readonly actor: string
  /** The client's address; null for scheduled runs. */
  readonly from: string | null
  readonly requestId: string
  /** As the operator wrote it; null if none was required. */
  readonly reason: string | null
}

export const hasReason = ({ reason }: Who): boolean => reason !== null && reason.trim() !== ''

/** Actions are named `<noun>.<participle>`. */
export const AUDIT_ACTIONS = [
  'source.created',
  'source.changed',
  'source.removed',
  'destination.created',
  'destination.changed',
  'destination.removed',
  'channel.created',
  'channel.changed',
  'channel.removed',
  'channel.tested',
  'capture.began',
  'capture.ended',
  'capture.read',
  'original.read',
  'events.reread',
  'setup.opened',
  'setup.closed',
  'webhook.mended',
  'backfill.began',
  'backfill.stopped',
  'backfill.resumed',
  'containment.began',
  'containment.lifted',
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
  'drill.recorded',
  // Lines of versions before 0.4.0 have it.
  'assessment.recorded',
  'token.created',
  'token.revoked',
  'session.began',
  'session.ended',
  'sessions.ended',
  'admin_token.retired',
  'suppression.added',
  'suppression.lifted',
  'suppressions.imported',
  'suppressions.reviewed',
  'suppressions.synced',
  'policy.taken',
  'address_service.changed',
  'addresses.sent',
  'address_job.created',
  'address_job.stopped',
  'dead_letters.redriven',
  'dead_letter.removed',
  'quarantine.replayed',
  'quarantine.removed',
  'destination.disabled',
  'destination.resumed',
  'destination.tested',
  'destination.replayed',
  'destination.redriven',
  'replay.ended',
  'delivery.retried',
  'delivery.skipped',
  'incident.acknowledged',
  'incident.assigned',
  'incident.noted',
  'incident.resolved',
  'incident.reviewed',
  'incidents.restored',
  'people.keys_read',
  'person.shown',
  'person.exported',
  'erasure.began',
  'person.erased',
  'retention.changed',
  'retention.enforced',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** Filter of the log. Absent fields narrow nothing. */
export interface AuditFilter {
  /** `secret.rotated`, or `secret` for all actions of secrets. */
  readonly action?: string | undefined
  /** A part of the target. */
  readonly target?: string | undefined
  readonly actor?: string | undefined
  /** RFC 3339 in UTC with milliseconds, as the lines have it. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** A change that is not in the log yet. */
export interface AuditDraft {
  readonly action: AuditAction
  /** Target of the change: `source/shop`, `secret/shop/hmac/3`, `destination/app`, `secret/destination/app/signing_secret/2`. */
  readonly target: string
  readonly before: Json
  readonly after: Json
}

/** One line of the log. */
export interface AuditEntry extends AuditDraft, Who {
  /** 1, 2, 3 … without gaps. */
  readonly seq: number
  /** RFC 3339. */
  readonly at: string
}
