/** Finds resources that only share the names that a deployment wants. */
import type { AccountApi } from '../account/api.ts'
import type { Survey } from '../account/survey.ts'
import { DeployProblem } from '../problem.ts'

/**
 * Finds resources that no Worker of this deployment binds or consumes: they are of a run that was cut off, or of somebody else.
 *
 * @returns names as in a plan: `queue postern-events`
 */
export function unusedOf({ workers, queues, database, buckets }: Survey, databaseName: string): string[] {
  const own = new Set([...workers.values()].map(({ name }) => name))
  const bound = new Set([...workers.values()].flatMap((worker) => worker.bound))
  return [
    ...[...queues].flatMap(([name, { consumers = [] }]) => {
      const by = consumers.map(({ script, script_name: consumer = script }) => consumer ?? '')
      return bound.has(name) || by.some((consumer) => own.has(consumer)) ? [] : [`queue ${name}`]
    }),
    ...(database === undefined || bound.has(database.id) ? [] : [`database ${databaseName}`]),
    ...[...buckets.keys()].flatMap((name) => (bound.has(name) ? [] : [`bucket ${name}`])),
  ]
}

/** @throws {DeployProblem} if one of the buckets that no Worker of this deployment uses holds objects */
export async function refuseFullBuckets(
  api: AccountApi,
  { buckets }: Survey,
  unused: readonly string[],
): Promise<void> {
  const full: string[] = []
  for (const [name, jurisdiction] of buckets) {
    if (!unused.includes(`bucket ${name}`)) continue
    const headers = { 'cf-r2-jurisdiction': jurisdiction }
    const objects = await api.get<readonly unknown[]>(`/r2/buckets/${name}/objects?per_page=1`, headers)
    if (objects.length > 0) full.push(name)
  }
  if (full.length > 0)
    throw new DeployProblem(
      `No Worker of this deployment uses ${full.join(' and ')}, and there are objects in it. If they are Postern's, of a deployment ` +
        'whose Workers were removed, run again with --adopt. Otherwise deploy beside it with --env NAME.',
    )
}
