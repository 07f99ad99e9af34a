/** The three Workers, and the file that configures each. */
import { fileURLToPath } from 'node:url'
import type { WorkerName } from '../src/platform/worker-names.ts'

/** The root of the repository, with a slash at the end. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url).href)

export interface WorkerFile {
  readonly name: WorkerName
  /** Path relative to the root of the repository. */
  readonly config: string
}

export const WORKERS: readonly WorkerFile[] = [
  { name: 'gateway', config: 'wrangler.toml' },
  { name: 'consumer', config: 'src/consumer/wrangler.toml' },
  { name: 'console', config: 'src/console/wrangler.toml' },
]

/** The database that the consumer writes and the console reads. The configuration of `migratedFrom` names its migrations. */
export const STORE = { binding: 'STORE', migratedFrom: 'console' } as const
