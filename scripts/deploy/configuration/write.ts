/** Writes the generated configurations where Wrangler reads them. They hold no secret, and git ignores them. */
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from '../../workers.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { type Environment, checkEnvironment } from '../environment.ts'
import { RELEASE_VARIABLE, type Release } from '../release.ts'
import { type Configuration, readCommitted } from './committed.ts'
import { generate } from './generate.ts'
import { namesIn } from './resources.ts'

export interface Written {
  /** Absolute path. */
  readonly path: string
  readonly configuration: Configuration
}

export interface Wanted {
  readonly domains?: Partial<Record<WorkerName, string | undefined>>
  /** Workers that answer at `workers.dev` beside their domain. */
  readonly onWorkersDev?: readonly WorkerName[]
  /** Values for variables of `[vars]`, by Worker. */
  readonly vars?: Partial<Record<WorkerName, Readonly<Record<string, string>>>>
  readonly jurisdictions?: ReadonlyMap<string, string>
  readonly isFree?: boolean
  readonly releases?: ReadonlyMap<WorkerName, Release>
}

export const folderOf = ({ name }: Environment): string => join(ROOT, '.wrangler/environments', name)

export async function configurations(
  environment: Environment,
  { domains, onWorkersDev = [], vars, jurisdictions = new Map(), isFree = false, releases }: Wanted,
): Promise<Map<WorkerName, Configuration>> {
  const folder = folderOf(environment)
  const all = await readCommitted()
  checkEnvironment(environment, namesIn(new Map(all.map((one) => [one.worker, one.configuration]))))
  const made = all.map((committed) => {
    const { worker } = committed
    const release = releases?.get(worker)
    const decided = {
      domain: domains?.[worker],
      keepsWorkersDev: onWorkersDev.includes(worker),
      jurisdictions,
      isFree,
      vars: {
        ...vars?.[worker],
        ...(release === undefined ? {} : { [RELEASE_VARIABLE]: JSON.stringify(release) }),
      },
    }
    return [worker, generate(committed, environment, decided, folder)] as const
  })
  return new Map(made)
}

export async function writeConfigurations(
  environment: Environment,
  wanted: Wanted,
): Promise<Map<WorkerName, Written>> {
  const folder = folderOf(environment)
  await mkdir(folder, { recursive: true })
  const written = new Map<WorkerName, Written>()
  for (const [worker, configuration] of await configurations(environment, wanted)) {
    const path = join(folder, `${worker}.json`)
    await writeFile(path, `${JSON.stringify(configuration, null, 2)}\n`)
    written.set(worker, { path, configuration })
  }
  return written
}

/** Writes the same configuration without its custom domain beside it. @returns the path */
export async function withoutRoutes(path: string, configuration: Configuration): Promise<string> {
  const other = path.replace(/\.json$/, '.without-domain.json')
  await writeFile(other, `${JSON.stringify({ ...configuration, routes: undefined }, null, 2)}\n`)
  return other
}

/** Files that `scripts/local/client.ts` makes of sources and packages: a fresh clone lacks them until the first upload. */
const GENERATED = /\.client(?:\.|$)/

/** A hash of what all that is uploaded is made of: sources, versions of packages, configuration. */
export async function codeHash(configuration: Configuration): Promise<string> {
  const hash = createHash('sha256')
  const sources = await readdir(`${ROOT}src`, { recursive: true, withFileTypes: true })
  const files = sources
    .filter((entry) => entry.isFile() && !GENERATED.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of [...files.sort(), `${ROOT}package-lock.json`])
    hash
      .update(`${file.slice(ROOT.length)}\0`)
      .update(await readFile(file))
      .update('\0')
  return hash.update(JSON.stringify(configuration)).digest('hex').slice(0, 16)
}
