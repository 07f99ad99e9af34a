/**
 * The list of what is wrong with the installation now. Incidents, the first page, `GET /api/health` and `postern doctor` show it, so that
 * they name the same things: each incident that is open has a row, and so has what makes no incident.
 */
import { MINUTE_MS } from '../../platform/time.ts'
import type { Incident } from '../incidents/incident.ts'
import { adviceOf } from '../incidents/kinds.ts'
import { SEVERITIES } from '../severity.ts'
import type { NotedFacts, OperationFacts } from './facts.ts'
import type { CurrentFinding } from './finding.ts'
import { OPERATION_PATTERNS, judge } from './index.ts'
import { NOTED_PATTERNS } from './noted.ts'

/** Judges the facts of somebody who looks. Noted findings come after those that make incidents. */
export function judgeAll(facts: OperationFacts, noted: NotedFacts, minute: number): CurrentFinding[] {
  const found = judge(facts, minute).map(({ kind, subject = null, source = null, ...one }) => ({
    kind,
    subject,
    source,
    severity: one.severity,
    evidence: one.evidence,
    sinceMs: one.fromMinute * MINUTE_MS,
    advice: adviceOf(kind, subject),
    incident: null,
  }))
  const also = NOTED_PATTERNS.flatMap((pattern) =>
    pattern.factsOf(noted).flatMap((fact): CurrentFinding[] => {
      const one = pattern.find(fact, minute)
      if (one === undefined) return []
      const { subject = null, source = null, severity, evidence, fromMinute, todo } = one
      return [
        {
          kind: pattern.kind,
          subject,
          source,
          severity,
          evidence,
          sinceMs: fromMinute * MINUTE_MS,
          advice: [todo],
          incident: null,
        },
      ]
    }),
  )
  // A destination that fails needs no second row which says so more mildly.
  const named = new Set(found.map(({ kind, subject }) => `${kind} ${subject}`))
  return [...found, ...also.filter(({ subject }) => !named.has(`destination_failing ${subject}`))]
}

const OF_OPERATION = new Set(OPERATION_PATTERNS.map(({ kind }) => kind))

/**
 * @param judged null if it could not be judged in time: then the open incidents are the list
 * @param open incidents that are not over, as the reader sees them
 * @param sources that the reader sees; null for all
 */
export function currentFindings(
  judged: readonly CurrentFinding[] | null,
  open: readonly Incident[],
  sources: readonly string[] | null,
): CurrentFinding[] {
  const byFinding = new Map(
    open.flatMap((incident) =>
      incident.findings.flatMap(({ kind, subject }) =>
        OF_OPERATION.has(kind) ? [[`${kind} ${subject}`, incident] as const] : [],
      ),
    ),
  )
  const told = new Set<number>()
  const now = (judged ?? []).flatMap((one) => {
    if (sources !== null && (one.source === null || !sources.includes(one.source))) return []
    const incident = byFinding.get(`${one.kind} ${one.subject}`)
    if (incident === undefined) return [one]
    told.add(incident.number)
    return [{ ...one, incident: { number: incident.number, state: incident.state } }]
  })
  const others = open.flatMap((incident): CurrentFinding[] => {
    const { number, state, kind, subject, source, severity, headline, sinceMs, advice } = incident
    if (told.has(number)) return []
    const isGone = judged !== null && OF_OPERATION.has(kind)
    return [
      {
        kind,
        subject,
        source,
        sinceMs,
        advice,
        severity: isGone ? 'info' : severity,
        evidence: isGone ? `not found any more, and over soon by itself: ${headline}` : headline,
        incident: { number, state },
      },
    ]
  })
  return [...now, ...others].toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || a.sinceMs - b.sinceMs,
  )
}
