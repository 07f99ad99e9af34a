/** Containment of a source, as the registry, the gateway and operators see it. Types only. */
import type { DocumentProblem } from '../../platform/document-problems.ts'
import type { UnreachedGuard } from '../../api/sources.ts'

/** Measure that the gateway applies until the containment ends. */
export type Measure =
  | { readonly action: 'block'; readonly network: string }
  | { readonly action: 'raise_level'; readonly level: 'enhanced' | 'maximum' }
  | { readonly action: 'pause' }

/** Part of a measure that gateways need. */
export type ActiveMeasure = Measure & { readonly endsAtMs: number }

export interface Containment {
  readonly id: string
  readonly source: string
  /** A rotation is over as soon as it is done: `endsAtMs` is `startedAtMs`. */
  readonly measure: Measure | { readonly action: 'rotate'; readonly slot: string }
  readonly startedAtMs: number
  readonly endsAtMs: number
  /** When it was lifted before its end; null if it was not. */
  readonly liftedAtMs: number | null
  /** As in the audit log: who lifted it, or `policy`; null if nobody did. */
  readonly liftedBy: string | null
  /** The number of its incident; null if it was made without one. */
  readonly incident: number | null
  /** As in the audit log: who, or `policy`. */
  readonly by: string
}

export type ContainRefused =
  | { readonly ok: false; readonly code: 'source_unknown' | 'secret_unknown' | 'incident_unknown' }
  /** A delivery from it was verified in the last day; or, if that is not certain, the watch cannot tell. */
  | {
      readonly ok: false
      readonly code: 'network_verified'
      readonly network: string
      readonly isCertain: boolean
    }
  /** The ESP publishes it, or the source allows it. */
  | { readonly ok: false; readonly code: 'network_published'; readonly network: string }
  | { readonly ok: false; readonly code: 'too_many_containments' }
  /** Postern does not generate this secret, or does not set it at the ESP: a person has to. */
  | { readonly ok: false; readonly code: 'value_needed' }
  | { readonly ok: false; readonly code: 'document_invalid'; readonly problems: readonly DocumentProblem[] }

export type ContainResult =
  | { readonly ok: true; readonly containment: Containment; readonly unreached: readonly UnreachedGuard[] }
  | ContainRefused
