/** The tables of an object that watches sources. All are bounded: a place is written again once its time is over. */
import { type TableStorage, makeTables } from '../../platform/table-steps.ts'
import { PartedTable } from './parted-table.ts'

/** Minutes that are kept one by one, and hours whose minutes are kept, and days whose hours are. */
export const RECENT_ROWS = 192
export const PAST_HOURS = 96
export const PAST_DAYS = 100

/** Places of a bucket in a table by hours or days. */
const PLACES = 128

const TABLES = ['recent', 'states', 'detectors', 'past', 'hours'] as const
type TableName = (typeof TABLES)[number]

// Without a row id there is no second index to write.
const TABLE_STEPS = TABLES.map(
  (name) =>
    `CREATE TABLE ${name} (id INTEGER NOT NULL, part INTEGER NOT NULL, parts INTEGER NOT NULL, stamp INTEGER NOT NULL,
      data BLOB NOT NULL, PRIMARY KEY (id, part)) WITHOUT ROWID`,
)

export class Tables {
  /** The latest minutes of all sources, by their number, as JSON of `MinuteRow`. */
  readonly recent: PartedTable<string>
  /** Checkpoints by bucket, as JSON of `StoredBucket`; the stamp is the number of the latest minute that was seen. */
  readonly states: PartedTable<string>
  /** Detectors by bucket, see `detector-bytes.ts`. */
  readonly detectors: PartedTable<ArrayBuffer>
  /** Minutes by bucket and hour, as JSON of `HourRow`. */
  readonly past: PartedTable<string>
  /** Hours by bucket and day, as JSON of `DayRow`. */
  readonly hours: PartedTable<string>

  constructor(storage: TableStorage) {
    makeTables(storage, 'watcher', TABLE_STEPS)
    const table = <T extends string | ArrayBuffer>(name: TableName): PartedTable<T> =>
      new PartedTable<T>(storage.sql, name)
    this.recent = table('recent')
    this.states = table('states')
    this.detectors = table('detectors')
    this.past = table('past')
    this.hours = table('hours')
  }
}

export const hourPlace = (bucket: number, hour: number): number => bucket * PLACES + (hour % PAST_HOURS)

export const dayPlace = (bucket: number, day: number): number => bucket * PLACES + (day % PAST_DAYS)
