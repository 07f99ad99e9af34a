/** The calls about the configuration as a whole. All changes to a wanted one are planned, then written in one transaction. */
import { RpcTarget } from 'cloudflare:workers'
import { type Who, hasReason } from '../audit/entry.ts'
import type { Changes } from '../changes.ts'
import type { ChannelConfig } from '../../channels/document.ts'
import type { ChannelView } from '../channels/channel.ts'
import type { DestinationView } from '../destinations/destination.ts'
import type { DestinationConfig } from '../destinations/document.ts'
import type { Owners } from '../owners/owners.ts'
import { type PlannedAll, planAll } from '../owners/plan-all.ts'
import { planWanted } from '../retention/plan-wanted.ts'
import type { SourceConfig } from './document.ts'
import type { SourceView } from './source.ts'
import type { Applied, Configuration, WantedConfiguration } from './configuration.ts'

export interface ConfigurationDeps {
  readonly changes: Changes
  readonly sources: Owners<SourceConfig, SourceView>
  readonly destinations: Owners<DestinationConfig, DestinationView>
  readonly channels: Owners<ChannelConfig, ChannelView>
  readonly nowMs: () => number
}

export class WholeConfiguration extends RpcTarget {
  readonly #deps: ConfigurationDeps

  constructor(deps: ConfigurationDeps) {
    super()
    this.#deps = deps
  }

  /** All sources, destinations and channels at one moment, and the retention document. */
  async read(): Promise<Configuration> {
    const { changes, ...owners } = this.#deps
    const [sources, destinations, channels] = await Promise.all([
      owners.sources.list(),
      owners.destinations.list(),
      owners.channels.list(),
    ])
    const retention = changes.tables.retention.settings()
    return { version: changes.version(), sources, destinations, channels, retention }
  }

  /**
   * Changes all sources, destinations, channels and retention to match.
   *
   * Guards are notified of every change and removal before this returns, as for a single source. The alarm notifies them of new
   * sources: no gateway has cached an older version of those.
   */
  async apply(wanted: WantedConfiguration, who: Who): Promise<Applied> {
    const { changes, nowMs } = this.#deps
    const atMs = nowMs()
    const existing = new Set<string>()
    const done = await changes.inTurn(async (): Promise<Applied> => {
      const version = changes.version()
      if (wanted.expectedVersion !== null && wanted.expectedVersion !== version)
        return { ok: false, code: 'version_conflict', version }

      const { prune, ownHosts = [] } = wanted
      const context = changes.planContext(atMs)
      const rules = changes.urlPolicy(ownHosts)
      const { tables } = changes
      const sources = await planAll(tables.sources, wanted.sources, prune, context, rules)
      const destinations = await planAll(tables.destinations, wanted.destinations, prune, context, rules)
      const channels = await planAll(tables.channels, wanted.channels, prune, context, rules)
      const retention = await planWanted(wanted, changes, atMs)
      const problems = [
        ...sources.problems,
        ...destinations.problems,
        ...channels.problems,
        ...(retention?.problems ?? []),
      ]
      if (problems.length > 0) return { ok: false, code: 'configuration_invalid', problems }
      const answer = {
        ok: true,
        changes: sources.changes,
        destinationChanges: destinations.changes,
        channelChanges: channels.changes,
        retentionChange: retention?.change ?? null,
        unreached: [],
      } as const
      const steps = [...sources.steps, ...destinations.steps, ...channels.steps]
      const drafts = [...steps.map(({ plan }) => plan.draft), ...(retention?.step?.drafts ?? [])]
      if (wanted.dryRun || drafts.length === 0) return { ...answer, version }
      if (retention?.change?.isShortened === true && !hasReason(who))
        return { ok: false, code: 'reason_needed' }

      for (const { name, before } of sources.steps) if (before !== undefined) existing.add(name)
      const lines = await changes.audit.nextOf(drafts, who, atMs, changes.sealer())
      // Before the write: if the object crashes after it, the alarm sends the notifications.
      await changes.scheduleNotifications()
      changes.atomically(() => {
        for (const line of lines) changes.audit.write(line)
        writeAll(changes, sources, atMs)
        writeAll(changes, destinations, atMs)
        writeAll(changes, channels, atMs)
        retention?.step?.write()
      })
      return { ...answer, version: changes.version() }
    })
    if (!done.ok || wanted.dryRun) return done
    return { ...done, unreached: await changes.sendPendingNotifications((name) => existing.has(name)) }
  }
}

function writeAll<Config>(changes: Changes, { tables, steps }: PlannedAll<Config>, nowMs: number): void {
  for (const { name, before, plan } of steps) {
    changes.write(tables, name, before, plan.next, nowMs)
    plan.also?.(changes.tables.secrets)
  }
}
