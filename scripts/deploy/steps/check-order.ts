/** Refuses a checkout that is older than what is deployed, or that does not fit its database. */
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import type { DeployedWorker } from '../account/workers.ts'
import type { Checkout, Relation } from '../checkout.ts'
import type { Configuration } from '../configuration/committed.ts'
import { DeployProblem } from '../problem.ts'
import { type Release, checkoutOf, earlierVersion, named, newestRelease } from '../release.ts'

export interface Order {
  readonly checkout: Omit<Checkout, 'oneWay'>
  readonly relation: Relation
  readonly deployed: ReadonlyMap<WorkerName, DeployedWorker>
  readonly configurations: ReadonlyMap<WorkerName, Configuration>
  /** Files of the migrations that the database has. */
  readonly applied: readonly string[]
  /** Whether the person wants an older version. */
  readonly downgrade: boolean
}

/**
 * An older version works with the data of the release after it, and of no later one. So a downgrade passes the migrations of one
 * release.
 *
 * @returns whether the checkout replaces a later one, on purpose
 * @throws {DeployProblem} with the way back
 */
export function checkOrder({
  checkout,
  relation,
  deployed,
  configurations,
  applied,
  downgrade,
}: Order): boolean {
  const newest = newestRelease([...deployed.values()].map(({ release }) => release))
  const later = applied.filter((file) => !Object.hasOwn(checkout.migrations, file))
  if (newest === undefined) {
    if (later.length > 0) throw new DeployProblem(unknownMigrations(later))
    return false
  }
  const changed = Object.entries(checkout.migrations).filter(
    ([file, hash]) => applied.includes(file) && (newest.migrations[file] ?? hash) !== hash,
  )
  if (changed.length > 0)
    throw new DeployProblem(
      `The database has other migrations than this checkout under the same names: ${changed.map(([file]) => file).join(', ')}. ` +
        'A migration that was applied never changes: add a new one.',
    )
  const byVersion = compareVersions(checkout.version, newest.version)
  const isOlder = later.length > 0 || relation === 'older' || byVersion < 0
  if (!isOlder && relation === 'unknown' && byVersion === 0 && !downgrade)
    throw new DeployProblem(
      `git does not know here whether ${named(newest)}, which is deployed, is later than this checkout: ${named(checkout)}. ` +
        'Fetch the whole history (git fetch --unshallow; in a CI fetch-depth: 0) and the branch that was deployed. ' +
        'If that commit exists no more, pass --downgrade.',
    )
  if (!isOlder) return relation === 'unknown' && downgrade
  if (!downgrade)
    throw new DeployProblem(
      `${named(newest)} is deployed, and this checkout is older: ${named(checkout)}. Check out ${checkoutOf(newest)} ` +
        'or later. To go back on purpose, run npm run deploy -- --back, or, if that refuses, npm run deploy -- --downgrade.',
    )
  const since = Object.keys(newest.migrations).filter((file) => !newest.previous?.migrations.includes(file))
  const earlier = later.filter((file) => !since.includes(file))
  if (newest.previous === undefined || earlier.length > 0)
    throw new DeployProblem(
      `This checkout is more than one release older than ${named(newest)}, and may not know the database ` +
        `(${later.join(', ') || 'its objects'}). ` +
        (newest.previous === undefined
          ? 'There is no release before it.'
          : `Check out ${checkoutOf(newest.previous)}.`),
    )
  const rewritten = later.filter((file) => newest.oneWay?.includes(file))
  if (rewritten.length > 0)
    throw new DeployProblem(
      `There is no way back from ${named(newest)}: ${rewritten.join(', ')} changed what this checkout reads. ` +
        'Undo the change in a new version and deploy it.',
    )
  const withClasses = [...configurations].filter(([worker, { exports = {} }]) =>
    (deployed.get(worker)?.release?.classes ?? []).some((name) => !Object.hasOwn(exports, name)),
  )
  if (withClasses.length > 0)
    throw new DeployProblem(
      `${withClasses.map(([, { name }]) => name).join(', ')} has Durable Object classes that this checkout lacks, and would lose their ` +
        'data. Undo the change in a new version and deploy it.',
    )
  return true
}

/** @throws {DeployProblem} if a Worker is of a version whose data nothing reads any more */
export function refuseEarlier(deployed: Iterable<Pick<DeployedWorker, 'name' | 'vars'>>): void {
  const earlier = [...deployed].flatMap(({ name, vars }) => {
    const version = earlierVersion(vars)
    return version === undefined ? [] : [`${name} (${version})`]
  })
  if (earlier.length > 0)
    throw new DeployProblem(
      `A version before 0.3.0 is deployed, and no later one reads its data: ${earlier.join(', ')}. Deploy beside it with --env NAME, ` +
        'or remove it with all its data (npm run destroy) and deploy anew.',
    )
}

const unknownMigrations = (later: readonly string[]): string =>
  `The database has migrations of a later version (${later.join(', ')}), and no Worker says which: check that version out.`

/** As numbers, part by part. A version before a release (`1.0.0-rc.1`) counts as the release. */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string): number[] => (text.split('-')[0] ?? '').split('.').map(Number)
  const [left, right] = [parts(a), parts(b)]
  const at = left.findIndex((part, i) => part !== right[i])
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
}

/** The release that this run goes on with, if it was cut off. */
export const cutOff = (deployed: Iterable<DeployedWorker>, all: string): Release | undefined => {
  const newest = newestRelease([...deployed].map(({ release }) => release))
  return newest?.all === all ? newest : undefined
}
