import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Tests that drive whole Workers, browsers or the tree from outside; all others run inside workerd. */
const FROM_OUTSIDE = [
  'test/e2e/**/*.test.ts',
  'test/scripts/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/layout.test.ts',
  'test/words.test.ts',
]

/** What `[secrets] required` asks for; the values are of the tests alone. */
const MASTER_KEY = `v1:${Buffer.alloc(32, 7).toString('base64')}`
process.env['MASTER_KEY'] = MASTER_KEY

export default defineConfig(async () => ({
  test: {
    projects: [
      {
        plugins: [
          cloudflareTest({
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
          fileParallelism: false,
        },
      },
    ],
  },
}))
