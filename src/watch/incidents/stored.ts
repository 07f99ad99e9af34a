/** Stored form of an incident. What people read of it is made from this: see `view.ts`. */
import type { Figures, Incident, IncidentFinding, TimelineEntry } from './incident.ts'

/** A line of the timeline, with all sources that it is about. Empty if it is about the installation or a channel. */
export interface StoredEntry extends TimelineEntry {
  readonly sources: readonly string[]
}

export interface StoredFinding extends Omit<IncidentFinding, 'raisedMs' | 'current' | 'worst'> {
  /** Null for a finding about the operation. */
  readonly source: string | null
  /** Of a finding about the operation: the source that it is about; absent if it is about none, and in findings of versions before 0.4.0. */
  readonly about?: string
  /** Tells a source from an earlier one of the same name; 0 without a source. */
  readonly createdAtMs: number
  /** The minute in which its pattern raised it: with source, kind and subject, its identity. */
  readonly raisedMinute: number
  readonly networks: readonly string[]
  /** The end of the latest minute in which it was found; absent in findings of versions before 0.4.0, as are the two below. */
  readonly foundMs?: number
  readonly worst?: Figures
  /** How bad it was when people were told last, see `figures.ts`. */
  readonly told?: { readonly excess: number; readonly atMs: number }
}

/** Containments that would be done and not refused. */
export interface Possible {
  readonly blocks: readonly { readonly source: string; readonly network: string }[]
  /** Sources whose level can be raised. */
  readonly raises: readonly string[]
  /** Networks of refused deliveries that are not to be blocked, with the reason; absent before it was checked by this version. */
  readonly refused?: readonly { readonly source: string; readonly network: string; readonly why: string }[]
}

/** Fields that are made from the others, see `view.ts`. */
type Derived =
  | 'sources'
  | 'kind'
  | 'subject'
  | 'risk'
  | 'headline'
  | 'main'
  | 'current'
  | 'worst'
  | 'networks'
  | 'sinceMs'
  | 'advice'
  | 'actions'
  | 'isPartial'

export interface StoredIncident extends Omit<Incident, Derived | 'findings' | 'timeline'> {
  /** Of its cause, see `cause.ts`. Two incidents of one cause never last at the same time. */
  readonly cause: string
  /** The ESP, if it is about several of its sources because of the ESP. */
  readonly provider: string | null
  readonly findings: readonly StoredFinding[]
  /** As of the latest minute; null before it was checked. */
  readonly possible: Possible | null
  readonly timeline: readonly StoredEntry[]
}

export const isOver = ({ state }: Pick<StoredIncident, 'state'>): boolean =>
  state === 'resolved' || state === 'reviewed'

export const sourcesOf = ({ source, findings }: Pick<StoredIncident, 'source' | 'findings'>): string[] =>
  source === null ? [...new Set(findings.flatMap((one) => one.source ?? one.about ?? []))] : [source]

export const lasts = ({ endedMs }: Pick<StoredFinding, 'endedMs'>): boolean => endedMs === null
