/** The archive's dependencies in tests: the real D1 and R2, small files, and a step before and after each call to them. */
import { HOUR_MS } from '../../src/platform/time.ts'
import { env } from 'cloudflare:workers'
import { parquetReadObjects } from 'hyparquet'
import { DomainCount } from '../../src/archive/domains.ts'
import type { ArchiveDeps } from '../../src/archive/run.ts'
import { HOT_MAX_BYTES } from '../../src/archive/remove-hot.ts'
import type { LogFields } from '../../src/platform/log.ts'
import { type ArchiveFile, listArchiveFiles } from '../../src/store/archive-files.ts'
import type { Store } from '../../src/store/store.ts'

/** Called before each call and after it. It may throw, or wait. */
export type AtCall = () => void | Promise<void>

const around = async <T>(atCall: AtCall, call: () => Promise<T>): Promise<T> => {
  await atCall()
  const result = await call()
  await atCall()
  return result
}

/** D1 with a step at each call. */
function steppedD1(db: D1Database, atCall: AtCall): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>()
  const wrapped = (statement: D1PreparedStatement) => {
    const own = {
      bind: (...values: unknown[]) => wrapped(statement.bind(...values)),
      first: () => around(atCall, () => statement.first()),
      all: () => around(atCall, () => statement.all()),
      run: () => around(atCall, () => statement.run()),
    }
    real.set(own, statement)
    return own
  }
  return {
    prepare: (sql: string) => wrapped(db.prepare(sql)),
    batch: (statements: object[]) =>
      around(atCall, () => db.batch(statements.map((one) => real.get(one) as D1PreparedStatement))),
  } as unknown as D1Database
}

const steppedBucket = (bucket: R2Bucket, atCall: AtCall): ArchiveDeps['bucket'] => ({
  put: (...given: Parameters<R2Bucket['put']>) => around(atCall, () => bucket.put(...given)),
  head: (key: string) => around(atCall, () => bucket.head(key)),
  delete: (keys: string | string[]) => around(atCall, () => bucket.delete(keys)),
})

let tokens = 0

export interface TestArchiveDeps extends ArchiveDeps {
  readonly lines: LogFields[]
}

export function archiveDeps(
  store: Store,
  changes: Partial<ArchiveDeps> = {},
  atCall: AtCall = () => undefined,
): TestArchiveDeps {
  const lines: LogFields[] = []
  return {
    store: { ...store, db: steppedD1(env.STORE, atCall) },
    bucket: steppedBucket(env.ARCHIVE, atCall),
    domains: {
      begin: () =>
        new DomainCount(
          async (domain) => domain,
          () => new Set(),
          () => undefined,
        ),
    },
    bounds: { events: 6, contentsBytes: 1_000_000 },
    waitMs: () => HOUR_MS,
    hotDays: () => 30,
    hotMaxBytes: HOT_MAX_BYTES,
    newClaimId: () => (++tokens).toString(16).padStart(8, '0'),
    nowMs: () => 0,
    log: (fields) => void lines.push(fields),
    lines,
    ...changes,
  }
}

export const emptyArchive = async (): Promise<void> => {
  const keys = await archivedKeys()
  if (keys.length > 0) await env.ARCHIVE.delete(keys)
}

/** Names of all objects, in order. */
export const archivedKeys = async (): Promise<string[]> =>
  (await env.ARCHIVE.list()).objects.map(({ key }) => key)

export const currentFiles = (store: Store): Promise<readonly ArchiveFile[]> =>
  listArchiveFiles(store, { limit: 1_000 })

export type FileRow = Readonly<Record<string, unknown>>

export async function rowsOfFile(key: string): Promise<FileRow[]> {
  const file = await (await env.ARCHIVE.get(key))?.arrayBuffer()
  if (file === undefined) throw new Error(`no object ${key}`)
  return parquetReadObjects({ file, utf8: false })
}

/** Rows of all files that the table knows as current. */
export async function archivedRows(store: Store): Promise<FileRow[]> {
  const files = await currentFiles(store)
  return (await Promise.all(files.map(({ key }) => rowsOfFile(key)))).flat()
}
