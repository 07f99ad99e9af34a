/**
 * Before the body is read: refuses what a containment of the source refuses, and what the head of a delivery alone can refuse. A
 * stranger who shows no proof, or a wrong credential, gets no memory for a body.
 */
import type { ClientFacts } from '../providers/shared/presented-credentials.ts'
import { containedBy } from './accept/containment.ts'
import { type AcceptedHead, acceptHead } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { refusedByHead } from './authenticate/index.ts'
import { withCurrentSource } from './current-source.ts'
import { EMPTY_CONTEXT, type Step, step, withSource } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { type Refused, pass } from './outcome.ts'
import { isUnverified } from './respond.ts'

/** A delivery whose body may be worth reading. */
export interface Screened {
  /** The version of the source that was judged. */
  readonly found: FoundSource
  readonly accepted: AcceptedHead
  /** Set if no body can change that it is refused. */
  readonly refused: Refused | undefined
}

export const screen = (
  request: Request,
  cached: FoundSource,
  client: ClientFacts,
  deps: Deps,
): Promise<Step<Screened>> =>
  withCurrentSource<Screened>(cached, EMPTY_CONTEXT, deps, async (known, before, found) => {
    const context = withSource(before, known, deps.nowMs())
    const contained = containedBy(known, client, deps.nowMs())
    if (!contained.ok) return { judged: step(contained, context), newer: 'perhaps' }
    const accepted = acceptHead(request, known, client)
    if (!accepted.ok) return { judged: step(accepted, context) }
    const { head, provider, source } = accepted.value
    const refused = await refusedByHead(head, provider, source, { nowMs: deps.nowMs(), fetch: deps.fetch })
    const screened = pass({ found, accepted: accepted.value, refused: refused?.outcome })
    if (refused === undefined) return { judged: step(screened, context) }
    const judged = step(screened, { ...context, attempted: refused.attempted })
    return { judged, ...(isUnverified(refused.outcome.refusal.code) && { newer: 'perhaps' }) }
  })
