/** Stops a deployment that is not alone: others may have deployed since the plan was made. */
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import { type AccountApi } from '../account/api.ts'
import { type DeployedWorker, deploymentsOf } from '../account/workers.ts'
import { DeployProblem } from '../problem.ts'

/** The version that each Worker is expected to run; undefined for one that should not exist. */
export type Expected = Map<WorkerName, string | undefined>

export const expectedOf = (
  names: Iterable<WorkerName>,
  deployed: ReadonlyMap<WorkerName, DeployedWorker>,
): Expected =>
  new Map([...names].map((worker) => [worker, deployed.get(worker)?.deployments[0]?.versions.join()]))

/**
 * Compares all Workers and not only the next one. A changed secret is a new version, so nobody's MASTER_KEY is overwritten.
 *
 * @param names of the Workers in the account
 * @throws {DeployProblem} if one of them was deployed, made or removed by somebody else
 */
export async function compare(
  api: AccountApi,
  names: ReadonlyMap<WorkerName, string>,
  expected: Expected,
): Promise<void> {
  for (const [worker, name] of names) {
    const [present] = (await deploymentsOf(api, name)) ?? []
    if (present?.versions.join() !== expected.get(worker))
      throw new DeployProblem(
        `${name} was deployed by somebody else meanwhile, so nothing more was uploaded. Wait until the other deployment has ended, ` +
          'and run the same command again. If new secrets were shown here, forget those that were shown here: the other ones count.',
      )
  }
}
