/** Writes events as a Parquet file: one row group, compressed with SNAPPY, which every engine reads. */
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import type { Bytes } from '../platform/bytes.ts'
import {
  type ArchivedEvent,
  COLUMNS,
  COLUMNS_VERSION,
  COLUMN_NAMES,
  type Column,
  type ColumnName,
  type Value,
} from './columns.ts'

/** Enough for an event in most files, so that the buffer seldom grows. While it grows, the old and the new one are in memory. */
const EVENT_BYTES = 256

/** Collects the events of one file, column by column, so that no row stays in memory. */
export class FileColumns {
  readonly #data = COLUMN_NAMES.map((name) => ({
    column: COLUMNS[name] as Column,
    name,
    values: [] as Value[],
  }))
  #events = 0

  get events(): number {
    return this.#events
  }

  add(event: ArchivedEvent): void {
    for (const { column, values } of this.#data) values.push(column.of(event))
    this.#events++
  }

  values(column: ColumnName): readonly Value[] {
    return this.#data.find(({ name }) => name === column)?.values ?? []
  }

  /** @param metadata key-value metadata, besides the version of the columns */
  file(metadata: Readonly<Record<string, string>>): Bytes {
    const pairs = { 'postern.schema': String(COLUMNS_VERSION), ...metadata }
    const writer = new ByteWriter(EVENT_BYTES * (1 + this.#events))
    void parquetWrite({
      writer,
      columnData: this.#data.map(({ name, column, values }) => ({
        name,
        type: column.type,
        data: values,
        statistics: column.hasStatistics,
        ...(column.encoding === undefined ? {} : { encoding: column.encoding }),
      })),
      rowGroupSize: Math.max(1, this.#events),
      kvMetadata: Object.entries(pairs).map(([key, value]) => ({ key, value })),
      createdBy: 'postern',
    })
    return writer.getBytes()
  }
}
