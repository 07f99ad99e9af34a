/** Refuses a checkout that is older than what is deployed, or that does not fit its database. */
import type { WorkerName } from '../../workers.ts'
import type { DeployedWorker } from '../account/workers.ts'
import type { Checkout } from '../checkout.ts'
import type { Configuration } from '../configuration/committed.ts'
import { DeployProblem } from '../problem.ts'
import { type Release, checkoutOf, named, newestRelease } from '../release.ts'

export interface Order {
  readonly checkout: Checkout
  /** Whether git finds the checkout among the ancestors of what is deployed. */
  readonly isAncestor: boolean
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
 * @throws {DeployProblem} with the way back
 */
export function checkOrder({
  checkout,
  isAncestor,
  deployed,
  configurations,
  applied,
  downgrade,
}: Order): void {
  const newest = newestRelease([...deployed.values()].map(({ release }) => release))
  const later = applied.filter((file) => !Object.hasOwn(checkout.migrations, file))
  if (newest === undefined) {
    if (later.length > 0) throw new DeployProblem(unknownMigrations(later))
    return
  }
  const changed = Object.entries(checkout.migrations).filter(
    ([file, hash]) => applied.includes(file) && (newest.migrations[file] ?? hash) !== hash,
  )
  if (changed.length > 0)
    throw new DeployProblem(
      `The database has other migrations than this checkout under the same names: ${changed.map(([file]) => file).join(', ')}. ` +
        'A migration that was applied never changes: add a new one.',
    )
  const isOlder = later.length > 0 || isAncestor || compareVersions(checkout.version, newest.version) < 0
  if (!isOlder) return
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
  const withClasses = [...configurations].filter(([worker, { exports = {} }]) =>
    (deployed.get(worker)?.release?.classes ?? []).some((name) => !Object.hasOwn(exports, name)),
  )
  if (withClasses.length > 0)
    throw new DeployProblem(
      `${withClasses.map(([, { name }]) => name).join(', ')} has Durable Object classes that this checkout lacks, and would lose their ` +
        'data. Undo the change in a new version and deploy it.',
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
