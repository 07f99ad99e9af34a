/** Sources whose provider is read otherwise since an upgrade, where something that is stored means something else today. */
import { eventRoutes } from '../../api/events.ts'
import { quarantineRoutes } from '../../api/quarantine.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { toInstant } from '../../platform/time.ts'
import { readOtherwiseSince } from '../../providers/read-otherwise.ts'
import type { Api } from '../connection/api.ts'
import { Stop } from '../stop.ts'
import { type Finding, note, ok, unseen } from './finding.ts'

/** Of events. Their originals are seldom kept for longer. */
const BACK_MS = 30 * 86_400_000

/** Sources that are asked about: each is some hundred events to read. */
const SOURCES_MAX = 20

/** Proposes to read again where a plan finds something. Of each source the oldest page of events is compared. */
export async function rereadFindings(api: Api, nowMs: number): Promise<Finding[]> {
  try {
    const { sources } = await api.call(sourceRoutes.listSources)
    const concerned = sources.flatMap(({ name, provider }) => {
      const version = readOtherwiseSince(provider)
      return version === undefined ? [] : [{ name, provider, version }]
    })
    const findings: Finding[] = []
    for (const { name, provider, version } of concerned.slice(0, SOURCES_MAX)) {
      const since = toInstant(nowMs - BACK_MS)
      const { changed } = await api.call(eventRoutes.rereadEvents, {
        body: { source: name, since, plan: true },
      })
      const waiting = await api.call(quarantineRoutes.replayQuarantine, {
        body: { all: true, source: name, plan: true },
      })
      if (changed > 0 || (waiting.matching ?? 0) > 0)
        findings.push(
          note(
            `source ${name}`,
            `${provider} is read otherwise since ${version}. Of the first events of 30 days ${changed} mean something else today, and ${waiting.matching ?? 0} items are in quarantine.`,
            `postern reread ${name} --since 30d --plan`,
          ),
        )
    }
    return findings.length > 0
      ? findings
      : [ok('readings', 'Nothing of what was looked at is read otherwise today.')]
  } catch (cause) {
    if (cause instanceof Stop) return [unseen('readings', cause.message)]
    throw cause
  }
}
