/** One structured line an event. Fields are allowed by name: a field that is not listed here cannot be logged. */

/** Every field that a line may have. Never a header, a body, a secret, a signature or a recipient's address. */
export interface LogFields {
  readonly event: string
  /** RFC 3339, if the line is written later than the event. */
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
  /** Name of the API route, page or job. */
  readonly handler?: string
  /** Of a secret. */
  readonly slot?: string
  readonly destination?: string
  readonly channel?: string
  readonly reader?: string
  readonly attempts?: number
  readonly delay_seconds?: number
  readonly message?: string
  readonly count?: number
  /** Class name of a fault. Its message may quote a payload and is not logged. */
  readonly fault?: string
}

export type Log = (fields: LogFields) => void

/** Writes the line to the Worker's log. */
export const consoleLog: Log = (fields) => console.log(JSON.stringify(fields))

/** The name of a fault for which the platform has no class: a database at its largest size, or an account at its. */
export const DATABASE_FULL = 'DatabaseFull'

/** D1 and SQLite say it in the message alone. */
const SAYS_FULL = /SQLITE_FULL|database or disk is full|Exceeded maximum (?:DB size|account storage)/i

/**
 * Queues say it by a code at the end of the message (compatibility date 2026-03-12 and later).
 *
 * @see https://developers.cloudflare.com/queues/reference/error-codes/ read 2026-11-25
 */
const QUEUE_FAULTS: Readonly<Record<string, string>> = {
  10250: 'QueueOverloaded',
  10251: 'QueueFull',
  10252: 'QueueDisabled',
  10253: 'QueueFreePlanUsedUp',
}

export function faultName(cause: unknown): string {
  if (!(cause instanceof Error)) return typeof cause
  if (SAYS_FULL.test(cause.message)) return DATABASE_FULL
  return QUEUE_FAULTS[/(\d{5})\W*$/.exec(cause.message)?.[1] ?? ''] ?? cause.name
}
