/** The incidents and the position of the watch, in the storage of their object. */
import type { Forgotten } from '../../platform/forgotten.ts'
import { makeTables } from '../../platform/table-steps.ts'
import { isAtLeast } from '../severity.ts'
import type { OpenIncidents } from '../grouping.ts'
import type { ArrivalPosition } from '../../store/arrival.ts'
import type { ReadMark } from '../../store/restored.ts'
import type { IncidentQuery, WatchStatus } from './api.ts'
import { type Scoped, scopedTo } from './scope.ts'
import { type StoredIncident, isOver, sourcesOf } from './stored.ts'

/** How far the watch is, and what it needs for the next minute. */
export interface WatchPosition {
  /** The latest minute that was watched. */
  readonly minute: number
  readonly arrival: ArrivalPosition
  /** Tells whether the store was restored to an earlier time; null if nothing was read yet. */
  readonly mark: ReadMark | null
  readonly missed: number
  readonly skipped: WatchStatus['skipped']
  /** From this minute on, every minute was watched, with all that the store received in it. */
  readonly wholeSinceMinute: number
}

/** How far the operation is judged. */
export interface OperationState {
  /** The latest minute; null before the first. */
  readonly minute: number | null
  /** Findings that last. */
  readonly open: OpenIncidents
}

/** Incidents that are kept. Those that have been over for longest go first. */
export const INCIDENTS_MAX = 5_000

type Row = { readonly document: string }

const TABLE_STEPS = [
  `CREATE TABLE incidents (
    number INTEGER PRIMARY KEY,
    is_over INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    document TEXT NOT NULL           -- JSON of a StoredIncident
  );
  CREATE INDEX incidents_by_end ON incidents (is_over, updated_ms)`,
]

