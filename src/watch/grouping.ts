/**
 * One incident a kind: findings of the same kind belong together until the kind was quiet for hours. An incident says something when it
 * begins, when its severity rises, and when it ends.
 */
import type { Finding, Severity } from './patterns/pattern.ts'

export interface OpenIncident {
  /** When the finding was first made, and since when it was so. */
  readonly raisedAt: number
  readonly fromMinute: number
  /** The latest minute with a finding. */
  lastMinute: number
  severity: Severity
}

/** By kind. */
export type OpenIncidents = Record<string, OpenIncident>

export type Change =
  | { readonly change: 'raised' | 'risen'; readonly finding: Finding; readonly raisedAt: number }
  | {
      readonly change: 'ended'
      readonly kind: string
      readonly raisedAt: number
      readonly untilMinute: number
    }

const RANK: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 }

/** Adds the findings of one minute. Changes `open` in place. */
export function group(
  open: OpenIncidents,
  minute: number,
  findings: readonly Finding[],
  quietHoursOf: (kind: string) => number,
): Change[] {
  const changes: Change[] = []
  for (const kind in open) {
    const one = open[kind]
    if (one === undefined || (minute - one.lastMinute < quietHoursOf(kind) * 60 && minute >= one.lastMinute))
      continue
    delete open[kind]
    changes.push({ change: 'ended', kind, raisedAt: one.raisedAt, untilMinute: one.lastMinute + 1 })
  }
  for (const finding of findings) {
    const known = open[finding.kind]
    if (known === undefined) {
      const { fromMinute, severity } = finding
      open[finding.kind] = { raisedAt: minute, fromMinute, lastMinute: minute, severity }
      changes.push({ change: 'raised', finding, raisedAt: minute })
      continue
    }
    known.lastMinute = minute
    if (RANK[finding.severity] <= RANK[known.severity]) continue
    known.severity = finding.severity
    changes.push({ change: 'risen', finding, raisedAt: known.raisedAt })
  }
  return changes
}
