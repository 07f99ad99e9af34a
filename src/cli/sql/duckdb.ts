/** DuckDB, which is not a part of the command line: it is 70 MB, and only `postern sql` needs it. */
import type * as module from '@duckdb/node-api'
import { Stop } from '../stop.ts'

export type DuckDB = typeof module

/** @throws {Stop} that says how to install it */
export async function loadDuckDB(load = (): Promise<DuckDB> => import('@duckdb/node-api')): Promise<DuckDB> {
  const duckdb = await load().catch((cause: unknown) => {
    throw new Stop('no', 'duckdb_missing', 'This command needs DuckDB, which is not installed here.', [
      'To install it: npm install -g @duckdb/node-api. In a checkout: npm install --no-save @duckdb/node-api.',
      ...(cause instanceof Error ? [cause.message.split('\n')[0] ?? ''] : []),
    ])
  })
  // Times with a zone are shown in UTC, as all others.
  duckdb.DuckDBTimestampTZValue.timezoneOffsetInMinutes = 0
  return duckdb
}
