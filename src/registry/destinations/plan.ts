/** Plans a change of a destination before anything is written. */
import { type Plan, type PlanContext, type Unchanged, draftOf, isSame } from '../owners/plan.ts'
import type { Stored } from '../owners/owner.ts'
import type { LinkRequest } from '../rotation/contract.ts'
import { leakProblems } from '../rotation/leaks.ts'
import { type NewSecret, newVersion, reconcile } from '../rotation/reconcile.ts'
import { openVersions, sealVersions, valuesOf } from '../rotation/sealed.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import { nextVersion, pruned, revokeExpired } from '../rotation/transitions.ts'
import type { NotChanged, Secret } from '../sources/source.ts'
import type { DestinationRules } from '../../platform/outbound-url.ts'
import type { DestinationConfig } from './document.ts'
import { readDestination } from './read-document.ts'
import { DESTINATION_RULES } from './rules.ts'
import { SIGNING_SLOTS, type SlotName } from './slots.ts'

type StoredDestination = Stored<DestinationConfig>
type DestinationPlan = Plan<DestinationConfig>

/** @param link to a signing secret, in case that this change generates one */
export async function planPut(
  name: string,
  document: unknown,
  before: StoredDestination | undefined,
  { sealer, nowMs, leaks, keyedHash }: PlanContext<DestinationConfig>,
  policy: DestinationRules,
  link?: LinkRequest,
): Promise<DestinationPlan | Unchanged | NotChanged> {
  const owner = DESTINATION_RULES.keyOf(name)
  const stored = await openVersions(sealer, owner, revokeExpired(before?.secrets ?? [], nowMs))
  const present = before && { config: before.config, secrets: valuesOf(stored) }
  const read = await readDestination(document, present, policy)
  if (!read.ok) return { ok: false, code: 'document_invalid', problems: read.problems }

  const { rows, added } = reconcile(stored, read.secrets, nowMs, read.kept)
  const problems = await leakProblems(owner, added, leaks, keyedHash)
  if (problems.length > 0) return { ok: false, code: 'document_invalid', problems }
  const generated = await generateMissing(read.config, [...rows, ...added], nowMs)
  const sealed = await sealVersions(sealer, owner, [...added, ...generated])
  const next = { config: read.config, secrets: pruned([...rows, ...sealed]) }
  if (before !== undefined && isSame(before, next)) return { ok: true, next: 'unchanged' }
  const action = before === undefined ? 'destination.created' : 'destination.changed'
  const draft = draftOf(DESTINATION_RULES, action, owner, before, next)
  const shown = generated.find(({ state }) => state === 'pending')
  if (shown === undefined || link === undefined) return { ok: true, next, version: null, draft }
  const { slot, version } = shown
  const endsAtMs = nowMs + link.lifeSeconds * 1_000
  const made = { sha256: link.sha256, source: owner, slot, version, endsAtMs }
  return { ok: true, next, version, draft, link: made, also: ({ links }) => links.write(made) }
}

export const planRemove = (name: string, before: StoredDestination): DestinationPlan => ({
  ok: true,
  next: null,
  version: null,
  draft: draftOf(DESTINATION_RULES, 'destination.removed', DESTINATION_RULES.keyOf(name), before, null),
})

/** New secrets for the slots that have no version to sign with, so that no delivery is ever unsigned. */
export const generateMissing = (
  config: DestinationConfig,
  versions: readonly SecretVersion[],
  nowMs: number,
): Promise<NewSecret[]> =>
  Promise.all(missingSlots(config, versions).map((slot) => generate(slot, versions, nowMs)))

/** Slots without a version to sign with. A retiring one does not count: it ends without anybody doing something. */
function missingSlots({ ed25519 }: DestinationConfig, versions: readonly SecretVersion[]): SlotName[] {
  const needed: SlotName[] = ed25519 ? ['signing_secret', 'signing_key'] : ['signing_secret']
  return needed.filter((slot) =>
    versions.every((one) => one.slot !== slot || (one.state !== 'active' && one.state !== 'pending')),
  )
}

async function generate(
  slot: SlotName,
  versions: readonly SecretVersion[],
  nowMs: number,
): Promise<NewSecret> {
  const { check, generate: newValue, isFetched } = SIGNING_SLOTS[slot]
  const checked = await check(newValue())
  if (!checked.ok) throw new TypeError('a generated secret does not pass its own check')
  const secret: Secret = checked.secret
  const version = newVersion(slot, nextVersion(versions, slot), 'postern', nowMs)
  return isFetched ? { ...version, secret } : { ...version, state: 'active', activatedAtMs: nowMs, secret }
}
