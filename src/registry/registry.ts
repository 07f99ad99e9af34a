/**
 * The registry: all sources and their secrets, in one Durable Object. Secrets rest sealed and leave it sealed.
 *
 * When a source changes, the registry tells the source's guards before it answers: from then on every `admit` names the
 * new version, and a gateway that cached the old one reloads before it accepts anything.
 */
import { DurableObject } from 'cloudflare:workers'
import * as v from 'valibot'
import { textOf, utf8 } from '../platform/bytes.ts'
import { systemNowMs } from '../platform/clock.ts'
import { readMasterKeys } from '../platform/master-key.ts'
import { type Sealer, sealer } from '../platform/seal.ts'
import { readDocument } from './check.ts'
import { type SourceConfig, SourceNameSchema } from './document.ts'
import type {
  DocumentProblem,
  PutResult,
  RegistryApi,
  RemoveResult,
  Roster,
  SealedSource,
  Secrets,
  SourceView,
  UnreachedGuard,
} from './source.ts'

/** The guards' side of a change, as far as the registry knows them. */
interface Guards {
  getByName(name: string): { learn(sourceVersion: number): Promise<void> }
}

interface RegistryEnv {
  readonly MASTER_KEY?: string
  readonly GUARD: Guards
}

/** How long an isolate uses a source without asking: what a guard that was not reached may cost. */
const CACHE_SECONDS = 30

/** Past this the answer of `roster` would be too large for one call. */
const SOURCES_MAX = 10_000

type Row = {
  name: string
  version: number
  config: string
  secrets: ArrayBuffer
  counts: string
  created_at: number
  updated_at: number
}

export class Registry extends DurableObject<RegistryEnv> implements RegistryApi {
  readonly #sql: SqlStorage
  #sealer: Sealer | undefined

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sources (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        config TEXT NOT NULL,      -- JSON of SourceConfig
        secrets BLOB NOT NULL,     -- sealed JSON of Secrets
        counts TEXT NOT NULL,      -- JSON: how many secrets each slot holds
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) WITHOUT ROWID`)
  }

  /** Creates or replaces a source. A document without `secrets` keeps the ones that are stored. */
  async put(name: string, document: unknown): Promise<PutResult> {
    if (!v.is(SourceNameSchema, name)) return { ok: false, problems: [BAD_NAME] }
    const before = this.#row(name)
    const read = await readDocument(
      document,
      before === undefined ? undefined : await this.#openSecrets(before),
    )
    if (!read.ok) return read
    if (before === undefined && this.#count() >= SOURCES_MAX) return { ok: false, problems: [TOO_MANY] }

    const version = this.#nextVersion()
    const sealed = await this.#seal().seal(utf8(JSON.stringify(read.secrets)), placeOf(name))
    const nowMs = systemNowMs()
    this.#sql.exec(
      `INSERT INTO sources (name, version, config, secrets, counts, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (name) DO UPDATE SET version = ?2, config = ?3, secrets = ?4, counts = ?5, updated_at = ?6
       WHERE excluded.version > version`,
      name,
      version,
      JSON.stringify(read.config),
      sealed,
      JSON.stringify(countsOf(read.secrets)),
      nowMs,
    )
    const shards = Math.max(read.config.guardShards, before === undefined ? 1 : configOf(before).guardShards)
    const unreached = await this.#tellGuards(name, shards, version)
    const source = await this.view(name)
    // Another change may have removed it while the guards were told.
    if (source === null) return { ok: false, problems: [REMOVED_MEANWHILE] }
    return { ok: true, created: before === undefined, source, unreached }
  }

  async view(name: string): Promise<SourceView | null> {
    const row = this.#row(name)
    return row === undefined ? null : viewOf(row)
  }

  /** All sources, by name. */
  async list(): Promise<SourceView[]> {
    return this.#sql.exec<Row>('SELECT * FROM sources ORDER BY name').toArray().map(viewOf)
  }

  async remove(name: string): Promise<RemoveResult> {
    const row = this.#row(name)
    if (row === undefined) return { found: false, unreached: [] }
    const version = this.#nextVersion()
    this.#sql.exec('DELETE FROM sources WHERE name = ?', name)
    return { found: true, unreached: await this.#tellGuards(name, configOf(row).guardShards, version) }
  }

  async load(name: string): Promise<SealedSource | null> {
    const row = this.#row(name)
    if (row === undefined) return null
    return { name, version: row.version, config: configOf(row), sealedSecrets: new Uint8Array(row.secrets) }
  }

  async roster(knownVersion: number): Promise<Roster> {
    const version = this.ctx.storage.kv.get<number>('version') ?? 0
    if (version === knownVersion) return { version, names: null }
    const names = this.#sql.exec<{ name: string }>('SELECT name FROM sources').toArray()
    return { version, names: names.map(({ name }) => name) }
  }

  #row(name: string): Row | undefined {
    return this.#sql.exec<Row>('SELECT * FROM sources WHERE name = ?', name).toArray()[0]
  }

  #count(): number {
    return this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM sources').one().count
  }

  /** One counter for all sources, so that a name that is deleted and used again never has an old version. */
  #nextVersion(): number {
    const version = (this.ctx.storage.kv.get<number>('version') ?? 0) + 1
    this.ctx.storage.kv.put('version', version)
    return version
  }

  /** Not in the constructor: a registry without a key still lists and removes. */
  #seal(): Sealer {
    this.#sealer ??= sealer(readMasterKeys(this.env.MASTER_KEY), 'secrets')
    return this.#sealer
  }

  async #openSecrets(row: Row): Promise<Secrets> {
    return openSecrets(this.#seal(), row.name, new Uint8Array(row.secrets))
  }

  async #tellGuards(name: string, shards: number, version: number): Promise<UnreachedGuard[]> {
    const guards = Array.from({ length: shards }, (_, shard) => `${name}#${shard}`)
    const told = await Promise.allSettled(
      guards.map((guard) => this.env.GUARD.getByName(guard).learn(version)),
    )
    return guards
      .filter((_, i) => told[i]?.status === 'rejected')
      .map((guard) => ({ guard, oldValueMayLiveSeconds: CACHE_SECONDS }))
  }
}

/** @throws {SealBroken} when they were sealed for another source or under an unknown key */
export async function openSecrets(open: Sealer, name: string, sealed: Uint8Array): Promise<Secrets> {
  return JSON.parse(textOf(await open.open(sealed, placeOf(name))) ?? '{}') as Secrets
}

const placeOf = (name: string): string => `source/${name}`
const configOf = (row: Row): SourceConfig => JSON.parse(row.config) as SourceConfig
const countsOf = (secrets: Secrets) =>
  Object.fromEntries(Object.entries(secrets).map(([slot, list]) => [slot, list.length]))

const viewOf = (row: Row): SourceView => ({
  name: row.name,
  version: row.version,
  config: configOf(row),
  secrets: JSON.parse(row.counts) as Record<string, number>,
  createdAtMs: row.created_at,
  updatedAtMs: row.updated_at,
})

const BAD_NAME: DocumentProblem = {
  path: 'name',
  problem:
    'A source name has 1 to 64 lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen.',
}
const TOO_MANY: DocumentProblem = { path: 'name', problem: `There are ${SOURCES_MAX} sources already.` }
const REMOVED_MEANWHILE: DocumentProblem = {
  path: 'name',
  problem: 'The source was removed while it was being saved.',
}
