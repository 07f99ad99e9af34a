/** An incident for somebody who sees only some sources: what is about others is left out. Pure. */
import { isMoreSevere } from '../severity.ts'
import { restated } from './lifecycle.ts'
import { type StoredFinding, type StoredIncident, sourcesOf } from './stored.ts'

export interface Scoped {
  readonly incident: StoredIncident
  /** Whether it is also about other sources. */
  readonly isPartial: boolean
}

/** @param sources that somebody sees; null for all. @returns null if it is about none of them */
export function scopedTo(
  incident: StoredIncident,
  sources: readonly string[] | null,
  nowMs: number,
): Scoped | null {
  if (sources === null) return { incident, isPartial: false }
  const possible = incident.possible && {
    blocks: incident.possible.blocks.filter(({ source }) => sources.includes(source)),
    raises: incident.possible.raises.filter((source) => sources.includes(source)),
    // The reason would tell from which networks the deliveries of other sources come.
    refused: (incident.possible.refused ?? [])
      .filter(({ source }) => sources.includes(source))
      .map((one) => ({ ...one, why: 'it may be the ESP’s' })),
  }
  const isOwn = ({ source, about }: Pick<StoredFinding, 'source' | 'about'>): boolean =>
    sources.includes(source ?? about ?? '')
  const findings = incident.findings.filter(isOwn)
  if (findings.length === 0) return null
  // Lines about channels name no source: which were told is of the whole installation.
  const timeline = incident.timeline.filter(
    (one) => one.sources.length > 0 && one.sources.every((source) => sources.includes(source)),
  )
  const containments = incident.containments.filter(isOwn)
  const isPartial =
    findings.length < incident.findings.length ||
    containments.length < incident.containments.length ||
    incident.timeline.some((one) => one.sources.some((source) => !sources.includes(source)))
  if (!isPartial) return { incident: { ...incident, possible, timeline }, isPartial }
  const [only, ...more] = sourcesOf({ source: null, findings })
  const openedMs = Math.max(
    incident.openedMs,
    (Math.min(...findings.map(({ raisedMinute }) => raisedMinute)) + 1) * 60_000,
  )
  const own: StoredIncident = {
    ...incident,
    source: more.length === 0 ? (only ?? null) : null,
    provider: null,
    severity: findings.map(({ severity }) => severity).reduce((a, b) => (isMoreSevere(b, a) ? b : a)),
    findings,
    openedMs,
    updatedMs: timeline.at(-1)?.atMs ?? openedMs,
    containedMs: containments.length === 0 ? null : Math.min(...containments.map((one) => one.startedAtMs)),
    containments,
    possible,
    timeline,
    review: null,
  }
  return { incident: restated(own, nowMs), isPartial }
}
