/**
 * Why nobody may write to an address. In tables a scope stands behind its reason (`unsubscribe:list:news`), and in `resubscribed` behind its
 * source: so each scope has rows of its own, while an older consumer still writes to the same tables. An older version reads such a reason as
 * one for all mail.
 */
import { CAUSES_OF_SENDER } from '../event/cause/causes.ts'

export const SUPPRESSION_REASONS = [
  'hard_bounce',
  'spam_report',
  'unsubscribe',
  'soft_bounces',
  'manual',
] as const
export type SuppressionReason = (typeof SUPPRESSION_REASONS)[number]

/** As tables have it. */
export type StoredReason = SuppressionReason | `${SuppressionReason}:${string}`

/** Reasons that can have a scope. Bounces and complaints say that nobody may write to the address at all. */
export const SCOPED_REASONS = ['unsubscribe', 'manual'] as const satisfies readonly SuppressionReason[]

/** @param scope null for all mail */
export const storedReason = (reason: SuppressionReason, scope: string | null): StoredReason =>
  scope === null ? reason : `${reason}:${scope}`

export function reasonAndScope(stored: string): {
  readonly reason: SuppressionReason
  readonly scope: string | null
} {
  const colon = stored.indexOf(':')
  const reason = (colon < 0 ? stored : stored.slice(0, colon)) as SuppressionReason
  return { reason, scope: colon < 0 ? null : stored.slice(colon + 1) }
}

/** SQL: the reason or source in a stored text. */
export const withoutScope = (stored: string): string =>
  `substr(${stored}, 1, instr(${stored} || ':', ':') - 1)`

/** SQL: the scope in a stored text; null for all mail. */
export const scopeIn = (stored: string): string =>
  `iif(instr(${stored}, ':') > 0, substr(${stored}, instr(${stored}, ':') + 1), NULL)`

/** SQL: whether a stored reason is of an unsubscribe, from all mail or from a scope. */
export const isUnsubscribe = (stored: string): string =>
  `(${stored} = 'unsubscribe' OR ${stored} GLOB 'unsubscribe:*')`

/** SQL: the end of the stored reason of an unsubscribe, `:list:news`; empty for all mail. */
export const scopeEnding = (stored: string): string => `substr(${stored}, ${'unsubscribe'.length + 1})`

/** SQL: whether a bounce of a cause may say something of its address. One of an earlier version has no cause, and may. */
export const mayBeTheAddress = (cause: string): string =>
  `coalesce(${cause}, '') NOT IN (${CAUSES_OF_SENDER.map((one) => `'${one}'`).join(', ')})`
