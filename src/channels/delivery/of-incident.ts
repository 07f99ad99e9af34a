/** An incident as channels tell it. */
import { inUtc } from '../../platform/time.ts'
import type { Containment } from '../../registry/containment/containment.ts'
import { begun, effect } from '../../watch/containment/describe.ts'
import type { Incident } from '../../watch/incidents/incident.ts'
import type { ChannelIncident } from '../due.ts'
import type { NoticeAction } from '../notice.ts'

/** Where links lead to, and what tells this installation from others that share a channel. */
export interface Place {
  /** The console's address without a slash at the end; empty if it is not known. */
  readonly consoleUrl: string
  readonly installation: string
}

/** Longer notices do not help the person on call. */
const NETWORKS_SHOWN = 3
const CONTAINMENTS_SHOWN = 3

export function channelIncident(
  incident: Incident,
  { consoleUrl, installation }: Place,
  nowMs: number,
): ChannelIncident {
  const { number, source, kind, severity, headline, sinceMs, openedMs } = incident
  const isOver = incident.state === 'resolved' || incident.state === 'reviewed'
  return {
    incident: number,
    source,
    sources: incident.sources,
    kind,
    severity,
    headline: inUtc(headline),
    sinceMs,
    evidence: evidenceOf(incident, consoleUrl !== '', nowMs).map(inUtc),
    actions: consoleUrl === '' ? [] : links(incident, `${consoleUrl}/incidents/${number}`, isOver),
    // Of the number, since the leading kind changes while an incident lasts, and an alert has to be closed under its first name.
    dedupeKey: `${installation} incident ${number}`,
    openedMs,
    isAcknowledged: incident.acknowledgedMs !== null,
    news: incident.news,
    continuedAs: incident.continuedAs,
    hasPolicyActed: incident.containments.some(({ by }) => by === 'policy'),
    resolvedMs: isOver ? (incident.resolvedMs ?? incident.updatedMs) : null,
    aboutChannel: kind === 'channel_failing' ? incident.subject : null,
  }
}

/** Sources of a channel were changed after it had been told. */
const ELSEWHERE = 'The incident is about sources that this channel is not for'

/**
 * The same incident with facts of its part, for a channel that is limited to some sources. Whether, when and how loudly it is told is
 * decided on the whole: who attacks several sources is no smaller for each.
 *
 * @param own what the channel's sources see of it; null for nothing
 */
export function limitedTo(
  own: Incident | null,
  whole: ChannelIncident,
  place: Place,
  nowMs: number,
): ChannelIncident {
  // Facts of the whole installation are nobody's.
  if (whole.sources.length === 0) return whole
  if (own === null) return { ...whole, headline: ELSEWHERE, evidence: [] }
  const { kind, headline, sinceMs, evidence } = channelIncident(own, place, nowMs)
  const isLouder = own.severity !== whole.severity
  return {
    ...whole,
    kind,
    headline,
    sinceMs,
    evidence: [
      ...(isLouder ? [`With its other sources, its severity is ${whole.severity}`] : []),
      ...evidence,
    ],
  }
}

/** The page of the incident, and its part where a person says that they take care of it. */
const links = ({ acknowledgedMs }: Incident, page: string, isOver: boolean): readonly NoticeAction[] => [
  { label: 'Open', url: page },
  ...(isOver || acknowledgedMs !== null ? [] : [{ label: 'Acknowledge', url: `${page}#acknowledge` }]),
]

/** A person has resolved it too early. */
const STILL_FOUND = 'Somebody resolved it by hand, and it is still found. It is open again if it gets worse.'

/** Evidence that the headline does not contain. */
function evidenceOf(incident: Incident, isLinked: boolean, nowMs: number): string[] {
  const { number, headline, findings, networks, risk, state } = incident
  const isOver = state === 'resolved' || state === 'reviewed'
  const texts = [...new Set(findings.map(({ evidence }) => evidence))]
  const others = networks.length - NETWORKS_SHOWN
  const more = others > 0 ? ` and ${others} more` : ''
  const shown = networks.slice(0, NETWORKS_SHOWN).join(', ')
  return [
    ...texts.filter((text) => text !== '' && !headline.includes(text)),
    ...(networks.length === 0 ? [] : [`Networks: ${shown}${more}`]),
    ...findings
      .flatMap(({ example }) => (example === undefined ? [] : [`Without its values: ${example}`]))
      .slice(0, 1),
    [`Risk: ${risk.level}.`, ...risk.reasons].join(' '),
    ...(isOver ? [] : todo(incident)),
    ...(isOver ? policyLines(incident, nowMs) : []),
    ...containmentLines(incident, nowMs),
    ...(isOver && findings.some(({ endedMs }) => endedMs === null) ? [STILL_FOUND] : []),
    ...(isLinked ? [] : [`On the command line: postern incidents show ${number}`]),
  ]
}

/** The most urgent thing to do: a containment that would be done, or advice. */
function todo({ actions, advice }: Incident): string[] {
  const containing = actions.find(({ contain }) => contain !== null)
  const first = containing === undefined ? advice[0] : `${containing.label}.`
  return first === undefined ? [] : [`What to do: ${first}`]
}

/** Whether `containmentLines` tells it: it is active, or a rotation. */
const isInForce = ({ measure, endsAtMs, liftedAtMs }: Containment, nowMs: number): boolean =>
  measure.action === 'rotate' || (liftedAtMs === null && endsAtMs > nowMs)

/** Containments of a policy that have ended: who slept meanwhile hears of them afterwards. */
const policyLines = ({ containments }: Incident, nowMs: number): string[] =>
  containments
    .filter((one) => one.by === 'policy' && !isInForce(one, nowMs))
    .slice(-CONTAINMENTS_SHOWN)
    .map((one) => begun({ ...one, endsAtMs: one.liftedAtMs ?? one.endsAtMs }))

/** Containments that are active, and rotations, newest first. */
function containmentLines({ containments }: Incident, nowMs: number): string[] {
  const shown = containments.filter((one) => isInForce(one, nowMs)).toReversed()
  const others = shown.length - CONTAINMENTS_SHOWN
  return [
    ...shown.slice(0, CONTAINMENTS_SHOWN).map(effect),
    ...(others > 0 ? [`Containments that are not listed: ${others}`] : []),
  ]
}