export class IncidentTables {
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    makeTables(storage, 'incidents', TABLE_STEPS)
  }

  position(): WatchPosition | undefined {
    return this.#storage.kv.get<WatchPosition>('position')
  }

  /** Stores a minute of the sources whole, or nothing of it. @param also writes more of the minute */
  commit(
    position: WatchPosition,
    changed: readonly StoredIncident[],
    also: () => void = () => undefined,
  ): void {
    this.#storage.transactionSync(() => {
      also()
      this.#commit('position', position, changed)
    })
  }

  operation(): OperationState {
    return this.#storage.kv.get<OperationState>('operation') ?? { minute: null, open: {} }
  }

  /** Stores a minute of the operation whole, or nothing of it. */
  commitOperation(state: OperationState, changed: readonly StoredIncident[]): void {
    this.#commit('operation', state, changed)
  }

  /** Why the next minute cannot be watched, and since when; null if it can. */
  failing(): WatchStatus['failing'] {
    return this.#storage.kv.get<WatchStatus['failing']>('failing') ?? null
  }

  putFailing(failing: WatchStatus['failing']): void {
    this.#storage.kv.put('failing', failing)
  }

  put(incident: StoredIncident): void {
    this.#storage.transactionSync(() => {
      this.#put(incident)
      this.#dropOld()
    })
  }

  find(number: number): StoredIncident | undefined {
    return this.#read('SELECT document FROM incidents WHERE number = ?', number)[0]
  }

  /** Incidents that last, and those that were over only after this time; by number. */
  since(overSinceMs: number): StoredIncident[] {
    return this.#read(
      `SELECT document FROM incidents WHERE is_over = 0
       UNION ALL SELECT document FROM incidents WHERE is_over = 1 AND updated_ms >= ?`,
      overSinceMs,
    ).toSorted((a, b) => a.number - b.number)
  }

  /** As they are stored, the newest first. */
  *documents(): Generator<string> {
    const rows = this.#storage.sql.exec<Row>('SELECT document FROM incidents ORDER BY number DESC')
    for (const { document } of rows) yield document
  }

  all = (): StoredIncident[] => this.#read('SELECT document FROM incidents ORDER BY number')

  /** Removes incidents that were over before a time. @param plan only counts them */
  forget(beforeMs: number, plan: boolean): Forgotten {
    const { sql } = this.#storage
    const { count } = sql
      .exec<{ count: number }>(
        'SELECT count(*) AS count FROM incidents WHERE is_over = 1 AND updated_ms < ?',
        beforeMs,
      )
      .one()
    if (!plan) sql.exec('DELETE FROM incidents WHERE is_over = 1 AND updated_ms < ?', beforeMs)
    const { oldest } = sql
      .exec<{ oldest: number | null }>('SELECT min(updated_ms) AS oldest FROM incidents')
      .one()
    return { count, isMore: false, oldestMs: oldest }
  }

  /** Numbers are never used again, also if their incident was dropped. */
  nextNumber(): number {
    const { highest } = this.#storage.sql
      .exec<{ highest: number | null }>('SELECT max(number) AS highest FROM incidents')
      .one()
    return Math.max(highest ?? 0, this.#storage.kv.get<number>('highest') ?? 0) + 1
  }

  openCount(): number {
    return this.#count('SELECT count(*) AS count FROM incidents WHERE is_over = 0')
  }

  /** Newest first. */
  list({ before, limit, sources, ...query }: IncidentQuery, nowMs: number): Scoped[] {
    const found: Scoped[] = []
    // Pages ask every few seconds for the few that are not over: the others are not read.
    const isOpenOnly = query.states?.every((state) => !isOver({ state })) ?? false
    const rows = this.#storage.sql.exec<Row>(
      `SELECT document FROM incidents WHERE number < ?${isOpenOnly ? ' AND is_over = 0' : ''} ORDER BY number DESC`,
      before ?? Number.MAX_SAFE_INTEGER,
    )
    for (const { document } of rows) {
      const scoped = scopedTo(JSON.parse(document) as StoredIncident, sources, nowMs)
      // Filters see no more than whoever asks.
      if (scoped !== null && isAsked(scoped.incident, query)) found.push(scoped)
      if (found.length >= limit) break
    }
    return found
  }

  #read(query: string, ...values: readonly number[]): StoredIncident[] {
    return this.#storage.sql
      .exec<Row>(query, ...values)
      .toArray()
      .map(({ document }) => JSON.parse(document) as StoredIncident)
  }

  #commit(key: string, state: unknown, changed: readonly StoredIncident[]): void {
    this.#storage.transactionSync(() => {
      this.#storage.kv.put(key, state)
      for (const incident of changed) this.#put(incident)
      if (changed.length > 0) this.#dropOld()
    })
  }

  #put(incident: StoredIncident): void {
    this.#storage.sql.exec(
      'INSERT OR REPLACE INTO incidents (number, is_over, updated_ms, document) VALUES (?, ?, ?, ?)',
      incident.number,
      Number(isOver(incident)),
      incident.updatedMs,
      JSON.stringify(incident),
    )
    if (incident.number > (this.#storage.kv.get<number>('highest') ?? 0))
      this.#storage.kv.put('highest', incident.number)
  }

  #dropOld(): void {
    const many = this.#count('SELECT count(*) AS count FROM incidents') - INCIDENTS_MAX
    if (many <= 0) return
    this.#storage.sql.exec(
      `DELETE FROM incidents WHERE number IN (
         SELECT number FROM incidents ORDER BY is_over DESC, updated_ms, number LIMIT ?)`,
      many,
    )
  }

  #count = (query: string): number => this.#storage.sql.exec<{ count: number }>(query).one().count
}

const isAsked = (
  incident: StoredIncident,
  { states, source, kind, severity, sinceMs }: Omit<IncidentQuery, 'limit' | 'before' | 'sources'>,
): boolean =>
  (states === null || states.includes(incident.state)) &&
  (source === null || sourcesOf(incident).includes(source)) &&
  (kind === null || incident.findings.some((one) => one.kind === kind)) &&
  (severity === null || isAtLeast(incident.severity, severity)) &&
  (sinceMs === null || incident.openedMs >= sinceMs)
