/** How an incident changes its state: open → acknowledged → contained → resolved → reviewed. Pure; times are parameters. */
import type { Containment } from '../../registry/containment/containment.ts'
import type { ActOnIncident } from './api.ts'
import type { TimelineKind } from './incident.ts'
import { kindName } from '../names.ts'
import { type StoredFinding, type StoredIncident, isOver, sourcesOf } from './stored.ts'
import { withEntry } from './timeline.ts'

const CONTAINMENTS_MAX = 50

/** With a line in the timeline. @param sources all that it is about */
export const written = (
  incident: StoredIncident,
  atMs: number,
  kind: TimelineKind,
  text: string,
  who: string | null = null,
  sources: readonly string[] = sourcesOf(incident),
): StoredIncident => ({
  ...incident,
  updatedMs: Math.max(incident.updatedMs, atMs),
  timeline: withEntry(incident.timeline, { atMs, kind, text, who, sources }),
})

export function opened(number: number, cause: string, finding: StoredFinding, atMs: number): StoredIncident {
  const incident: StoredIncident = {
    number,
    cause,
    source: finding.source,
    provider: null,
    state: 'open',
    severity: finding.severity,
    findings: [finding],
    openedMs: atMs,
    updatedMs: atMs,
    acknowledgedMs: null,
    containedMs: null,
    resolvedMs: null,
    assignee: null,
    containments: [],
    possible: null,
    timeline: [],
    review: null,
    news: 0,
    continuedAs: null,
  }
  return noted(incident, atMs, 'found', finding)
}

/** With a line about a finding. @param why what is said of a finding that is over */
export function noted(
  incident: StoredIncident,
  atMs: number,
  kind: 'found' | 'worse' | 'over',
  finding: StoredFinding,
  why = '',
): StoredIncident {
  const at = incident.source === null && finding.source !== null ? `${finding.source}: ` : ''
  const name = kindName(finding.kind)
  const what = kind === 'over' ? `${name} ${why}` : `${name}, ${finding.severity}: ${finding.evidence}`
  return written(incident, atMs, kind, `${at}${what}.`, null, ofFinding(finding))
}

const ofFinding = ({ source }: StoredFinding): readonly string[] => (source === null ? [] : [source])

export const resolved = (
  incident: StoredIncident,
  atMs: number,
  text: string,
  who: string | null = null,
): StoredIncident => ({
  ...written(incident, atMs, 'resolved', text, who),
  state: 'resolved',
  resolvedMs: atMs,
})

/** Opens the incident again that a finding confirms: somebody has to look anew. */
export const reopened = (incident: StoredIncident, atMs: number, finding: StoredFinding): StoredIncident => ({
  ...written(incident, atMs, 'reopened', `Found again: ${finding.evidence}.`, null, ofFinding(finding)),
  state: incident.containments.some((one) => isActive(one, atMs)) ? 'contained' : 'open',
  acknowledgedMs: null,
  resolvedMs: null,
  continuedAs: null,
})

const isActive = ({ endsAtMs, liftedAtMs }: Containment, nowMs: number): boolean =>
  liftedAtMs === null && endsAtMs > nowMs

/** With a containment that was made, lifted, or changed. */
export function withContainment(
  incident: StoredIncident,
  containment: Containment,
  text: string,
  nowMs: number,
): StoredIncident {
  const others = incident.containments.filter(({ id }) => id !== containment.id)
  const containments = [...others, containment].slice(-CONTAINMENTS_MAX)
  const isLifted = containment.liftedAtMs !== null
  const who = containment.by === 'policy' ? null : containment.by
  const kind = isLifted ? 'containment_ended' : 'contained'
  const next = written(incident, nowMs, kind, text, isLifted ? null : who, [containment.source])
  return restated({ ...next, containments }, nowMs)
}

/** The state that fits its containments. */
export function restated(incident: StoredIncident, nowMs: number): StoredIncident {
  if (isOver(incident)) return incident
  if (incident.containments.some((one) => isActive(one, nowMs)))
    return { ...incident, state: 'contained', containedMs: incident.containedMs ?? nowMs }
  return { ...incident, state: incident.acknowledgedMs === null ? 'open' : 'acknowledged' }
}

/** Says once that the last containment has ended by itself. The same incident if one lasts. */
export function withContainmentsEnded(incident: StoredIncident, nowMs: number): StoredIncident {
  if (incident.state !== 'contained') return incident
  if (incident.containments.some((one) => isActive(one, nowMs))) return incident
  return restated(
    written(incident, nowMs, 'containment_ended', 'The containment has ended, as it was set to.'),
    nowMs,
  )
}

/**
 * Applies an action of a person. Null if the state does not allow it.
 *
 * @param sources of the incident that the person sees
 */
export function acted(
  incident: StoredIncident,
  act: ActOnIncident,
  who: string,
  nowMs: number,
  sources: readonly string[] = sourcesOf(incident),
): StoredIncident | null {
  if (act.act === 'note') return written(incident, nowMs, 'noted', act.text, who, sources)
  if (act.act === 'assign') {
    const text = act.assignee === null ? 'Assigned to nobody.' : `Assigned to ${act.assignee}.`
    return { ...written(incident, nowMs, 'assigned', text, who), assignee: act.assignee }
  }
  if (act.act === 'review') {
    if (!isOver(incident)) return null
    const review = { cause: act.cause, lessons: act.lessons, by: who, atMs: nowMs }
    return { ...written(incident, nowMs, 'reviewed', 'Reviewed.', who), state: 'reviewed', review }
  }
  if (isOver(incident)) return null
  if (act.act === 'resolve') return resolved(incident, nowMs, act.note ?? 'Resolved by hand.', who)
  const acknowledged = written(incident, nowMs, 'acknowledged', 'Acknowledged.', who)
  return {
    ...acknowledged,
    state: incident.state === 'contained' ? 'contained' : 'acknowledged',
    acknowledgedMs: incident.acknowledgedMs ?? nowMs,
    assignee: act.assignee ?? incident.assignee,
  }
}
