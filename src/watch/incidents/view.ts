/** An incident as API, pages and channels see it, made from what is stored. */
import { patternOf } from '../patterns/index.ts'
import { SEVERITIES } from '../severity.ts'
import { adviceOf } from './kinds.ts'
import { actionsOf, notAdvised } from './actions.ts'
import { currentOf, worstOf } from './figures.ts'
import { headlineOf } from './headline.ts'
import { adviceOfCause } from '../main-cause.ts'
import type { Incident, IncidentFinding } from './incident.ts'
import { riskOf } from './risk.ts'
import { type StoredFinding, type StoredIncident, lasts, sourcesOf } from './stored.ts'

const NETWORKS_SHOWN = 20

/** @param isPartial whether it is also about sources that its reader does not see */
export function viewOf(stored: StoredIncident, nowMs: number, isPartial = false): Incident {
  const lead = leadOf(stored)
  const isForged = stored.findings.some(isOfStrangers)
  // Strangers make up what they send.
  const main = isForged ? undefined : lead?.main
  const { cause: _cause, possible: _possible, provider, findings, timeline, ...rest } = stored
  return {
    ...rest,
    sources: sourcesOf(stored),
    kind: lead?.kind ?? '',
    subject: provider ?? lead?.subject ?? null,
    risk: riskOf(stored, nowMs),
    headline: lead === undefined ? '' : headlineOf(stored, lead, main),
    ...(main !== undefined && { main }),
    current: lead === undefined ? null : currentOf(lead),
    worst: lead === undefined ? null : worstOf(lead),
    findings: findings.map((one) => shown(one, stored)),
    networks: [...new Set(findings.flatMap(({ networks }) => networks))].slice(0, NETWORKS_SHOWN),
    sinceMs: Math.min(...findings.map(({ sinceMs }) => sinceMs), stored.openedMs),
    advice: [
      ...new Set(byCause(findings).flatMap((one) => adviceOfFinding(one, isForged))),
      ...notAdvised(stored),
    ],
    actions: actionsOf(stored, isPartial, nowMs),
    timeline: timeline.map(({ sources: _sources, ...entry }) => entry),
    isPartial,
  }
}

/** Advice of its kind. The step that fits its main cause takes the place of the first, unless strangers may have made it up. */
function adviceOfFinding({ kind, subject, main }: StoredFinding, isForged: boolean): readonly string[] {
  const own = adviceOf(kind, subject)
  const first = main === undefined || isForged ? undefined : adviceOfCause(main, countedBy(kind))
  return first === undefined ? own : [first, ...own.slice(1)]
}

/** The name of the events that a share counts. */
const countedBy = (kind: string): string =>
  patternOf(kind)?.events === 'email.spam_reported' ? 'complaints' : 'bounces'

/** The most severe first; among equals, one that lasts, then one that says why, and then the first. */
const bySeverity = (findings: readonly StoredFinding[]): StoredFinding[] =>
  findings.toSorted(
    (a, b) =>
      SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
      Number(lasts(b)) - Number(lasts(a)) ||
      Number(saysWhy(b)) - Number(saysWhy(a)) ||
      a.raisedMinute - b.raisedMinute,
  )

const saysWhy = ({ main }: StoredFinding): boolean => main !== undefined && main.cause !== null

/** Findings in the order of their advice: what strangers send is the cause, also of what is more severe. */
const byCause = (findings: readonly StoredFinding[]): StoredFinding[] =>
  bySeverity(findings).toSorted((a, b) => Number(isOfStrangers(b)) - Number(isOfStrangers(a)))

const isOfStrangers = ({ kind }: StoredFinding): boolean => patternOf(kind)?.hasNewNetworks === true

const leadOf = ({ findings }: StoredIncident): StoredFinding | undefined => bySeverity(findings)[0]

/** In an incident of several sources, the subject of a finding is its source. */
const shown = (finding: StoredFinding, incident: StoredIncident): IncidentFinding => {
  const {
    source,
    kind,
    subject,
    severity,
    sinceMs,
    raisedMinute,
    endedMs,
    evidence,
    example,
    main,
    features,
  } = finding
  return {
    kind,
    subject: incident.source === null ? (source ?? subject) : subject,
    severity,
    sinceMs,
    raisedMs: raisedMinute * 60_000,
    endedMs,
    evidence,
    current: currentOf(finding),
    worst: worstOf(finding),
    ...(example !== undefined && { example }),
    ...(main !== undefined && { main }),
    features,
  }
}
