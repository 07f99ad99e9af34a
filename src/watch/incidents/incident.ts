/** Incident, as the object keeps it and as API, pages and reports show it. Types only. Times are Unix milliseconds. */
import type { Containment } from '../../registry/containment/containment.ts'
import type { Feature } from '../patterns/pattern.ts'
import type { MainCause } from '../main-cause.ts'
import type { Severity } from '../severity.ts'

/** In this order. A resolved incident that is found again within its quiet hours is open again. */
export const INCIDENT_STATES = ['open', 'acknowledged', 'contained', 'resolved', 'reviewed'] as const
export type IncidentState = (typeof INCIDENT_STATES)[number]

export const RISK_LEVELS = ['low', 'medium', 'high', 'critical'] as const
export type RiskLevel = (typeof RISK_LEVELS)[number]

/** A finding in numbers, as it was in one minute. */
export interface Figures {
  /** Name of the measure; empty if it has none. */
  readonly measure: string
  readonly observed: number
  /** Usual value. */
  readonly expected: number
  /** One sentence with numbers. */
  readonly evidence: string
  /** The end of the minute. */
  readonly atMs: number
}

/** Finding of one pattern. An incident has one for each kind and subject that belongs to its cause. */
export interface IncidentFinding {
  readonly kind: string
  readonly subject: string | null
  readonly severity: Severity
  readonly sinceMs: number
  readonly raisedMs: number
  /** Null while it lasts. */
  readonly endedMs: number | null
  /** One sentence with numbers, of the latest minute in which it was found. */
  readonly evidence: string
  readonly current: Figures
  readonly worst: Figures
  /** A payload in which each value is replaced by its type and length; absent if it is about none. */
  readonly example?: string
  /** Of failures, as they were at most ten minutes before; absent if it is about none, or too few were there. */
  readonly main?: MainCause
  /** By their share, the leading one first. */
  readonly features: readonly Feature[]
}

export const TIMELINE_KINDS = [
  'found',
  'worse',
  'over',
  'notified',
  'notice_failed',
  'acknowledged',
  'assigned',
  'noted',
  'contained',
  'containment_refused',
  'containment_ended',
  'resolved',
  'reopened',
  'reviewed',
] as const
export type TimelineKind = (typeof TIMELINE_KINDS)[number]

export interface TimelineEntry {
  readonly atMs: number
  readonly kind: TimelineKind
  /** One sentence. */
  readonly text: string
  /** As in the audit log; null for Postern itself. */
  readonly who: string | null
}

/** Something to do, as a button and as a command. */
export interface RecommendedAction {
  readonly label: string
  /** The source to contain; null if it is no containment. */
  readonly source: string | null
  /** Argument for `contain`; null if the action is no containment. */
  readonly contain: ContainRequest | null
  /** The command line that does it; null if there is none. */
  readonly command: string | null
}

export type ContainRequest =
  | { readonly action: 'block'; readonly network: string; readonly seconds: number }
  | { readonly action: 'raise_level'; readonly level: 'enhanced' | 'maximum'; readonly seconds: number }
  | { readonly action: 'pause'; readonly seconds: number }
  /** The slot of the secret; its other versions are revoked at once. */
  | { readonly action: 'rotate'; readonly slot: string }

export interface Review {
  readonly cause: string
  readonly lessons: string
  readonly by: string
  readonly atMs: number
}

export interface Incident {
  readonly number: number
  /** Null if it is about the whole installation, or about several sources. */
  readonly source: string | null
  /** The sources that it is about; empty if it is about the whole installation. */
  readonly sources: readonly string[]
  /** Of the leading finding: the most severe one, then the first. */
  readonly kind: string
  readonly subject: string | null
  readonly state: IncidentState
  /** The highest so far. */
  readonly severity: Severity
  readonly risk: { readonly level: RiskLevel; readonly reasons: readonly string[] }
  /** One sentence with numbers, of the leading finding. */
  readonly headline: string
  /** Of the leading finding, as the headline names it; absent if strangers may have made it up. */
  readonly main?: MainCause
  /** Of the leading finding: of the latest minute in which it was found, and of its worst one. Null if nothing is left of it. */
  readonly current: Figures | null
  readonly worst: Figures | null
  readonly findings: readonly IncidentFinding[]
  /** /24 or /48 networks that it comes from, the most active first; empty if unknown. */
  readonly networks: readonly string[]
  readonly sinceMs: number
  readonly openedMs: number
  readonly updatedMs: number
  readonly acknowledgedMs: number | null
  readonly containedMs: number | null
  readonly resolvedMs: number | null
  readonly assignee: string | null
  /** Recommended steps for a person, most urgent first. */
  readonly advice: readonly string[]
  readonly actions: readonly RecommendedAction[]
  /** Containments that were made for the incident, also ended ones. */
  readonly containments: readonly Containment[]
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[]
  readonly review: Review | null
  /** How often people had to hear of something new. */
  readonly news: number
  /** The number of the incident in which it goes on; null if it does not. */
  readonly continuedAs: number | null
  /** Whether it is also about sources that its reader does not see. Then they add notes and contain their own, and no more. */
  readonly isPartial: boolean
}
