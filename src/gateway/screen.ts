/**
 * Before the body is read: refuses what the head of a delivery alone can refuse. A stranger who shows no proof, or a wrong
 * credential, gets no memory for a body. As in `enter.ts`, the newest known version of the source decides.
 */
import type { DeliveryHead } from '../providers/shared/presented-credentials.ts'
import { knownSource } from './accept/index.ts'
import type { FoundSource } from './accept/sources.ts'
import { refusedByHead } from './authenticate/index.ts'
import { type DeliveryContext, type Step, step, withSource } from './delivery-context.ts'
import type { Deps } from './deps.ts'
import { newerSource } from './enter.ts'
import { pass } from './outcome.ts'
import { isUnverified } from './respond.ts'

/** Passes with the source under which the body is worth reading. */
export async function screen(
  found: FoundSource,
  head: DeliveryHead,
  before: DeliveryContext,
  deps: Deps,
): Promise<Step<FoundSource>> {
  const known = knownSource(found)
  if (!known.ok) return step(known, before)
  const { source, provider } = known.value
  const context = withSource(before, known.value, deps.nowMs())
  const refused = await refusedByHead(head, provider, source, { nowMs: deps.nowMs(), fetch: deps.fetch })
  if (refused === undefined) return step(pass(found), context)
  const { outcome, attempted } = refused
  const after = { ...context, attempted }
  const newer = !outcome.ok && isUnverified(outcome.refusal.code) ? await newerSource(found, deps) : undefined
  return newer === undefined ? step(outcome, after) : screen(newer, head, after, deps)
}
