/** Applies a whole configuration: plans every change, then writes all of them in one transaction. */
import type { Who } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import { contextOf } from '../channels/calls.ts'
import { CHANNELS_MAX, TOO_MANY_CHANNELS, channelNameProblem } from '../channels/names.ts'
import { planPut as planChannel, planRemove as planChannelRemoval } from '../channels/plan.ts'
import type { DestinationConfig } from '../destinations/document.ts'
import { DESTINATIONS_MAX, TOO_MANY_DESTINATIONS, destinationNameProblem } from '../destinations/names.ts'
import { planPut as planDestination, planRemove as planRemoval } from '../destinations/plan.ts'
import { DESTINATION_RULES } from '../destinations/rules.ts'
import { type PlannedAll, planAll } from '../owners/plan-all.ts'
import type { Applied, WantedConfiguration } from './configuration.ts'
import type { SourceConfig } from './document.ts'
import { SOURCES_MAX, TOO_MANY_SOURCES, nameProblem } from './names.ts'
import { planPut, planRemove } from './plan.ts'
import { SOURCE_RULES } from './rules.ts'

/**
 * Guards are notified of every change and removal before this returns, as for a single source. The alarm notifies them of new
 * sources: no gateway has cached an older version of those.
 */
export async function applyConfiguration(
  changes: Changes,
  wanted: WantedConfiguration,
  who: Who,
  nowMs: number,
): Promise<Applied> {
  const existing = new Set<string>()
  const done = await changes.inTurn(async (): Promise<Applied> => {
    const version = changes.version()
    if (wanted.expectedVersion !== null && wanted.expectedVersion !== version)
      return { ok: false, code: 'version_conflict', version }

    const sources = await planSources(changes, wanted, nowMs)
    const destinations = await planDestinations(changes, wanted, nowMs)
    const channels = await planChannels(changes, wanted, nowMs)
    const problems = [...sources.problems, ...destinations.problems, ...channels.problems]
    if (problems.length > 0) return { ok: false, code: 'configuration_invalid', problems }
    const answer = {
      ok: true,
      changes: sources.changes,
      destinationChanges: destinations.changes,
      channelChanges: channels.changes,
      unreached: [],
    } as const
    const drafts = [...sources.steps, ...destinations.steps, ...channels.steps].map(({ plan }) => plan.draft)
    if (wanted.dryRun || drafts.length === 0) return { ...answer, version }

    const lines = await changes.audit.nextOf(drafts, who, nowMs, changes.sealer())
    // Before the write: if the object crashes after it, the alarm sends the notifications.
    await changes.scheduleNotifications()
    changes.atomically(() => {
      for (const line of lines) changes.audit.write(line)
      for (const { name, before, plan } of sources.steps) {
        if (before !== undefined) existing.add(name)
        changes.write(name, before, plan.next, nowMs)
        plan.also?.(changes.tables.secrets)
      }
      for (const { name, before, plan } of destinations.steps) {
        changes.writeOwner(changes.tables.destinations, name, before, plan.next, nowMs)
        plan.also?.(changes.tables.secrets)
      }
      for (const { name, before, plan } of channels.steps)
        changes.writeOwner(changes.tables.channels, name, before, plan.next, nowMs)
    })
    return { ...answer, version: changes.version() }
  })
  if (!done.ok || wanted.dryRun) return done
  return { ...done, unreached: await changes.sendPendingNotifications((name) => existing.has(name)) }
}

function planSources(
  changes: Changes,
  { sources, prune }: WantedConfiguration,
  nowMs: number,
): Promise<PlannedAll<SourceConfig>> {
  const context = changes.planContext(SOURCE_RULES, nowMs)
  return planAll({
    prefix: '',
    listPath: 'sources',
    documents: sources,
    present: changes.tables.all(),
    prune,
    max: SOURCES_MAX,
    tooMany: TOO_MANY_SOURCES,
    nameProblem,
    shown: SOURCE_RULES.shown,
    put: (name, document, before) => planPut(name, document, before, context),
    remove: planRemove,
  })
}

/** A configuration without destinations leaves all of them as they are, even if it prunes. */
async function planDestinations(
  changes: Changes,
  { destinations, ownHosts = [], prune }: WantedConfiguration,
  nowMs: number,
): Promise<PlannedAll<DestinationConfig>> {
  if (destinations === undefined) return { problems: [], steps: [], changes: [] }
  const context = changes.planContext(DESTINATION_RULES, nowMs)
  const policy = changes.urlPolicy(ownHosts)
  return planAll({
    prefix: 'destinations.',
    listPath: 'destinations',
    documents: destinations,
    present: changes.tables.destinations.all(),
    prune,
    max: DESTINATIONS_MAX,
    tooMany: TOO_MANY_DESTINATIONS,
    nameProblem: destinationNameProblem,
    shown: DESTINATION_RULES.shown,
    put: (name, document, before) => planDestination(name, document, before, context, policy),
    remove: planRemoval,
  })
}

/** A configuration without channels leaves all of them as they are, even if it prunes. */
async function planChannels(
  changes: Changes,
  { channels, ownHosts = [], prune }: WantedConfiguration,
  nowMs: number,
): Promise<PlannedAll<ChannelConfig>> {
  if (channels === undefined) return { problems: [], steps: [], changes: [] }
  const context = contextOf(changes, nowMs)
  const policy = changes.urlPolicy(ownHosts)
  return planAll({
    prefix: 'channels.',
    listPath: 'channels',
    documents: channels,
    present: changes.tables.channels.all(),
    prune,
    max: CHANNELS_MAX,
    tooMany: TOO_MANY_CHANNELS,
    nameProblem: channelNameProblem,
    // The operator sees the document as it is; only the audit log leaves out addresses.
    shown: (config) => config,
    put: (name, document, before) => planChannel(name, document, before, context, policy),
    remove: planChannelRemoval,
  })
}
