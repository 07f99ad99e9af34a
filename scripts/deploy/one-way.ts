/** Steps of a release that cannot be undone. The plan names them first, and nothing recommends a way back past them. */
import type { WorkerName } from '../../src/platform/worker-names.ts'
import type { Configuration } from './configuration/committed.ts'
import type { Release } from './release.ts'

/** Data that a release removes by itself, by the migration that comes with it. */
const REMOVES: Readonly<Record<string, string>> = {
  '0005_retention.sql':
    'from the first 02:17 UTC on, events, quarantine and backups that are too old are removed for good. ' +
    'Before that, npx postern retention show says what goes (CHANGELOG.md, "Before you upgrade").',
}

export interface OneWay {
  /** Reasons why older code cannot come back. */
  readonly noWayBack: readonly string[]
  readonly removes: readonly string[]
}

/**
 * @param workers that are deployed
 * @param oneWay files of migrations that do more than add
 */
export const oneWayOf = (
  workers: ReadonlyMap<WorkerName, { readonly release: Release | undefined }>,
  configurations: ReadonlyMap<WorkerName, Configuration>,
  pendingMigrations: readonly string[],
  oneWay: readonly string[],
): OneWay => ({
  noWayBack: [
    ...[...configurations].flatMap(([worker, { name, exports = {} }]) => {
      const release = workers.get(worker)?.release
      return release === undefined ? [] : classChanges(name, release.classes, Object.keys(exports))
    }),
    ...pendingMigrations
      .filter((file) => oneWay.includes(file))
      .map((file) => `${file} changes what earlier code reads`),
  ],
  removes: pendingMigrations.flatMap((file) => REMOVES[file] ?? []),
})

/** Cloudflare moves no code past a change of classes. */
export const classChanges = (
  worker: string,
  before: readonly string[],
  after: readonly string[],
): string[] => [
  ...after.filter((one) => !before.includes(one)).map((one) => `${worker} gets the class ${one}`),
  ...before.filter((one) => !after.includes(one)).map((one) => `${worker} loses the class ${one}`),
]
