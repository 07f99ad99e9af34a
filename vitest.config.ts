import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Tests that drive whole Workers, browsers or the tree from outside; all others run inside workerd. */
const FROM_OUTSIDE = [
  'test/e2e/**/*.test.ts',
  'test/scripts/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/layout.test.ts',
  'test/lock-file.test.ts',
  'test/words.test.ts',
]

declare module 'vitest' {
  interface ProvidedContext {
    thorough: boolean
  }
}

/** What `[secrets] required` asks for; the values are of the tests alone. */
const MASTER_KEY = `v1:${Buffer.alloc(32, 7).toString('base64')}`
process.env['MASTER_KEY'] = MASTER_KEY

// Wrangler says for each start where it has secrets from.
process.env['WRANGLER_LOG'] ??= 'error'

/** Tests that send deliveries and messages. What such a test leaves running would write into the storage of the next file. */
const WITH_BACKGROUND_WORK = ['test/gateway/**/*.test.ts', 'test/consumer/**/*.test.ts']

/** For a busy machine: a test that hangs is found all the same. */
const WORKERS_TIMEOUT_MS = 60_000
const OUTSIDE_TIMEOUT_MS = 120_000

export default defineConfig(async () => {
  const runtime = cloudflareTest.bind(undefined, {
    // Otherwise the runtime logs every request that the end of a file cuts short.
    verbose: false,
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: {
        MASTER_KEY,
        ADMIN_TOKEN: 'test-admin-token-0123456789',
        MIGRATIONS: await readD1Migrations('./src/store/migrations'),
      },
      d1Databases: ['STORE'],
      r2Buckets: ['BACKUPS'],
    },
  })
  const timeouts = { testTimeout: WORKERS_TIMEOUT_MS, hookTimeout: WORKERS_TIMEOUT_MS }
  return {
    test: {
      reporters: ['./test/support/reporter.ts'],
      // The output of a test that passes is of no use.
      silent: 'passed-only' as const,
      // Many tests wait. Left alone, Vitest keeps one of two cores for itself.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      // `test/support/thorough.ts`
      provide: { thorough: process.env['POSTERN_THOROUGH'] === '1' },
      projects: [
        {
          plugins: [runtime()],
          test: {
            name: 'workers',
            include: ['test/**/*.test.ts'],
            exclude: [...FROM_OUTSIDE, ...WITH_BACKGROUND_WORK],
            // Files share a runtime; each finds empty storage.
            isolate: false,
            setupFiles: ['./test/support/fresh.ts'],
            ...timeouts,
          },
        },
        {
          plugins: [runtime()],
          test: { name: 'path', include: WITH_BACKGROUND_WORK, ...timeouts },
        },
        {
          test: {
            name: 'outside',
            include: FROM_OUTSIDE,
            testTimeout: OUTSIDE_TIMEOUT_MS,
            hookTimeout: OUTSIDE_TIMEOUT_MS,
            sequence: { groupOrder: 1 },
          },
        },
      ],
    },
  }
})
