/** Resources that the Workers of an environment need in the account besides themselves, as their configurations name them. */
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { DeployProblem } from '../problem.ts'
import type { Configuration } from './committed.ts'

export interface Resources {
  readonly queues: readonly string[]
  /** Which Worker consumes each queue that has a consumer, by the name of the queue. */
  readonly consumers: ReadonlyMap<string, string>
  readonly database: NeededDatabase
  readonly buckets: readonly string[]
}

export interface NeededDatabase {
  readonly name: string
  readonly binding: string
  /** A Worker whose configuration names the migrations. */
  readonly migratedBy: WorkerName
}

/**
 * @param all the generated configurations, by Worker
 * @throws {DeployProblem} if they name several databases: one is migrated, and one bookmark undoes a release
 */
export function resourcesOf(all: ReadonlyMap<WorkerName, Configuration>): Resources {
  const configurations = [...all.values()]
  const consumers = configurations.flatMap(({ name, queues }) =>
    (queues?.consumers ?? []).map((consumer) => ({ ...consumer, worker: name })),
  )
  const produced = configurations.flatMap(({ queues }) => (queues?.producers ?? []).map(({ queue }) => queue))
  return {
    queues: unique([
      ...produced,
      ...consumers.map(({ queue }) => queue),
      ...consumers.flatMap(({ dead_letter_queue: dead }) => dead ?? []),
    ]),
    consumers: new Map(consumers.map(({ queue, worker }) => [queue, worker])),
    database: databaseOf(all),
    buckets: unique(
      configurations.flatMap(({ r2_buckets: buckets }) => (buckets ?? []).map((b) => b.bucket_name)),
    ),
  }
}

/** Names of the Workers, and of all that they need. */
export function namesIn(all: ReadonlyMap<WorkerName, Configuration>): string[] {
  const { queues, buckets, database } = resourcesOf(all)
  return [...[...all.values()].map(({ name }) => name), ...queues, ...buckets, database.name]
}

function databaseOf(all: ReadonlyMap<WorkerName, Configuration>): NeededDatabase {
  const found = [...all].flatMap(([worker, { d1_databases: databases }]) =>
    (databases ?? []).map((database) => ({ ...database, worker })),
  )
  const migrated = found.find(({ migrations_dir: folder }) => folder !== undefined)
  if (migrated === undefined || unique(found.map(({ database_name: name }) => name)).length !== 1)
    throw new DeployProblem('The wrangler.toml files must name one database, and its migrations_dir.')
  return { name: migrated.database_name, binding: migrated.binding, migratedBy: migrated.worker }
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)]
