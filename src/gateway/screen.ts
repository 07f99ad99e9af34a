/**
 * Before the body is read: what the head of a delivery alone refuses. A stranger who shows no proof, or a wrong credential, gets no
 * memory for a body. As in `enter.ts` the newest source decides that anybody knows of.
 */
import type { DeliveryHead } from '../providers/presented-credentials.ts'
import { knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { refusedByHead } from './authenticate/index.ts'
import { EMPTY_RECORD } from './check/level.ts'
import type { Deps } from './deps.ts'
import { newerSource } from './enter.ts'
import { type Outcome, pass } from './outcome.ts'
import { isUnverified } from './respond.ts'
import type { DeliveryContext } from './delivery-context.ts'

/** The source that the delivery is worth reading for, or why it is not. */
export async function screen(
  found: FoundSource,
  head: DeliveryHead,
  context: DeliveryContext,
  deps: Deps,
): Promise<Outcome<FoundSource>> {
  const known = knownSource(found, context)
  if (!known.ok) return known
  const { source, provider } = known.value
  const hopeless = await refusedByHead(head, provider, source, { nowMs: deps.nowMs(), fetch: deps.fetch })
  if (hopeless === undefined) return pass(found)
  const { outcome, attempted } = hopeless
  Object.assign(context, { attempted, verified: [], checks: EMPTY_RECORD })
  const newer = !outcome.ok && isUnverified(outcome.refusal.code) ? await newerSource(found, deps) : undefined
  return newer === undefined ? outcome : screen(newer, head, context, deps)
}
