/** Runs a single Worker of the benchmark, in the same runtime. */
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { type Plugin, build } from 'esbuild'
import { Miniflare, NoOpLog, convertV4MiniflareOptions } from 'miniflare'
import { ROOT } from '../scripts/workers.ts'
import { heapBytes } from './heap.ts'

export interface Single {
  /** As `heapBytes`. Only of a Worker that is inspected. */
  readonly heapBytes: (collectBy?: () => Promise<unknown>) => Promise<number>
  readonly ask: <Answer>(query: Readonly<Record<string, string | number>>) => Promise<Answer>
  readonly close: () => Promise<void>
}

const COMPATIBILITY_DATE = '2026-11-01'
const NAME = 'bench'

/**
 * @param modules the modules of the Worker, the entry first
 * @param objects class names of the Durable Objects by the name of their binding
 * @param isInspected whether its memory will be measured
 */
export async function openSingle(
  modules: readonly { readonly name: string; readonly code: string }[],
  objects: Readonly<Record<string, string>> = {},
  isInspected = false,
): Promise<Single> {
  const durableObjects = Object.entries(objects).map(
    ([binding, className]) => [binding, { className, useSQLite: true }] as const,
  )
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          name: NAME,
          rootPath: ROOT,
          modules: modules.map(({ name, code }) => ({
            type: 'ESModule' as const,
            path: join(ROOT, name),
            contents: code,
          })),
          compatibilityDate: COMPATIBILITY_DATE,
          durableObjects: Object.fromEntries(durableObjects),
          unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
          // Its fetches go to itself, so nothing leaves the machine.
          outboundService: NAME,
        },
      ],
      host: '127.0.0.1',
      port: 0,
      ...(isInspected ? { inspectorPort: 0 } : {}),
      cf: false,
      log: new NoOpLog(),
      handleStructuredLogs: () => undefined,
      telemetry: { enabled: false },
    }),
  )
  await miniflare.ready
  const address = await miniflare.unsafeGetDirectURL(NAME)
  return {
    async ask<Answer>(query: Readonly<Record<string, string | number>>) {
      const url = new URL(address)
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value))
      const answer = await fetch(url)
      if (!answer.ok) throw new Error(`${url.search}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as Answer
    },
    heapBytes: async (collectBy) => heapBytes(await miniflare.getInspectorURL(), NAME, collectBy),
    close: () => miniflare.dispose(),
  }
}

/** Like `bundle`, for code with libraries for Node: their `require('crypto')` becomes the runtime's own module. */
export async function bundleWithLibraries(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    plugins: [nodeModules],
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}

const nodeModules: Plugin = {
  name: 'node-modules',
  setup(builder) {
    const known = new Set(builtinModules)
    builder.onResolve({ filter: /^[a-z0-9_/:]+$/ }, ({ path, namespace }) => {
      const name = path.replace(/^node:/, '')
      if (!known.has(name)) return undefined
      return namespace === 'node' ? { path, external: true } : { path: name, namespace: 'node' }
    })
    builder.onLoad({ filter: /.*/, namespace: 'node' }, ({ path }) => ({
      contents: `import whole from 'node:${path}'\nexport * from 'node:${path}'\nexport default whole`,
      loader: 'js',
    }))
  },
}
