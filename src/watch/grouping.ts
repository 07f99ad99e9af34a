/**
 * One incident a kind and subject: findings belong together until there was none for hours. An incident says when it begins, when its
 * severity rises, when it ends, and in each other minute with a finding what its figures are.
 */
import type { Finding } from './patterns/pattern.ts'
import { type Severity, isMoreSevere } from './severity.ts'

export interface OpenIncident {
  readonly kind: string
  readonly subject?: string
  /** When the finding was first made, and since when it was so. */
  readonly raisedAt: number
  readonly fromMinute: number
  /** The latest minute with a finding. */
  lastMinute: number
  severity: Severity
}

/** By `idOf`. */
export type OpenIncidents = Record<string, OpenIncident>

export const idOf = ({ kind, subject }: { readonly kind: string; readonly subject?: string }): string =>
  subject === undefined ? kind : `${kind} ${subject}`

export type Change =
  | { readonly change: 'raised' | 'risen' | 'seen'; readonly finding: Finding; readonly raisedAt: number }
  | { readonly change: 'ended'; readonly incident: OpenIncident; readonly untilMinute: number }

/** Incidents that are open at once. More subjects than this are one fault. */
const OPEN_MAX = 200

/** Hours without a finding after which an incident of a kind is over. */
export type QuietHours = (kind: string) => number

/** Of the patterns, and one hour for a kind that an upgrade has removed while an incident was open. */
export function quietHoursOf(
  patterns: readonly { readonly kind: string; readonly quietHours: number }[],
): QuietHours {
  const hours = new Map(patterns.map(({ kind, quietHours }) => [kind, quietHours]))
  return (kind) => hours.get(kind) ?? 1
}

/** Adds the findings of one minute. Changes `open` in place. */
export function group(
  open: OpenIncidents,
  minute: number,
  findings: readonly Finding[],
  quietHours: QuietHours,
): Change[] {
  const changes: Change[] = []
  for (const key in open) {
    const incident = open[key]
    if (incident === undefined) continue
    const quietMinutes = minute - incident.lastMinute
    if (quietMinutes >= 0 && quietMinutes < quietHours(incident.kind) * 60) continue
    delete open[key]
    changes.push({ change: 'ended', incident, untilMinute: incident.lastMinute + 1 })
  }
  for (const finding of findings) {
    const change = withFinding(open, minute, finding)
    if (change !== undefined) changes.push(change)
  }
  return changes
}

function withFinding(open: OpenIncidents, minute: number, finding: Finding): Change | undefined {
  const { kind, subject, severity, fromMinute } = finding
  const key = idOf(finding)
  const known = open[key]
  if (known === undefined) {
    if (Object.keys(open).length >= OPEN_MAX) return undefined
    const about = subject === undefined ? { kind } : { kind, subject }
    open[key] = { ...about, raisedAt: minute, fromMinute, lastMinute: minute, severity }
    return { change: 'raised', finding, raisedAt: minute }
  }
  known.lastMinute = minute
  const { raisedAt } = known
  if (!isMoreSevere(severity, known.severity)) return { change: 'seen', finding, raisedAt }
  known.severity = severity
  return { change: 'risen', finding, raisedAt }
}
