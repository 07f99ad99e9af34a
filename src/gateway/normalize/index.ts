/** Stage 5: a verified delivery in the provider's words becomes events and quarantined items, or a handshake. */
import type { DeliveryFacts } from '../../event/envelope.ts'
import { mediaType } from '../../platform/media-type.ts'
import type { Opened, VerifiedBytes, Provider } from '../../providers/shared/provider.ts'
import { quarantinedBody } from '../../providers/shared/quarantine.ts'
import { beginsLikeJson } from '../../providers/shared/json-text.ts'
import { type Understood, openBody, understand } from '../../providers/shared/understand.ts'
import type { Verified } from '../authenticate/verified.ts'
import { type Outcome, pass, refuse } from '../outcome.ts'

export type Normalized =
  | { readonly kind: 'contents'; readonly contents: Understood }
  | { readonly kind: 'handshake'; readonly handshake: Extract<Opened, { kind: 'handshake' }> }

/**
 * Reads the provider's words. What cannot be read is quarantined, whole or item by item, and not refused: it is authentic, so the
 * fault is ours. Refused is only what came with a credential, which proves no bytes, and contradicts its own content type.
 */
export async function normalize(
  verified: Verified,
  provider: Provider,
  facts: DeliveryFacts,
  keepsOriginals = false,
): Promise<Outcome<Normalized>> {
  const body = verifiedBytes(verified)
  const opened = openBody(provider, body)
  if (opened.kind === 'handshake') return pass({ kind: 'handshake', handshake: opened })
  if (opened.kind === 'items')
    return pass({
      kind: 'contents',
      contents: await understand(provider, opened.items, body, facts, keepsOriginals),
    })
  if (!verified.coversBody && contradictsType(body))
    return refuse({ code: 'body_malformed', problem: 'unreadable' })
  return pass({
    kind: 'contents',
    contents: {
      delivery: facts,
      events: [],
      quarantined: [quarantinedBody(body)],
      dropped: 0,
      defects: [{ lack: 'form', type: '', item: body.bytes, count: 1 }],
    },
  })
}

/** Whether it is said to be JSON and begins like no JSON event. A body that was cut off on its way still begins like one. */
const contradictsType = ({ contentType, bytes }: VerifiedBytes): boolean =>
  mediaType(contentType)?.includes('json') === true && !beginsLikeJson(bytes)

/** Opens a duplicate again: its answer says how much was in it, or repeats the handshake. */
export const reopen = (verified: Verified, provider: Provider): Opened =>
  openBody(provider, verifiedBytes(verified))

const verifiedBytes = ({ delivery, verifiedHeaders }: Verified): VerifiedBytes => ({
  bytes: delivery.body,
  contentType: delivery.headers.get('content-type'),
  query: delivery.query,
  verifiedHeaders,
})
