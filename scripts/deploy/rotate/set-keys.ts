/** Gives Workers other master keys, one after the other, and waits until they work with them. */
import type { AccountApi } from '../account/api.ts'
import { deploymentsOf } from '../account/workers.ts'
import { READERS_FIRST } from '../configuration/order.ts'
import { marksOf } from '../keys.ts'
import { keyMessage } from '../release.ts'
import { type Expected, compare } from '../steps/compare.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'

export interface KeyDeps {
  readonly api: AccountApi
  /** Names of the Workers in the account. */
  readonly names: ReadonlyMap<WorkerName, string>
  readonly expected: Expected
  readonly print: (line: string) => void
}

/** @throws {DeployProblem} if somebody else deploys meanwhile */
export async function setKeys(
  { api, names, expected, print }: KeyDeps,
  text: string,
  isSet: (worker: WorkerName) => boolean,
): Promise<void> {
  const marks = await marksOf(text)
  for (const worker of READERS_FIRST) {
    const name = names.get(worker)
    if (name === undefined || isSet(worker)) continue
    await compare(api, names, expected)
    await api.put(`/workers/scripts/${name}/secrets`, { name: 'MASTER_KEY', text, type: 'secret_text' })
    const version = await note(api, name, marks)
    expected.set(worker, version)
    print(`${name} has ${marks}.`)
  }
}

/**
 * Writes into the message of a deployment which keys the Worker has: later deployments read it there. It also moves the Worker's
 * objects, which would run with earlier keys for up to five minutes.
 *
 * @returns the version that runs
 */
export async function note(api: AccountApi, name: string, marks: string): Promise<string> {
  const [head] = (await deploymentsOf(api, name)) ?? []
  const [version = ''] = head?.versions ?? []
  await api.post(`/workers/scripts/${name}/deployments`, {
    strategy: 'percentage',
    versions: [{ version_id: version, percentage: 100 }],
    annotations: { 'workers/message': keyMessage(marks) },
    code_update_strategy: { mode: 'immediate' },
  })
  return version
}
