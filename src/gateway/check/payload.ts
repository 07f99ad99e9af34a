/** Check `payload`: the provider's words could be read, and each event holds what an event of its type must hold. */
import type { Outcome } from '../outcome.ts'
import { type Finding, PASSED, failedBy } from './record.ts'

/** A normalized delivery, as far as this check reads it. */
type Normalized =
  | { readonly kind: 'handshake' }
  | { readonly kind: 'contents'; readonly contents: { readonly quarantined: readonly unknown[] } }

/** Fails for a single item of many that went to quarantine. The other items are accepted all the same. */
export function payload(normalized: Outcome<Normalized>): Finding {
  if (!normalized.ok) return failedBy('payload_unreadable')
  const { value } = normalized
  const isWhole = value.kind === 'handshake' || value.contents.quarantined.length === 0
  return isWhole ? PASSED : failedBy('payload_quarantined')
}
