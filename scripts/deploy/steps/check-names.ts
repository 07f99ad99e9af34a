/** Refuses to touch what has our names and is not ours. */
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import type { Survey } from '../account/survey.ts'
import type { Configuration } from '../configuration/committed.ts'
import type { Resources } from '../configuration/resources.ts'
import { DeployProblem } from '../problem.ts'

/**
 * A Worker of ours got its secrets with its first upload, so one without them is somebody else's.
 *
 * @param domains hosts that a Worker may not take from another one, by the name of the Worker
 * @throws {DeployProblem} with all that is taken
 */
export function checkNames(
  all: ReadonlyMap<WorkerName, Configuration>,
  resources: Resources,
  domains: ReadonlyMap<string, string>,
  { workers, queues, domains: known }: Survey,
): void {
  const taken = [
    ...[...all].flatMap(([worker, { name, secrets }]) => {
      const there = workers.get(worker)
      const isOurs =
        there === undefined || (secrets?.required ?? []).some((key) => there.secrets.includes(key))
      return isOurs ? [] : [`a Worker ${name} exists that is not Postern's`]
    }),
    ...[...queues.values()].flatMap(({ queue_name: queue, consumers = [] }) =>
      consumers.flatMap(({ script, script_name: name = script }) =>
        name === undefined || name === resources.consumers.get(queue)
          ? []
          : [`the queue ${queue} is consumed by ${name}`],
      ),
    ),
    ...[...domains].flatMap(([worker, domain]) =>
      known.flatMap(({ hostname, service }) =>
        hostname === domain && service !== worker
          ? [`the domain ${hostname} belongs to the Worker ${service} (--take-domain takes it)`]
          : [],
      ),
    ),
  ]
  if (taken.length > 0)
    throw new DeployProblem(
      `Names are taken: ${taken.join('; ')}. Deploy beside it with --env NAME or another domain, or remove it first.`,
    )
}
