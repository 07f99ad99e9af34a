/**
 * All tables of the store, and how each is to be treated. Whatever works on everything that is stored goes through this list: the
 * check for missing migrations, resealing, and the recording of states. `test/store/tables.test.ts` compares it with the migrations.
 */

import type { Purpose } from '../platform/master-key.ts'

/** A row with a sealed value. */
export interface SealedRow {
  /** As text, also if the column is a blob. */
  readonly key: string
  /** Hex. */
  readonly sealed: string
  /** Of a dead letter: the envelope without its sealed contents, as JSON. */
  readonly envelope?: string | null
}

/** SQL for the key of a row as one text. */
interface Key {
  readonly text: string
  readonly columns: string
  /** Whether a row comes after the key `?1`; the empty text is before all. */
  readonly isAfter: string
  readonly isEqual: string
}

const textKey = (column: string): Key => ({
  text: column,
  columns: column,
  isAfter: `${column} > ?1`,
  isEqual: `${column} = ?1`,
})

const blobKey = (column: string): Key => ({
  text: `lower(hex(${column}))`,
  columns: column,
  isAfter: `${column} > unhex(?1)`,
  isEqual: `${column} = unhex(?1)`,
})

/** An id may have slashes itself, so the part is what stands behind the last one. */
const HEAD = `rtrim(?1, '0123456789')`
const PART_KEY: Key = {
  text: `id || '/' || part`,
  columns: 'id, part',
  isAfter: `((id, part) > (rtrim(${HEAD}, '/'), CAST(substr(?1, length(${HEAD}) + 1) AS INTEGER)) OR ?1 = '')`,
  isEqual: `id = rtrim(${HEAD}, '/') AND part = CAST(substr(?1, length(${HEAD}) + 1) AS INTEGER)`,
}

export type SealPurpose = Extract<Purpose, 'recipient-keys' | 'store' | 'queue'>

/** A blob that is sealed under the master key, so that a new master key must seal it again. */
export interface MasterSealed {
  readonly column: string
  readonly key: Key
  /** Further columns that say how it is sealed. */
  readonly also?: string
  /** Rows of one step of resealing; fewer where rows are large. */
  readonly pageRows: number
  readonly purpose: (row: SealedRow) => SealPurpose
  readonly associatedData: (row: SealedRow) => string
}

export interface StoredTable {
  /** The files of `migrations/` that make or change it. */
  readonly migrations: readonly string[]
  /**
   * How its rows name people: by the blind index in the column `recipient`, by fingerprints of several people, by sealed contents
   * that may name anybody, by blind indexes in other columns alone, or not at all.
   */
  readonly names: 'recipient' | 'fingerprints' | 'sealed contents' | 'blind indexes' | 'nobody'
  /** Columns with blind indexes of people, besides `recipient`. */
  readonly people?: readonly string[]
  readonly underMasterKey?: MasterSealed
  /** Columns that are sealed under the key of a person, or of events that name nobody. Such a key is never replaced. */
  readonly underPersonKeys?: readonly string[]
}

const STORE = '0001_store.sql'
const ARCHIVE = '0002_archive.sql'
const HISTORY = '0003_history.sql'
const DELIVERABILITY = '0004_deliverability.sql'
const RETENTION = '0005_retention.sql'
const ERASURES = '0006_erasures.sql'
const ORIGINALS = '0007_originals.sql'
const POLICY = '0008_policy.sql'
const REQUESTS = '0009_requests.sql'
const JUDGED = '0010_judged.sql'
const ADDRESSES = '0011_addresses.sql'
const keyOf = ({ key }: SealedRow): string => key

