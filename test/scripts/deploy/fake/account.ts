/** Contents of an account of the fake. */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Binding {
  readonly type: string
  readonly name: string
  readonly text?: string
  readonly class_name?: string
  readonly script_name?: string
  readonly queue_name?: string
  readonly bucket_name?: string
  readonly id?: string
}

export interface Version {
  readonly id: string
  readonly bindings: readonly Binding[]
  readonly annotations: Readonly<Record<string, string>>
  /** Classes that it exports, with the name as key. */
  readonly classes: readonly string[]
  /** Values that it was uploaded with. */
  readonly secrets: ReadonlyMap<string, string>
}

export interface Script {
  versions: Version[]
  /** Newest first. */
  deployments: {
    id: string
    version: string
    annotations: Record<string, string>
    strategy: unknown
    atMs?: number
  }[]
  secrets: Map<string, string>
  crons: string[]
  workersDev: boolean
}

export interface Consumer {
  readonly consumer_id: string
  readonly type: 'worker'
  readonly script: string
  readonly settings: unknown
  readonly dead_letter_queue: string | undefined
}

/** A source of the stand-in for the console. */
export interface FakeSource {
  readonly key: string
  /** Whether it is of the test of a deployment. */
  readonly deployCheck: boolean
  readonly quarantined: { readonly id: string }[]
}

export interface FakeQueue {
  readonly id: string
  readonly jurisdiction: string | undefined
  consumers: Consumer[]
  /** Seconds. */
  retention: number
}

export interface FakeAccount {
  subdomain: string | undefined
  scripts: Map<string, Script>
  queues: Map<string, FakeQueue>
  databases: Map<string, { id: string; jurisdiction: string | undefined; sql: DatabaseSync }>
  buckets: Map<string, { jurisdiction: string; objects: Set<string> }>
  domains: { id: string; hostname: string; service: string }[]
  /** Names of DNS records. */
  records: Set<string>
  /** Rate plans, or undefined if the token may not read them. */
  plans: string[] | undefined
  hasR2: boolean
  /** Plan that the account pays for, whether the token may read it or not. */
  isFree: boolean
  sources: Map<string, FakeSource>
  /** How long ago deployments were made, as the API says. */
  agedMs: number
  /** Mark of the master key that seals what is stored. */
  storedUnder: string | undefined
}

export const emptyAccount = (): FakeAccount => ({
  subdomain: 'acme',
  scripts: new Map(),
  queues: new Map(),
  databases: new Map(),
  buckets: new Map(),
  domains: [],
  records: new Set(),
  plans: undefined,
  hasR2: true,
  isFree: false,
  sources: new Map(),
  agedMs: 0,
  storedUnder: undefined,
})

/** An account that changes apart from the given one. */
export function copyOf({ databases, ...account }: FakeAccount): FakeAccount {
  const copies = [...databases].map(([name, { sql, ...one }]) => {
    const path = join(tmpdir(), `postern-fake-${randomUUID()}.sqlite`)
    sql.exec(`VACUUM INTO '${path}'`)
    process.once('exit', () => rmSync(path, { force: true }))
    return [name, { ...one, sql: new DatabaseSync(path) }] as const
  })
  return { ...structuredClone(account), databases: new Map(copies) }
}

/** A Worker with one version, which is deployed. */
export function scriptWith({ secrets, ...version }: Partial<Version>, change: Partial<Script> = {}): Script {
  const held = new Map(secrets)
  const only = { id: 'v', bindings: [], annotations: {}, classes: [], ...version, secrets: held }
  return {
    versions: [only],
    deployments: [{ id: 'd', version: only.id, annotations: {}, strategy: undefined }],
    secrets: held,
    crons: [],
    workersDev: true,
    ...change,
  }
}

export const emptyQueue = (id: string, consumers: Consumer[] = []): FakeQueue => ({
  id,
  jurisdiction: undefined,
  consumers,
  retention: 345_600,
})

/** Names of all that there is, for comparison. */
export const inventory = (account: FakeAccount) => ({
  scripts: [...account.scripts].map(([name, { secrets, crons, versions }]) => ({
    name,
    secrets: [...secrets.keys()].sort(),
    crons,
    versions: versions.length,
  })),
  queues: [...account.queues]
    .map(([name, { consumers, jurisdiction, retention }]) => ({
      name,
      jurisdiction,
      retention,
      consumers: consumers.map((c) => c.script),
    }))
    .sort((a, b) => a.name.localeCompare(b.name)),
  databases: [...account.databases].map(([name, { sql, jurisdiction }]) => ({
    name,
    jurisdiction,
    migrations: applied(sql),
  })),
  buckets: [...account.buckets].map(([name, { jurisdiction }]) => ({ name, jurisdiction })),
  domains: account.domains.map(({ hostname, service }) => ({ hostname, service })),
  records: [...account.records],
  sources: [...account.sources.keys()],
})

const applied = (sql: DatabaseSync): number => {
  const tables = sql.prepare("SELECT name FROM sqlite_master WHERE name = 'd1_migrations'").all()
  return tables.length === 0 ? 0 : sql.prepare('SELECT name FROM d1_migrations').all().length
}
