/**
 * Order of the test files. Vitest begins with those that took longest the last time. A checkout that has not run them yet would go by
 * the size of files, and end with one that waits for a minute.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take long for their size. */
const FIRST = [
  'test/scripts/deploy/deploy.test.ts',
  'test/e2e/destinations.test.ts',
  'test/e2e/console.test.ts',
  'test/e2e/stops.test.ts',
  'test/e2e/restore-drill.test.ts',
  'test/e2e/failover-drill.test.ts',
  'test/bench/bench.test.ts',
  'test/e2e/upgrade.test.ts',
  'test/e2e/states.test.ts',
  'test/e2e/containment.test.ts',
  'test/e2e/start.test.ts',
  'test/e2e/drivers.test.ts',
  'test/scripts/deploy/smoke-test.test.ts',
  'test/e2e/rotation.test.ts',
  'test/watch/watchers.test.ts',
  'test/watch/containment/verified-tables.test.ts',
  'test/watch/containment/safety.test.ts',
  'test/console/pages/every-page.test.ts',
  'test/watch/containment/policy.test.ts',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const at = FIRST.findIndex((file) => moduleId.endsWith(`/${file}`))
  return at === -1 ? FIRST.length : at
}

for (const file of FIRST)
  if (!existsSync(join(import.meta.dirname, '../..', file)))
    throw new Error(`${file} is not there: see ${import.meta.filename}`)

export default class Sequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const projects = [...new Set(sorted.map(({ project }) => project))]
    // A worker that takes a file of another project starts anew.
    return projects.flatMap((project) =>
      sorted.filter((file) => file.project === project).toSorted((a, b) => rank(a) - rank(b)),
    )
  }
}
