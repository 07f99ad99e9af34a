/** The order in which Workers are uploaded. */
import { DeployProblem } from '../problem.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import type { Configuration } from './committed.ts'

/** Order of deployment: Workers that read the others' data come first, so that no Worker meets a form that it does not know. */
export const READERS_FIRST: readonly WorkerName[] = ['consumer', 'console', 'gateway']

/** A class of Durable Objects as the account knows it. */
export const classId = (worker: string, className: string): string => `${worker} ${className}`

/**
 * Readers before writers. But a Worker can bind only a class that exists, so it waits for the Worker that hosts a new one. On an
 * empty account that gives gateway, consumer, console; nothing writes then, since there is no source yet.
 *
 * @param existing the classes that the account has, by {@link classId}
 * @param preferred {@link WRITERS_FIRST} for a version that is older than what is deployed
 * @throws {DeployProblem} if Workers wait for each other
 */
export function uploadOrder(
  all: ReadonlyMap<WorkerName, Configuration>,
  existing: ReadonlySet<string>,
  preferred: readonly WorkerName[] = READERS_FIRST,
): WorkerName[] {
  const known = new Set(existing)
  const order: WorkerName[] = []
  while (order.length < all.size) {
    const next = preferred.find((worker) => {
      const configuration = all.get(worker)
      return (
        configuration !== undefined &&
        !order.includes(worker) &&
        needed(configuration).every((id) => known.has(id))
      )
    })
    if (next === undefined)
      throw new DeployProblem(
        `Each of ${preferred.filter((worker) => !order.includes(worker)).join(', ')} binds a class that another of them is ` +
          'about to add. Release the classes first and the bindings to them in the next version.',
      )
    order.push(next)
    const { name, exports = {} } = all.get(next) as Configuration
    for (const className of Object.keys(exports)) known.add(classId(name, className))
  }
  return order
}

/** The opposite way: those that write stop first, so that readers meet nothing newer than themselves. */
export const WRITERS_FIRST: readonly WorkerName[] = READERS_FIRST.toReversed()

const needed = ({ name, durable_objects: objects }: Configuration): string[] =>
  (objects?.bindings ?? [])
    .filter(({ script_name: host }) => host !== undefined && host !== name)
    .map(({ script_name: host, class_name: className }) => classId(host ?? name, className))
