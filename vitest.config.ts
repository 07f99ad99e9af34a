import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Plugin, defineConfig } from 'vitest/config'
import { buildClient } from './scripts/local/client.ts'
import { clockShiftMs } from './test/support/clock-shift.ts'
import { clockTestFiles, pureTestFiles, testFiles } from './test/support/pure.ts'
import { RELEASE } from './test/support/release.ts'
import Sequencer from './test/support/sequencer.ts'
import { temporaryFolder } from './test/support/temporary-folder.ts'

/** Tests that drive whole Workers, browsers or the tree from outside. All others run in Node if they can, see `pure.ts`, or inside workerd. */
const FROM_OUTSIDE = [
  'test/e2e/**/*.test.ts',
  'test/scripts/**/*.test.ts',
  'test/bench/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/simulator/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/layout.test.ts',
  'test/lock-file.test.ts',
  'test/projects.test.ts',
  'test/words.test.ts',
]

declare module 'vitest' {
  interface ProvidedContext {
    thorough: boolean
    clockShiftMs: number
  }
}

/** What `[secrets] required` asks for; the values are of the tests alone. */
const MASTER_KEY = `v1:${Buffer.alloc(32, 7).toString('base64')}`
process.env['MASTER_KEY'] = MASTER_KEY

// Programs that tests start compile our TypeScript once.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node')

// `scripts/local/browser.ts` unpacks the browser once a machine.
process.env['TMPDIR_ON_DISK'] ??= tmpdir()
process.env['TMPDIR'] = temporaryFolder() ?? tmpdir()

// Wrangler says for each start where it has secrets from.
process.env['WRANGLER_LOG'] ??= 'error'

/** Wrangler and esbuild import the style sheet and the script of pages as text. Vite does so only with `?raw`. */
const importedAsText: Plugin = {
  name: 'imported-as-text',
  enforce: 'pre',
  resolveId(source, importer) {
    return /\.(?:css|client)$/.test(source) ? this.resolve(`${source}?raw`, importer) : undefined
  },
}

/** For a busy machine: a test that hangs is found all the same. */
const WORKERS_TIMEOUT_MS = 60_000
const OUTSIDE_TIMEOUT_MS = 120_000
const patient = { testTimeout: OUTSIDE_TIMEOUT_MS, hookTimeout: OUTSIDE_TIMEOUT_MS }

export default defineConfig(async () => {
  await buildClient()
  const shiftMs = clockShiftMs(process.env['POSTERN_CLOCK'])
  const files = testFiles(import.meta.dirname)
  const pure = pureTestFiles(files)
  const ofClock = clockTestFiles(files)
  const runtime = cloudflareTest.bind(undefined, {
    // Otherwise the runtime logs every request that the end of a file cuts short.
    verbose: false,
    main: './test/support/entry.ts',
    wrangler: { configPath: './wrangler.toml' },
    miniflare: {
      bindings: {
        MASTER_KEY,
        ADMIN_TOKEN: 'test-admin-token-0123456789',
        MIGRATIONS: await readD1Migrations('./src/store/migrations'),
      },
      d1Databases: ['STORE'],
      r2Buckets: ['BACKUPS', 'ARCHIVE'],
      durableObjects: { EMPTY: { className: 'Empty', useSQLite: true } },
    },
  })
  return {
    test: {
      reporters: ['./test/support/reporter.ts'],
      // The output of a test that passes is of no use.
      silent: 'passed-only' as const,
      // Tests from outside wait for half of their time.
      maxWorkers: availableParallelism() + 2,
      sequence: { sequencer: Sequencer },
      // `test/support/thorough.ts`
      provide: { thorough: process.env['POSTERN_THOROUGH'] === '1', clockShiftMs: shiftMs },
      // `test/support/clock-shift.ts`
      setupFiles: shiftMs === 0 ? [] : ['./test/support/forward.ts'],
      exclude: shiftMs === 0 ? [] : [...files.keys()].filter((file) => !ofClock.has(file)),
      // Files of a project share a process or a runtime, whose start took longer than most of them.
      isolate: false,
      // Vitest takes projects by name: the files that mostly wait begin at once.
      projects: [
        {
          extends: true,
          test: { name: 'release', include: RELEASE, ...patient },
        },
        {
          extends: true,
          test: { name: 'outside', include: FROM_OUTSIDE, exclude: RELEASE, ...patient },
        },
        {
          extends: true,
          plugins: [importedAsText],
          test: {
            name: 'pure',
            include: pure,
            exclude: [...FROM_OUTSIDE, ...RELEASE],
            setupFiles: ['./test/support/clean.ts'],
            testTimeout: WORKERS_TIMEOUT_MS,
          },
        },
        {
          extends: true,
          plugins: [runtime(), importedAsText],
          test: {
            name: 'workers',
            include: ['test/**/*.test.ts'],
            exclude: [...FROM_OUTSIDE, ...RELEASE, ...pure],
            setupFiles: ['./test/support/clean.ts', './test/support/fresh.ts'],
            // Otherwise Vitest empties every style sheet.
            css: true,
            testTimeout: WORKERS_TIMEOUT_MS,
            hookTimeout: WORKERS_TIMEOUT_MS,
          },
        },
      ],
    },
  }
})
