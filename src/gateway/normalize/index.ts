/** Stage 5: a verified delivery in the provider's words becomes events and quarantined items, or a handshake. */
import type { Contents, DeliveryFacts } from '../../event/envelope.ts'
import type { Opened, VerifiedBytes, Provider } from '../../providers/provider.ts'
import { quarantinedBody } from '../../providers/quarantine.ts'
import { openBody, understand } from '../../providers/understand.ts'
import type { Verified } from '../authenticate/verified.ts'
import { type CheckRecord, PASSED, failedBy, recorded } from '../check/level.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

export type Normalized =
  | { readonly kind: 'contents'; readonly contents: Contents }
  | { readonly kind: 'handshake'; readonly handshake: Extract<Opened, { kind: 'handshake' }> }

/**
 * Understands a delivery. What cannot be understood is quarantined, whole or item by item, never refused: it is authentic,
 * so it is our problem. The exception is a body that nobody vouches for (credentials prove the sender, not the bytes).
 */
export async function normalize(
  verified: Verified,
  provider: Provider,
  facts: DeliveryFacts,
): Promise<Outcome<Normalized>> {
  const body = verifiedBytes(verified)
  const opened = openBody(provider, body)
  if (opened.kind === 'handshake') return pass({ kind: 'handshake', handshake: opened })
  if (opened.kind === 'items')
    return pass({ kind: 'contents', contents: await understand(provider, opened.items, body, facts) })
  if (!verified.coversBody) return refuse({ code: 'body_malformed', problem: 'unreadable' })
  return pass({
    kind: 'contents',
    contents: { delivery: facts, events: [], quarantined: [quarantinedBody(body)] },
  })
}

/** The record with the check `payload` decided: of one broken item in a thousand it says so, and the others went through. */
export function withPayload(record: CheckRecord, normalized: Outcome<Normalized>): CheckRecord {
  if (!normalized.ok) return recorded(record, 'payload', failedBy('payload_unreadable'))
  const whole = normalized.value.kind === 'handshake' || normalized.value.contents.quarantined.length === 0
  return recorded(record, 'payload', whole ? PASSED : failedBy('payload_quarantined'))
}

/** A duplicate was understood before; how much was in it, and what its handshake asked for, is still worth saying. */
export const reopen = (verified: Verified, provider: Provider): Opened =>
  openBody(provider, verifiedBytes(verified))

const verifiedBytes = ({ delivery, verifiedHeaders }: Verified): VerifiedBytes => ({
  bytes: delivery.body,
  contentType: delivery.headers.get('content-type'),
  query: delivery.query,
  verifiedHeaders,
})