export const TABLES: Readonly<Record<string, StoredTable>> = {
  recipients: {
    migrations: [STORE],
    names: 'recipient',
    underMasterKey: {
      column: 'wrapped_key',
      key: blobKey('recipient'),
      pageRows: 500,
      purpose: () => 'recipient-keys',
      associatedData: keyOf,
    },
  },
  segments: {
    migrations: [STORE, ORIGINALS],
    names: 'fingerprints',
    underPersonKeys: ['contents', 'originals'],
  },
  inverted_index: { migrations: [STORE], names: 'fingerprints' },
  evidence: { migrations: [STORE, POLICY], names: 'recipient', underPersonKeys: ['sealed'] },
  counters: { migrations: [STORE], names: 'nobody' },
  deliverability: { migrations: [DELIVERABILITY], names: 'nobody' },
  suppressions: { migrations: [STORE, POLICY], names: 'recipient', underPersonKeys: ['sealed', 'note'] },
  resubscribed: { migrations: [STORE], names: 'recipient' },
  quarantine: {
    migrations: [STORE, ERASURES],
    names: 'sealed contents',
    people: ['people'],
    underMasterKey: {
      column: 'sealed',
      key: textKey('id'),
      pageRows: 100,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
  quarantine_parts: {
    migrations: [STORE, RETENTION],
    names: 'sealed contents',
    underMasterKey: {
      column: 'sealed',
      key: PART_KEY,
      pageRows: 4,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
  requests: {
    migrations: [REQUESTS],
    names: 'sealed contents',
    people: ['people'],
    underMasterKey: {
      column: 'sealed',
      key: textKey('id'),
      pageRows: 100,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
  request_parts: {
    migrations: [REQUESTS],
    names: 'sealed contents',
    underMasterKey: {
      column: 'sealed',
      key: PART_KEY,
      pageRows: 4,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
  dead_letters: {
    migrations: [STORE, ERASURES],
    names: 'sealed contents',
    people: ['people'],
    underMasterKey: {
      column: 'sealed',
      key: textKey('id'),
      also: 'envelope',
      pageRows: 20,
      // The store sealed a message that was not an envelope, with the dead letter's id as associated data.
      purpose: ({ envelope }) => (typeof envelope === 'string' ? 'queue' : 'store'),
      associatedData: ({ key, envelope }) =>
        typeof envelope === 'string' ? String((JSON.parse(envelope) as { key?: unknown }).key) : key,
    },
  },
  store_keys: {
    migrations: [STORE],
    names: 'nobody',
    underMasterKey: {
      column: 'wrapped',
      key: textKey('name'),
      pageRows: 10,
      purpose: () => 'recipient-keys',
      associatedData: keyOf,
    },
  },
  retrying: { migrations: [STORE], names: 'nobody' },
  large_deliveries: { migrations: [STORE], names: 'nobody' },
  archive_files: { migrations: [ARCHIVE], names: 'nobody' },
  archive_progress: { migrations: [ARCHIVE], names: 'nobody' },
  history: { migrations: [HISTORY], names: 'nobody' },
  judged_progress: { migrations: [JUDGED], names: 'nobody' },
  retention_progress: { migrations: [RETENTION], names: 'nobody' },
  erasures: { migrations: [ERASURES], names: 'blind indexes', people: ['person'] },
  erasure_progress: { migrations: [ERASURES], names: 'nobody' },
  policy: { migrations: [POLICY], names: 'nobody' },
  mailbox_waves: { migrations: [POLICY], names: 'nobody' },
  address_verdicts: {
    migrations: [ADDRESSES],
    names: 'recipient',
    underMasterKey: {
      column: 'sealed',
      key: blobKey('recipient'),
      pageRows: 500,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
  address_service: {
    migrations: [ADDRESSES],
    names: 'nobody',
    underMasterKey: {
      column: 'sealed',
      key: textKey('id'),
      pageRows: 1,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
  address_jobs: { migrations: [ADDRESSES], names: 'nobody' },
  address_job_rows: {
    migrations: [ADDRESSES],
    names: 'recipient',
    underMasterKey: {
      column: 'sealed',
      key: PART_KEY,
      pageRows: 500,
      purpose: () => 'store',
      associatedData: keyOf,
    },
  },
}

/** Files of `migrations/`, in order. This code needs all of them. */
export const MIGRATIONS: readonly string[] = [
  ...new Set(Object.values(TABLES).flatMap(({ migrations }) => migrations)),
].sort()
