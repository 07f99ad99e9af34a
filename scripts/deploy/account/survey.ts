/** Reads all that a deployment depends on. Changes nothing. */
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { classId } from '../configuration/order.ts'
import type { Resources } from '../configuration/resources.ts'
import { DeployProblem } from '../problem.ts'
import { type AccountApi, ApiError, found } from './api.ts'
import { missingPermissions } from './permissions.ts'
import { type DeployedWorker, deployedWorker } from './workers.ts'

export interface Survey {
  /** The account's own part of `workers.dev`; undefined if it has none. */
  readonly subdomain: string | undefined
  readonly queues: ReadonlyMap<string, Queue>
  readonly database: Database | undefined
  /** Jurisdiction of each bucket that exists: `default`, `eu`. */
  readonly buckets: ReadonlyMap<string, string>
  readonly workers: ReadonlyMap<WorkerName, DeployedWorker>
  readonly domains: readonly Domain[]
  /** Classes of Durable Objects, by {@link classId}. */
  readonly classes: ReadonlySet<string>
  /** Undefined if this token may not read it. */
  readonly isFreePlan: boolean | undefined
}

export interface Queue {
  readonly queue_id: string
  readonly queue_name: string
  readonly settings?: {
    readonly delivery_delay?: number
    /** Seconds. */
    readonly message_retention_period?: number
  }
  readonly consumers?: readonly {
    readonly consumer_id: string
    readonly script?: string
    readonly script_name?: string
    readonly dead_letter_queue?: string
  }[]
}
export interface Domain {
  readonly id: string
  readonly hostname: string
  readonly service: string
  readonly zone_id?: string
}
export interface Database {
  readonly id: string
  readonly jurisdiction: string | undefined
  /** Undefined if this token may not query it, which a plan does without. */
  readonly applied: readonly string[] | undefined
}

const NO_SUBDOMAIN = 10007
const NO_DATABASE = 7404
const NO_BUCKET = 10006
export const JURISDICTIONS = ['default', 'eu', 'fedramp'] as const

/**
 * @param onlyReads whether a token that may not query the database is enough
 * @throws {DeployProblem} with all missing permissions at once
 */
export async function survey(
  api: AccountApi,
  names: ReadonlyMap<WorkerName, string>,
  resources: Resources,
  onlyReads: boolean,
): Promise<Survey> {
  const [subdomain, queues, database, buckets, workers, domains, classes, isFreePlan] = await allOf([
    found(api.get<{ subdomain?: string }>('/workers/subdomain'), NO_SUBDOMAIN),
    Promise.all(resources.queues.map((name) => queueNamed(api, name))),
    databaseNamed(api, resources.database.name, onlyReads),
    Promise.all(resources.buckets.map(async (name) => [name, await jurisdictionOf(api, name)] as const)),
    Promise.all([...names].map(async ([worker, name]) => [worker, await deployedWorker(api, name)] as const)),
    api.get<readonly Domain[]>('/workers/domains'),
    api.get<readonly { script: string; class: string }[]>(
      '/workers/durable_objects/namespaces?per_page=1000',
    ),
    freePlan(api),
  ])
  return {
    subdomain: subdomain?.subdomain,
    queues: new Map(queues.flatMap((queue) => (queue === undefined ? [] : [[queue.queue_name, queue]]))),
    database,
    buckets: present(buckets),
    workers: present(workers),
    domains,
    classes: new Set(classes.map((row) => classId(row.script, row.class))),
    isFreePlan,
  }
}

/** Survey of an empty account: for a plan without a log-in. */
export const EMPTY_SURVEY: Survey = {
  subdomain: 'your-subdomain',
  queues: new Map(),
  database: undefined,
  buckets: new Map(),
  workers: new Map(),
  domains: [],
  classes: new Set(),
  isFreePlan: false,
}

const present = <K, V>(entries: readonly (readonly [K, V | undefined])[]): Map<K, V> =>
  new Map(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])))

/** As `Promise.all`, but it waits for all, so that one sentence names all permissions that are missing. */
export async function allOf<T extends readonly Promise<unknown>[]>(
  asked: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(asked)
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const permissions = failed.flatMap((cause) => (cause instanceof ApiError ? (cause.permission ?? []) : []))
  const other = failed.find((cause) => !(cause instanceof ApiError && cause.permission !== undefined))
  if (other !== undefined) throw other
  if (permissions.length > 0) throw new DeployProblem(missingPermissions(permissions))
  return (await Promise.all(asked)) as { [K in keyof T]: Awaited<T[K]> }
}

export async function queueNamed(api: AccountApi, name: string): Promise<Queue | undefined> {
  const queues = await api.get<readonly Queue[]>(`/queues?page=1&name=${name}`)
  return queues.find(({ queue_name: own }) => own === name)
}

async function databaseNamed(
  api: AccountApi,
  name: string,
  onlyReads: boolean,
): Promise<Database | undefined> {
  const database = await found(
    api.get<{ uuid: string; jurisdiction?: string | null }>(`/d1/database/${name}`),
    NO_DATABASE,
  )
  if (database === undefined) return undefined
  const { uuid: id, jurisdiction } = database
  const applied = await appliedTo(api, name, id).catch((cause: unknown) => {
    if (onlyReads && cause instanceof ApiError && cause.permission !== undefined) return undefined
    throw cause
  })
  return { id, jurisdiction: jurisdiction ?? undefined, applied }
}

/** The migrations of a database. */
async function appliedTo(api: AccountApi, name: string, id: string): Promise<readonly string[]> {
  const rows = async (sql: string) => {
    const [first] = await api.post<readonly { results: readonly { name: string }[] }[]>(
      `/d1/database/${id}/query`,
      { sql },
    )
    return (first?.results ?? []).map((row) => row.name)
  }
  const tables = await rows("SELECT name FROM sqlite_master WHERE type = 'table'")
  const own = tables.filter((table) => !/^(?:_cf_|sqlite_)/.test(table))
  if (!own.includes('d1_migrations') && own.length > 0)
    throw new DeployProblem(
      `The database ${name} holds tables that no Postern has made. Rename or remove it, or deploy beside it with --env NAME.`,
    )
  return own.length === 0 ? [] : rows('SELECT name FROM d1_migrations ORDER BY id')
}

/** A bucket is found only by those who name its jurisdiction. */
export async function jurisdictionOf(api: AccountApi, name: string): Promise<string | undefined> {
  for (const jurisdiction of JURISDICTIONS) {
    const headers = { 'cf-r2-jurisdiction': jurisdiction }
    const bucket = await found(api.get(`/r2/buckets/${name}`, headers), NO_BUCKET)
    if (bucket !== undefined) return jurisdiction
  }
  return undefined
}

/** Billing is behind a permission that nobody needs otherwise, so not to know is the usual case. */
async function freePlan(api: AccountApi): Promise<boolean | undefined> {
  try {
    const plans = await api.get<readonly { rate_plan?: { id?: string } }[]>('/subscriptions')
    return !plans.some(({ rate_plan: plan }) => /workers_paid|enterprise/i.test(plan?.id ?? ''))
  } catch {
    return undefined
  }
}
