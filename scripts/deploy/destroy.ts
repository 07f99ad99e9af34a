/** Removes what a deployment made, with all its data. */
import { rm } from 'node:fs/promises'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import type { AccountApi } from './account/api.ts'
import { type Queue, type Survey, jurisdictionOf, queueNamed, survey } from './account/survey.ts'
import { resourcesOf } from './configuration/resources.ts'
import { configurations, folderOf } from './configuration/write.ts'
import type { Deps } from './deps.ts'
import type { Environment } from './environment.ts'
import { DeployProblem } from './problem.ts'
import { checkNames } from './steps/check-names.ts'
import { unusedOf } from './steps/ownership.ts'

/** As many keys as one request may name. */
const KEYS_MAX = 1_000

/** @throws {DeployProblem} unless somebody types the name of the deployment */
export async function destroy({ api, person }: Deps, environment: Environment): Promise<void> {
  const { deployment } = environment
  const all = await configurations(environment, {})
  const resources = resourcesOf(all)
  const names = new Map([...all].map(([worker, { name }]) => [worker, name]))
  const named = await survey(api, names, resources, false)
  checkNames(all, resources, new Map(), named)
  const seen = await withEarlier(api, named)
  const unused = unusedOf(seen, resources.database.name)
  const lines = contents(seen, resources.database.name).filter((line) => !unused.includes(line))
  if (lines.length === 0) person.print(`There is no deployment ${deployment} in this account.`)
  for (const line of lines) person.print(`  remove ${line}`)
  for (const line of unused)
    person.print(`  leave  ${line}: no Worker of this deployment uses it, so it may be somebody else's`)
  if (lines.length === 0) return
  person.print('All of it is lost, with every event and backup, and cannot be brought back.')
  const typed = await person.ask?.(`Type ${deployment} to remove it: `)
  if (typed?.trim() !== deployment)
    throw new DeployProblem(
      'Nothing was removed: that takes the name of the deployment, typed at a terminal.',
    )
  await removeAll(api, owned(seen, resources.database.name, unused), person.print)
  await rm(folderOf(environment), { recursive: true, force: true })
}

/**
 * Adds queues and buckets that Workers of an earlier version still use, and this version does not name. They come first: a run that
 * was cut off finds them only while the queues that lead to them are there.
 */
async function withEarlier(api: AccountApi, seen: Survey): Promise<Survey> {
  const [queues, buckets] = [new Map<string, Queue>(), new Map(seen.buckets)]
  const own = new Set([...seen.workers.values()].map(({ name }) => name))
  const bound = [...seen.workers.values()].flatMap((worker) => worker.bound)
  for (const name of bound.filter((one) => !buckets.has(one))) {
    const jurisdiction = await jurisdictionOf(api, name)
    if (jurisdiction !== undefined) buckets.set(name, jurisdiction)
  }
  const dead = [...seen.queues.values()].flatMap(({ consumers = [] }) =>
    consumers.flatMap(({ dead_letter_queue: name }) => name ?? []),
  )
  for (const name of [...bound, ...dead].filter((one) => !seen.queues.has(one))) {
    const queue = await queueNamed(api, name)
    const isOthers = queue?.consumers?.some(
      ({ script, script_name: by = script }) => by !== undefined && !own.has(by),
    )
    if (queue !== undefined && isOthers !== true) queues.set(name, queue)
  }
  return { ...seen, queues: new Map([...queues, ...seen.queues]), buckets }
}

const contents = ({ workers, queues, database, buckets }: Survey, databaseName: string): string[] => [
  ...[...workers.values()].map(({ name }) => `Worker ${name}`),
  ...[...queues.keys()].map((name) => `queue ${name}`),
  ...(database === undefined ? [] : [`database ${databaseName}`]),
  ...[...buckets.keys()].map((name) => `bucket ${name}`),
]

/** Without what no Worker of this deployment uses. */
const owned = (seen: Survey, databaseName: string, unused: readonly string[]): Survey => ({
  ...seen,
  queues: new Map([...seen.queues].filter(([name]) => !unused.includes(`queue ${name}`))),
  database: unused.includes(`database ${databaseName}`) ? undefined : seen.database,
  buckets: new Map([...seen.buckets].filter(([name]) => !unused.includes(`bucket ${name}`))),
})

/**
 * Nothing is accepted any more at first. The console goes last: it binds the database and all buckets, so a run that was cut off is
 * followed by one that still knows whose they are.
 */
async function removeAll(
  api: AccountApi,
  { workers, queues, database, buckets, domains }: Survey,
  print: (line: string) => void,
): Promise<void> {
  const own = new Set([...workers.values()].map(({ name }) => name))
  const removeWorker = async (worker: WorkerName): Promise<void> => {
    const there = workers.get(worker)
    if (there === undefined) return
    // Also if another Worker binds its classes.
    await api.remove(`/workers/scripts/${there.name}?force=true`)
    print(`Removed ${there.name}.`)
  }
  for (const { id } of domains.filter(({ service }) => own.has(service)))
    await api.remove(`/workers/domains/${id}`)
  await removeWorker('gateway')
  for (const { queue_id: id, queue_name: name, consumers = [] } of queues.values()) {
    for (const { consumer_id: consumer } of consumers) await api.remove(`/queues/${id}/consumers/${consumer}`)
    await api.remove(`/queues/${id}`)
    print(`Removed the queue ${name}.`)
  }
  await removeWorker('consumer')
  if (database !== undefined) {
    await api.remove(`/d1/database/${database.id}`)
    print('Removed the database.')
  }
  for (const [name, jurisdiction] of buckets) {
    await removeBucket(api, name, { 'cf-r2-jurisdiction': jurisdiction })
    print(`Removed the bucket ${name}.`)
  }
  await removeWorker('console')
}

/** A bucket must be empty before it can be removed. */
async function removeBucket(
  api: AccountApi,
  name: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const objects = `/r2/buckets/${name}/objects`
  for (;;) {
    const page = await api.get<readonly { key: string }[]>(`${objects}?per_page=${KEYS_MAX}`, headers)
    if (page.length === 0) break
    await api.remove(
      objects,
      page.map(({ key }) => key),
      headers,
    )
  }
  await api.remove(`/r2/buckets/${name}`, undefined, headers)
}
