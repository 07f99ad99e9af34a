/** Plans a change of a channel before anything is written. */
import type { DestinationRules } from '../../platform/outbound-url.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import { readChannel } from '../../channels/read-document.ts'
import type { Stored } from '../owners/owner.ts'
import { type Plan, type PlanContext, type Unchanged, draftOf, isSame } from '../owners/plan.ts'
import { reconcile } from '../rotation/reconcile.ts'
import { openVersions, sealVersions } from '../rotation/sealed.ts'
import type { NotChanged, Secrets } from '../sources/source.ts'
import { CHANNEL_RULES } from './rules.ts'

type StoredChannel = Stored<ChannelConfig>
type ChannelPlan = Plan<ChannelConfig>

/** Context of a channel's plan besides the channel. */
export type ChannelContext = Pick<PlanContext<ChannelConfig>, 'sealer' | 'nowMs'>

/** Only the present values are kept: the versions of a vendor's secret tell nobody anything. */
export async function planPut(
  name: string,
  document: unknown,
  before: StoredChannel | undefined,
  { sealer, nowMs }: ChannelContext,
  policy: DestinationRules,
): Promise<ChannelPlan | Unchanged | NotChanged> {
  const owner = CHANNEL_RULES.keyOf(name)
  const present = before && {
    config: before.config,
    slots: new Set(before.secrets.flatMap(({ slot, sealed }) => (sealed === null ? [] : [slot]))),
  }
  const read = readChannel(document, present, policy)
  if (!read.ok) return { ok: false, code: 'document_invalid', problems: read.problems }

  const wanted: Secrets = Object.fromEntries(
    Object.entries(read.secrets).map(([slot, text]) => [slot, [{ kind: 'text', text }]]),
  )
  // Secrets that are kept need not be decrypted.
  const kept = (before?.secrets ?? []).filter(({ slot }) => read.kept.has(slot))
  const others = (before?.secrets ?? []).filter(({ slot }) => !read.kept.has(slot))
  const { rows, added } = reconcile(await openVersions(sealer, owner, others), wanted, nowMs)
  const left = [...kept, ...rows]
    .filter((row) => row.sealed !== null)
    .toSorted((a, b) => (a.slot < b.slot ? -1 : 1))
  const sealed = await sealVersions(sealer, owner, added)
  const next = { config: read.config, secrets: [...left, ...sealed] }
  if (before !== undefined && isSame(before, next)) return { ok: true, next: 'unchanged' }
  const action = before === undefined ? 'channel.created' : 'channel.changed'
  return { ok: true, next, version: null, draft: draftOf(CHANNEL_RULES, action, owner, before, next) }
}

export const planRemove = (name: string, before: StoredChannel): ChannelPlan => ({
  ok: true,
  next: null,
  version: null,
  draft: draftOf(CHANNEL_RULES, 'channel.removed', CHANNEL_RULES.keyOf(name), before, null),
})
