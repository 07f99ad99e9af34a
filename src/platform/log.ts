/** One structured line an event. Fields are allowed by name: a field that is not listed here cannot be logged. */
import type { LogEventName, LogFieldName } from './log-events.ts'

/**
 * Every field that a line may have; `LOG_FIELDS` says what each means. Never a header, a body, a secret, a signature or a recipient's
 * address.
 */
export interface LogFields extends Partial<Readonly<Record<LogFieldName, unknown>>> {
  readonly event: LogEventName
  readonly request_id?: string | undefined
  readonly request_ids?: readonly string[] | undefined
  readonly event_id?: string | undefined
  readonly event_ids?: readonly string[] | undefined
  readonly webhook_id?: string | undefined
  readonly not_listed?: number | undefined
  readonly source?: string | undefined
  readonly provider?: string | undefined
  readonly destination?: string
  readonly channel?: string
  readonly reader?: string
  readonly slot?: string
  readonly handler?: string
  readonly method?: string | undefined
  readonly kind?: string | undefined
  readonly outcome?: string
  readonly code?: string
  readonly status?: number | undefined
  readonly accepted?: number | undefined
  readonly duplicates?: number | undefined
  readonly quarantined?: number | undefined
  readonly dropped?: number | undefined
  readonly bytes?: number
  readonly duration_ms?: number
  readonly authentication?: string
  readonly security?: string
  readonly processing?: string
  readonly methods?: readonly string[]
  readonly failed_checks?: readonly string[] | undefined
  readonly alerts?: readonly string[] | undefined
  readonly degraded?: string | undefined
  readonly try?: number
  readonly next_at?: string | undefined
  readonly attempts?: number
  readonly delay_seconds?: number
  readonly count?: number
  readonly message?: string
  readonly fault?: string
}

/** So many ids a line: a batch of the queue has no more messages. */
const REQUEST_IDS_MAX = 100

/** Ids of deliveries in a list that is bounded, each once. */
export function requestIdsIn(ids: readonly string[]): Pick<LogFields, 'request_ids' | 'not_listed'> {
  const all = [...new Set(ids)]
  return {
    request_ids: all.slice(0, REQUEST_IDS_MAX),
    not_listed: all.length > REQUEST_IDS_MAX ? all.length - REQUEST_IDS_MAX : undefined,
  }
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
