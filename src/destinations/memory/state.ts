/** State of a destination's object besides positions, waiting deliveries and attempts: one row. */
import { type Breaker, CLOSED } from '../pace/breaker.ts'
import { HEALTHY, type Health } from '../pace/health.ts'
import { DAY_MS, HOUR_MS } from '../../platform/time.ts'
import type { ReadMark } from '../../store/restored.ts'
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'

export interface DestinationState {
  /** Of the destination that the object serves; see `OpenDestination`. */
  readonly createdAtMs: number
  readonly breaker: Breaker
  readonly health: Health
  readonly replay: Replay | null
  /** Events of waiting deliveries that were removed from the store. The readers' own are in their positions. */
  readonly missed: number
  /** Events of waiting deliveries that were dropped, since the filter was narrowed meanwhile. */
  readonly filtered: number
  /** Begins the next step of a run: what is due, or what is new. They alternate, also if a run ends in the middle. */
  readonly turn: 'due' | 'new'
  /** Events that a probe has delivered and the reader has not come to. */
  readonly ahead: readonly Ahead[]
  /** Of the reader that follows the store; null before it has read anything. */
  readonly mark: ReadMark | null
  /** When the reader noticed last that the store was restored to an earlier time. */
  readonly storeRestoredAtMs: number | null
  /** Attempts by the hour, oldest first. */
  readonly hours: readonly Hour[]
}

export interface Hour {
  readonly atMs: number
  readonly delivered: number
  readonly failed: number
}

export interface Ahead {
  readonly reader: string
  /** See `Arrival`. */
  readonly number: number
}

export interface Replay {
  readonly sinceMs: number
  readonly untilMs: number
  /** In the span, whether a filter lets them pass or not. */
  readonly events: number
  /** Null for the destination's own. */
  readonly filter: Readonly<Record<string, unknown>> | null
}

export const newState = (createdAtMs: number): DestinationState => ({
  createdAtMs,
  breaker: CLOSED,
  health: HEALTHY,
  replay: null,
  missed: 0,
  filtered: 0,
  turn: 'due',
  ahead: [],
  mark: null,
  storeRestoredAtMs: null,
  hours: [],
})

/** With one more attempt. Hours that ended a day ago are dropped. */
export function withAttempt(hours: readonly Hour[], atMs: number, isDelivered: boolean): readonly Hour[] {
  const beginMs = atMs - (atMs % HOUR_MS)
  const present = hours.find((hour) => hour.atMs === beginMs) ?? { atMs: beginMs, delivered: 0, failed: 0 }
  const { delivered, failed } = present
  const counted = isDelivered ? { delivered: delivered + 1 } : { failed: failed + 1 }
  return [...hours.filter((hour) => hour !== present), { ...present, ...counted }]
    .filter((hour) => isOfLastDay(hour, atMs))
    .toSorted((a, b) => a.atMs - b.atMs)
}

export const isOfLastDay = ({ atMs }: Hour, nowMs: number): boolean => atMs > nowMs - DAY_MS

export interface SavedState {
  readonly state: DestinationState
  /** The attempts of the bundle that is not full. */
  readonly attempts: Uint8Array
}

const TABLE_STEPS = [
  `CREATE TABLE state (id INTEGER PRIMARY KEY, state TEXT NOT NULL, attempts BLOB NOT NULL)`,
]

export class StateTable {
  readonly #sql: SqlStorage

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'state', TABLE_STEPS)
  }

  /** A field that an earlier version did not have is as in {@link newState}. */
  load(): SavedState | undefined {
    const [row] = this.#sql
      .exec<{ state: string; attempts: ArrayBuffer }>('SELECT state, attempts FROM state')
      .toArray()
    if (row === undefined) return undefined
    const state = JSON.parse(row.state) as DestinationState
    return { state: { ...newState(0), ...state }, attempts: new Uint8Array(row.attempts) }
  }

  save({ state, attempts }: SavedState): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO state (id, state, attempts) VALUES (1, ?, ?)',
      JSON.stringify(state),
      attempts,
    )
  }
}
