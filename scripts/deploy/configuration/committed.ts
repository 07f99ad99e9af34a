/** Reads the committed `wrangler.toml` files: the only list of what a deployment consists of. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { ROOT, WORKERS } from '../../workers.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'

/** The parts of a configuration that a deployment looks at. Wrangler checks the rest. */
export interface Configuration {
  readonly name: string
  readonly main: string
  readonly vars?: Readonly<Record<string, string>>
  readonly secrets?: { readonly required?: readonly string[] }
  readonly exports?: Readonly<Record<string, object>>
  readonly triggers?: { readonly crons?: readonly string[] }
  readonly durable_objects?: {
    readonly bindings?: readonly ObjectBinding[]
    readonly code_update_strategy?: { readonly mode: string; readonly max_delay?: number }
  }
  readonly limits?: { readonly cpu_ms?: number }
  readonly services?: readonly { readonly binding: string; readonly service: string }[]
  readonly queues?: {
    readonly producers?: readonly { readonly binding: string; readonly queue: string }[]
    readonly consumers?: readonly {
      readonly queue: string
      readonly dead_letter_queue?: string
      readonly max_concurrency?: number
    }[]
  }
  readonly d1_databases?: readonly Database[]
  readonly r2_buckets?: readonly { readonly binding: string; readonly bucket_name: string }[]
  readonly ratelimits?: readonly { readonly name: string; readonly namespace_id: string }[]
  readonly [other: string]: unknown
}

export interface ObjectBinding {
  readonly name: string
  readonly class_name: string
  readonly script_name?: string
}

export interface Database {
  readonly binding: string
  readonly database_name: string
  readonly migrations_dir?: string
}

export interface WorkerConfiguration {
  readonly worker: WorkerName
  /** Path of the file, relative to the root. */
  readonly path: string
  readonly configuration: Configuration
}

export const readCommitted = (): Promise<WorkerConfiguration[]> =>
  Promise.all(
    WORKERS.map(async ({ name, config: path }) => ({
      worker: name,
      path,
      configuration: parse(await readFile(join(ROOT, path), 'utf8')) as unknown as Configuration,
    })),
  )
