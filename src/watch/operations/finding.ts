/** A row of the list of what is wrong now. Types only. */
import type { IncidentState } from '../incidents/incident.ts'
import type { Severity } from '../severity.ts'

export interface CurrentFinding {
  readonly kind: string
  /** Null if the source says it all. */
  readonly subject: string | null
  /** The source that it is about; null if it is about the whole installation, or about several. */
  readonly source: string | null
  readonly severity: Severity
  readonly sinceMs: number
  /** One sentence with numbers, without a capital or a full stop. */
  readonly evidence: string
  /** Most urgent first. */
  readonly advice: readonly string[]
  /** The incident that tells it; null if there is none. */
  readonly incident: { readonly number: number; readonly state: IncidentState } | null
}
