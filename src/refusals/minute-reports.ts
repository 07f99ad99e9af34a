/**
 * Counts of reports, by the minute in which the report came. A report of an earlier minute that comes late is in the minute in which it
 * came: nothing is lost, nothing is counted twice, and a minute that was read does not change.
 */
import { type TableStorage, makeTables } from '../platform/table-steps.ts'
import { DefectTally } from './defect-tally.ts'
import { ObservedTally } from './observed-tally.ts'
import type { Arrived, RefusalReport } from './refusal.ts'
import { Tally } from './tally.ts'

/** A day and an hour, as long as the counts for the console. */
const MINUTES = 25 * 60

/** More than the console shows, so that an attack on many sources at once is known at each. A row stays below the two megabytes that one may have. */
const SOURCES_MAX = 2_000

/** A clock that goes back by less repeats no minute. By more, it was wrong before, and is believed now. */
const BACK_MAX_MINUTES = 5

const NONE: Arrived = { refused: [], duplicates: [] }

const TABLE_STEPS = [
  'CREATE TABLE arrived (slot INTEGER PRIMARY KEY, minute INTEGER NOT NULL, reports TEXT NOT NULL)',
]

export class MinuteReports {
  readonly #sql: SqlStorage
  /** The minute of the next report at the earliest. */
  #earliest: number

  constructor(storage: TableStorage) {
    this.#sql = storage.sql
    makeTables(storage, 'arrived', TABLE_STEPS)
    const { minute } = this.#sql
      .exec<{ minute: number | null }>('SELECT max(minute) AS minute FROM arrived')
      .one()
    this.#earliest = minute ?? 0
  }

  /** One row a minute, which overwrites that of 25 hours ago. */
  add({ counts, duplicates = [], defects = [], observed = [] }: RefusalReport, nowMs: number): void {
    const refused = counts.filter(({ source }) => source !== null)
    if ([refused, duplicates, defects, observed].every(({ length }) => length === 0)) return
    const minute = this.#minuteAt(nowMs)
    this.#earliest = minute
    const known = this.#read(minute)
    const tally = new Tally(SOURCES_MAX)
    // Equal refusals are added up whichever minute they are of.
    for (const count of [...known.refused, ...refused]) tally.add({ ...count, minute })
    const lacking = new DefectTally()
    for (const one of [...(known.defects ?? []), ...defects]) lacking.add(one)
    const seen = new ObservedTally()
    for (const one of [...(known.observed ?? []), ...observed]) seen.add(one)
    const arrived: Arrived = {
      refused: tally.counts,
      duplicates: sumsOf([...known.duplicates, ...duplicates]),
      ...(lacking.counts.length > 0 && { defects: lacking.counts }),
      ...(seen.counts.length > 0 && { observed: seen.counts }),
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO arrived (slot, minute, reports) VALUES (?, ?, ?)',
      minute % MINUTES,
      minute,
      JSON.stringify(arrived),
    )
  }

  /** Ends the minute: what comes from now on is in a later one. */
  of(minute: number, nowMs: number): Arrived {
    // The reader's clock may be ahead, or the reader asks about minutes that are not over.
    const isNear = Math.abs(minute - Math.floor(nowMs / 60_000)) <= BACK_MAX_MINUTES
    if (isNear) this.#earliest = Math.max(this.#earliest, minute + 1)
    return this.#read(minute)
  }

  /** Removes older minutes. What is the earliest of the next report stays. */
  forget(beforeMinute: number): void {
    this.#sql.exec('DELETE FROM arrived WHERE minute < ?', beforeMinute)
  }

  #minuteAt(nowMs: number): number {
    const minute = Math.floor(nowMs / 60_000)
    return this.#earliest - minute > BACK_MAX_MINUTES ? minute : Math.max(this.#earliest, minute)
  }

  #read(minute: number): Arrived {
    const [row] = this.#sql
      .exec<{ reports: string }>(
        'SELECT reports FROM arrived WHERE slot = ? AND minute = ?',
        minute % MINUTES,
        minute,
      )
      .toArray()
    return row === undefined ? NONE : (JSON.parse(row.reports) as Arrived)
  }
}

/** By source. There are as many as there are sources at most. */
export function sumsOf(counts: Arrived['duplicates']): Arrived['duplicates'] {
  const sums = new Map<string, number>()
  for (const { source, count } of counts) sums.set(source, (sums.get(source) ?? 0) + count)
  return [...sums].map(([source, count]) => ({ source, count }))
}
