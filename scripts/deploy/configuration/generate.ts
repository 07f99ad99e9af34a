/** Makes the configuration of a Worker in an environment from the committed one. */
import { dirname, join, posix, relative, sep } from 'node:path'
import { ROOT } from '../../workers.ts'
import type { Environment } from '../environment.ts'
import { DeployProblem } from '../problem.ts'
import type { Configuration, WorkerConfiguration } from './committed.ts'

/** Decisions for this deployment, besides the environment. */
export interface Decided {
  /** Custom domain; without one the Worker is at `workers.dev`. */
  readonly domain: string | undefined
  /** Whether it answers at `workers.dev` as well, if it has a custom domain. */
  readonly keepsWorkersDev: boolean
  /** Whether it is for the Free plan, where Cloudflare refuses `limits`. */
  readonly isFree: boolean
  /** Values that replace those of `[vars]`. A name that the file does not have is added. */
  readonly vars: Readonly<Record<string, string>>
  /** Jurisdiction of each bucket that has one, by its name in the environment. */
  readonly jurisdictions: ReadonlyMap<string, string>
}

type Rename = (value: never, context: Context) => unknown

interface Context {
  readonly environment: Environment
  readonly decided: Decided
  readonly path: (path: string) => string
}

const rows =
  <Row extends object>(change: (row: Row, context: Context) => object) =>
  (list: readonly Row[], context: Context): object[] =>
    list.map((row) => ({ ...row, ...change(row, context) }))

const keep = (value: unknown): unknown => value

/** How each key of a configuration changes. A key without a row is refused, so that no environment shares anything by mistake. */
const KEYS: Readonly<Record<string, Rename>> = {
  name: (name: string, { environment }) => environment.named(name),
  main: (main: string, { path }) => path(main),
  compatibility_date: keep,
  compatibility_flags: keep,
  keep_names: keep,
  workers_dev: keep,
  preview_urls: keep,
  rules: keep,
  observability: keep,
  limits: (limits: object, { decided }) => (decided.isFree ? undefined : limits),
  secrets: keep,
  exports: keep,
  triggers: keep,
  // An operator adds it by hand, see docs/channels.md. Addresses belong to the account.
  send_email: keep,
  vars: (vars: object, { decided }) => ({ ...vars, ...decided.vars }),
  durable_objects: (
    { bindings, ...others }: NonNullable<Configuration['durable_objects']>,
    { environment },
  ) => ({
    ...others,
    bindings: (bindings ?? []).map((binding) => ({
      ...binding,
      ...(binding.script_name === undefined ? {} : { script_name: environment.named(binding.script_name) }),
    })),
  }),
  services: rows<{ service: string }>(({ service }, { environment }) => ({
    service: environment.named(service),
  })),
  queues: ({ producers, consumers }: NonNullable<Configuration['queues']>, { environment }) => ({
    producers: (producers ?? []).map((row) => ({ ...row, queue: environment.named(row.queue) })),
    consumers: (consumers ?? []).map((row) => ({
      ...row,
      queue: environment.named(row.queue),
      ...(row.dead_letter_queue === undefined
        ? {}
        : { dead_letter_queue: environment.named(row.dead_letter_queue) }),
    })),
  }),
  d1_databases: rows<{ database_name: string; migrations_dir?: string }>(
    ({ database_name: name, migrations_dir: folder }, { environment, path }) => ({
      database_name: environment.named(name),
      ...(folder === undefined ? {} : { migrations_dir: path(folder) }),
    }),
  ),
  r2_buckets: rows<{ bucket_name: string }>(({ bucket_name: own }, { environment, decided }) => {
    const name = environment.named(own)
    const jurisdiction = decided.jurisdictions.get(name)
    return { bucket_name: name, ...(jurisdiction === undefined ? {} : { jurisdiction }) }
  }),
  ratelimits: rows<{ namespace_id: string }>(({ namespace_id: id }, { environment }) => ({
    namespace_id: environment.rateLimitId(id),
  })),
}

/**
 * @param folder where the generated file will be, an absolute path: its paths are relative to it
 * @throws {DeployProblem} for a key that this table does not know
 */
export function generate(
  { path: committedPath, configuration }: WorkerConfiguration,
  environment: Environment,
  decided: Decided,
  folder: string,
): Configuration {
  const unknown = Object.keys(configuration).filter((key) => !Object.hasOwn(KEYS, key))
  if (unknown.length > 0)
    throw new DeployProblem(
      `${committedPath} has ${unknown.join(', ')}: add a row to KEYS in scripts/deploy/configuration/generate.ts, ` +
        'which says how it is named in another environment.',
    )
  const context: Context = {
    environment,
    decided,
    path: (path) =>
      relative(folder, join(ROOT, dirname(committedPath), path))
        .split(sep)
        .join(posix.sep),
  }
  const made = Object.entries({ vars: {}, ...configuration }).map(([key, value]) => [
    key,
    KEYS[key]?.(value as never, context),
  ])
  return { ...(Object.fromEntries(made) as Configuration), ...addressOf(configuration, decided) }
}

/** A Worker without a route of its own stays without one. A preview would be a second address of the same data. */
function addressOf({ workers_dev: isPublic }: Configuration, { domain, keepsWorkersDev }: Decided): object {
  if (isPublic === false) return { workers_dev: false, preview_urls: false }
  return domain === undefined
    ? { workers_dev: true, preview_urls: false }
    : {
        workers_dev: keepsWorkersDev,
        preview_urls: false,
        routes: [{ pattern: domain, custom_domain: true }],
      }
}
