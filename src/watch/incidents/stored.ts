/** Stored form of an incident. What people read of it is made from this: see `view.ts`. */
import type { Containment } from '../../registry/containment/containment.ts'
import type { Feature } from '../patterns/pattern.ts'
import type { Severity } from '../severity.ts'
import type { IncidentState, Review, TimelineEntry } from './incident.ts'

/** A line of the timeline, with all sources that it is about. Empty if it is about the installation or a channel. */
export interface StoredEntry extends TimelineEntry {
  readonly sources: readonly string[]
}

export interface StoredFinding {
  /** Null for a finding about the installation. */
  readonly source: string | null
  /** Tells a source from an earlier one of the same name; 0 without a source. */
  readonly createdAtMs: number
  readonly kind: string
  readonly subject: string | null
  /** The minute in which its pattern raised it: with source, kind and subject, its identity. */
  readonly raisedMinute: number
  readonly severity: Severity
  readonly sinceMs: number
  readonly endedMs: number | null
  readonly evidence: string
  readonly features: readonly Feature[]
  readonly networks: readonly string[]
}

/** Containments that would be done and not refused. */
export interface Possible {
  readonly blocks: readonly { readonly source: string; readonly network: string }[]
  /** Sources whose level can be raised. */
  readonly raises: readonly string[]
}

export interface StoredIncident {
  readonly number: number
  /** Of its cause, see `cause.ts`. Two incidents of one cause never last at the same time. */
  readonly cause: string
  /** Null if it is about the installation, or about several sources. */
  readonly source: string | null
  /** The ESP, if it is about several of its sources because of the ESP. */
  readonly provider: string | null
  readonly state: IncidentState
  readonly severity: Severity
  readonly findings: readonly StoredFinding[]
  readonly openedMs: number
  readonly updatedMs: number
  readonly acknowledgedMs: number | null
  readonly containedMs: number | null
  readonly resolvedMs: number | null
  readonly assignee: string | null
  readonly containments: readonly Containment[]
  /** As of the latest minute; null before it was checked. */
  readonly possible: Possible | null
  readonly timeline: readonly StoredEntry[]
  readonly review: Review | null
  /** How often people had to hear of something new, see `news.ts`. */
  readonly news: number
  /** The number of the incident in which it goes on, as one of several sources; null if it does not. */
  readonly continuedAs: number | null
}

export const isOver = ({ state }: Pick<StoredIncident, 'state'>): boolean =>
  state === 'resolved' || state === 'reviewed'

export const sourcesOf = ({ source, findings }: Pick<StoredIncident, 'source' | 'findings'>): string[] =>
  source === null ? [...new Set(findings.flatMap((one) => one.source ?? []))] : [source]

export const lasts = ({ endedMs }: Pick<StoredFinding, 'endedMs'>): boolean => endedMs === null
