/**
 * Judges a delivery under the newest known version of its source. So a secret that was revoked a moment ago is refused on the next
 * request, and a containment that was lifted ends at once, both without an extra round trip.
 */
import { type Known, knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { type DeliveryContext, type Step, step } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { refuse } from './outcome.ts'

/** Judgments of one delivery. A source that changes more often meanwhile is changed by a script; the sender may retry. */
const JUDGMENTS_MAX = 3

export interface Judgment<T> {
  readonly judged: Step<T>
  /** Whether a newer version may decide otherwise: `perhaps` if the refusal can be a sign of one, `exists` if the guard names one. */
  readonly newer?: 'perhaps' | 'exists'
}

/** @param judge gets what is known of the delivery by then */
export async function withCurrentSource<T>(
  cached: FoundSource,
  before: DeliveryContext,
  deps: Deps,
  judge: (known: Known, context: DeliveryContext, found: FoundSource) => Promise<Judgment<T>>,
): Promise<Step<T>> {
  let found = cached
  let context = before
  for (let judgments = 0; judgments < JUDGMENTS_MAX; judgments++) {
    const known = knownSource(found)
    if (!known.ok) return step(known, context)
    const { judged, newer } = await judge(known.value, context, found)
    if (newer === undefined) return judged
    const next =
      newer === 'exists'
        ? await deps.sources.reload(known.value.source.name, deps.nowMs())
        : await newerSource(found, deps)
    if (next === undefined) return judged
    found = next
    context = judged.context
  }
  return step(refuse({ code: 'configuration_unavailable' }), context)
}

/** The source, if it has changed since it was cached. Asks once a second at most. */
async function newerSource(found: FoundSource, deps: Deps): Promise<FoundSource | undefined> {
  if (found.state !== 'known' || !deps.sources.mayRecheck(found, deps.nowMs())) return undefined
  const newer = await deps.sources.reload(found.source.name, deps.nowMs())
  const changed =
    newer.state === 'unknown' || (newer.state === 'known' && newer.source.version !== found.source.version)
  return changed ? newer : undefined
}
