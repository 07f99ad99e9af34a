/** One structured line a thing that happened. Fields are allowed by name: what is not listed here cannot be logged. */

/** Every field a line may have. Never a header, a body, a secret, a signature, an address of a recipient. */
export interface LogFields {
  readonly event: string
  /** RFC 3339, where the line is written later than what it tells of. */
  readonly at?: string
  readonly request_id?: string
  readonly source?: string | undefined
  readonly provider?: string | undefined
  readonly outcome?: string
  readonly code?: string
  readonly status?: number
  readonly method?: string | undefined
  readonly accepted?: number
  readonly duplicates?: number
  readonly quarantined?: number
  readonly bytes?: number
  readonly duration_ms?: number
  readonly degraded?: string | undefined
  readonly alerts?: readonly string[]
  /** The decision of a delivery; see `event/decision.ts`. */
  readonly authentication?: string
  readonly security?: string
  readonly processing?: string
  readonly methods?: readonly string[]
  readonly failed_checks?: readonly string[]
  readonly handler?: string
  readonly attempts?: number
  readonly delay_seconds?: number
  readonly message?: string
  readonly count?: number
  /** Name of a fault's class. Its message may quote a payload and stays out. */
  readonly fault?: string
}

export type Log = (fields: LogFields) => void

/** Writes the line to the Worker's log. */
export const consoleLog: Log = (fields) => console.log(JSON.stringify(fields))

export const faultName = (cause: unknown): string => (cause instanceof Error ? cause.name : typeof cause)
