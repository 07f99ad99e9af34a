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

export default defineConfig(async () => ({
  test: {
    reporters: ['./test/support/reporter.ts'],
    // What a test that passes has printed tells nobody anything.
    silent: 'passed-only' as const,
    // Many tests wait; left alone, Vitest keeps one of two cores for itself.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // `test/support/thorough.ts`
    provide: { thorough: process.env['POSTERN_THOROUGH'] === '1' },
    projects: [
      {
        plugins: [
          cloudflareTest({
            // Else the runtime tells of every request that a file's end cuts short.
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
          }),
        ],
        test: {
          name: 'workers',
          include: ['test/**/*.test.ts'],
          exclude: FROM_OUTSIDE,
          // Files share a runtime, which each finds as new.
          isolate: false,
          setupFiles: ['./test/support/fresh.ts'],
          // For a busy machine: what hangs is found all the same.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'outside',
          include: FROM_OUTSIDE,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
}))
