/** An incident as channels tell it. */
import type { Incident } from '../../incidents/incident.ts'
import type { ChannelIncident } from '../due.ts'

/** Where links lead to, and what tells this installation from others that share a channel. */
export interface Place {
  /** The console's address without a slash at the end; empty if it is not known. */
  readonly consoleUrl: string
  readonly installation: string
}

/** More say no more at night. */
const NETWORKS_SHOWN = 3

export function channelIncident(incident: Incident, { consoleUrl, installation }: Place): ChannelIncident {
  const { number, source, kind, severity, headline, sinceMs, openedMs } = incident
  const isOver = incident.state === 'resolved' || incident.state === 'reviewed'
  return {
    incident: number,
    source,
    kind,
    severity,
    headline,
    sinceMs,
    evidence: evidenceOf(incident),
    actions: consoleUrl === '' ? [] : [{ label: 'Open', url: consoleUrl }],
    // Of the number, since the leading kind changes while an incident lasts, and an alert has to be closed under its first name.
    dedupeKey: `${installation} incident ${number}`,
    openedMs,
    isAcknowledged: incident.acknowledgedMs !== null,
    resolvedMs: isOver ? (incident.resolvedMs ?? incident.updatedMs) : null,
    aboutChannel: kind === 'channel_failing' ? incident.subject : null,
  }
}

/** What the headline does not say. */
function evidenceOf({ number, headline, findings, networks, containments, risk }: Incident): string[] {
  const texts = [...new Set(findings.map(({ evidence }) => evidence))]
  const others = networks.length - NETWORKS_SHOWN
  const more = others > 0 ? ` and ${others} more` : ''
  const shown = networks.slice(0, NETWORKS_SHOWN).join(', ')
  return [
    ...texts.filter((text) => text !== '' && !headline.includes(text)),
    ...(networks.length === 0 ? [] : [`Networks: ${shown}${more}`]),
    `Risk: ${[risk.level, ...risk.reasons].join('; ')}`,
    ...(containments.length === 0 ? [] : [`Containments: ${containments.length}`]),
    // Incidents have no page yet.
    `On the command line: postern incidents show ${number}`,
  ]
}
