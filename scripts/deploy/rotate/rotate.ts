/** Replaces the master key of all Workers while they run. If it is cut off, the next run goes on from there. */
import { healthRoutes } from '../../../src/api/health.ts'
import type { Api } from '../../../src/cli/connection/api.ts'
import { keyProblem } from '../../../src/console/messages/key-problem.ts'
import type { WorkerName } from '../../../src/platform/worker-names.ts'
import type { AccountApi } from '../account/api.ts'
import { type Deployment, deployedWorker, deploymentsOf } from '../account/workers.ts'
import type { DeployedWorker } from '../account/workers.ts'
import { DeployProblem } from '../problem.ts'
import { marksIn } from '../release.ts'
import { expectedOf } from '../steps/compare.ts'
import { type Person, agreed } from '../terminal.ts'
import { type KeyTexts, keyTexts } from './key-texts.ts'
import { type Rotation, type WorkerKeys, begun, isAmbiguous, nextStep } from './next-step.ts'
import { resealAll } from './reseal.ts'
import { type KeyDeps, note, setKeys } from './set-keys.ts'

export interface RotateDeps {
  readonly api: AccountApi
  /** @param url of the console, without its token */
  readonly consoleAt: (url: string) => Promise<Api>
  readonly person: Person
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly nowMs: () => number
  readonly pause: (ms: number) => Promise<void>
}

export interface RotateOptions {
  /** Names of the Workers in the account. */
  readonly names: ReadonlyMap<WorkerName, string>
  readonly yes: boolean
  /** Whether the old key leaves at once, although messages may wait that need it. */
  readonly removeNow: boolean
}

/** Objects may run an earlier version of their Worker for five minutes, and so with its secrets. Half a minute more for clocks. */
const SETTLED_MS = 330_000
/** As long as a queue can keep a message. */
const MESSAGES_KEPT_MS = 14 * 86_400_000
/** How often and how long a Worker is asked whether it has its keys. */
const ASK_EVERY_MS = 5_000
const ASK_TIMES = 24

/** @throws {DeployProblem} at the first step that fails */
export async function rotate(deps: RotateDeps, { names, yes, removeNow }: RotateOptions): Promise<void> {
  const { api, person, variables } = deps
  const deployed = await deployedAll(api, names)
  const console = await deps.consoleAt(deployed.get('consumer')?.vars['CONSOLE_URL'] ?? '')
  const texts = keyTexts(variables, person)
  await noteUnnoted(deps, names, deployed, console)
  const before = await keysOf(console)
  const rotation = begun(before) ?? (await newRotation(before, texts, yes ? undefined : person))
  if (rotation.old.includes(rotation.wanted)) {
    person.print(`All Workers have ${rotation.wanted} alone: the rotation is complete.`)
    return
  }
  if (isAmbiguous(rotation))
    throw new DeployProblem(
      `The Workers have different keys of one version (${[rotation.wanted, ...rotation.old].join(', ')}). Give all three the MASTER_KEY ` +
        'that you keep: docs/emergencies.md#the-master-key-does-not-fit.',
    )
  const { wanted, old } = rotation
  person.print(`Master key of ${[...names.values()].join(', ')}: from ${old.join(', ')} to ${wanted}`)
  const keyDeps: KeyDeps = {
    api,
    names,
    expected: expectedOf(names.keys(), deployed),
    print: person.print,
  }
  const change = async (marks: readonly string[], isSet: (keys: readonly string[]) => boolean) => {
    const text = await texts.textOf(marks)
    const present = await keysOf(console)
    await setKeys(keyDeps, text, (worker) => isSet(present.get(worker) ?? []))
    await settled(deps, names)
    await until(deps, console, (keys) => isSet(keys))
  }
  const step = nextStep(before, rotation).kind
  if (step === 'open') {
    person.print('1 of 4: all Workers learn to open the new key.')
    await change([...old, wanted], (keys) => keys.includes(wanted))
  }
  if (step !== 'reseal') {
    person.print('2 of 4: they seal with it, those that read first.')
    await settled(deps, names)
    await change([wanted, ...old], ([first]) => first === wanted)
  }
  person.print('3 of 4: what is stored is sealed again under it.')
  await settled(deps, names)
  await resealAll(console, old, person.print)
  const dueMs = (await sealedSinceMs(api, names, wanted)) + MESSAGES_KEPT_MS
  if (!removeNow && dueMs > deps.nowMs()) {
    person.print(
      `4 of 4: run this again after ${new Date(dueMs).toISOString()}. It then removes ${old.join(', ')}, which messages in the queue ` +
        'may need until then. A key that leaked can leave at once, with --remove-now.',
    )
    return
  }
  person.print(`4 of 4: ${old.join(', ')} leaves.`)
  await change([wanted], (keys) => keys.join() === wanted)
  person.print(
    `Done: ${wanted} is the only key. Keep ${old.join(', ')} with the backups that were made under it.`,
  )
}

async function deployedAll(
  api: AccountApi,
  names: ReadonlyMap<WorkerName, string>,
): Promise<ReadonlyMap<WorkerName, DeployedWorker>> {
  const deployed = new Map<WorkerName, DeployedWorker>()
  for (const [worker, name] of names) {
    const found = await deployedWorker(api, name)
    if (found?.secrets.includes('MASTER_KEY') !== true)
      throw new DeployProblem(`${name} is not deployed, or has no MASTER_KEY: run npm run deploy first.`)
    deployed.set(worker, found)
  }
  return deployed
}

/** A run that was cut off may have changed a secret without noting it. */
async function noteUnnoted(
  deps: RotateDeps,
  names: ReadonlyMap<WorkerName, string>,
  deployed: ReadonlyMap<WorkerName, DeployedWorker>,
  console: Api,
): Promise<void> {
  const unnoted = [...deployed].filter(
    ([
      ,
      {
        deployments: [head],
      },
    ]) => head?.isSecret === true,
  )
  if (unnoted.length === 0) return
  await settled(deps, names)
  const keys = await keysOf(console)
  for (const [worker, { name }] of unnoted) await note(deps.api, name, (keys.get(worker) ?? []).join())
}

async function newRotation(
  workers: WorkerKeys,
  texts: KeyTexts,
  asked: Person | undefined,
): Promise<Rotation> {
  const old = workers.get('gateway') ?? []
  asked?.print(`All Workers have the master key ${old.join(', ')}, and no rotation is under way.`)
  if (asked !== undefined) await agreed(asked, 'Begin one?')
  // Before a new key is shown: without the old one it is of no use.
  await texts.textOf(old)
  return { wanted: await texts.newKey(old), old }
}

/** @throws {DeployProblem} if a Worker does not say, or does not open what is stored */
async function keysOf(console: Api): Promise<WorkerKeys> {
  const { master_keys: workers } = await console.call(healthRoutes.getHealth)
  const problem = keyProblem(workers.map((one) => ({ ...one, keys: one.keys === null ? null : [] })))
  if (problem !== null)
    throw new DeployProblem(`${problem} docs/emergencies.md#the-master-key-does-not-fit says what to do.`)
  return new Map(workers.map(({ worker, keys }) => [worker, keys ?? []]))
}

/** Waits until no object can be left that runs with earlier keys. */
async function settled(
  { api, person, nowMs, pause }: RotateDeps,
  names: ReadonlyMap<WorkerName, string>,
): Promise<void> {
  const heads = await Promise.all([...names.values()].map((name) => deploymentsOf(api, name)))
  const lastMs = Math.max(...heads.map((list) => list?.[0]?.atMs ?? 0))
  const waitMs = Math.min(SETTLED_MS, lastMs + SETTLED_MS - nowMs())
  if (waitMs <= 0) return
  person.print(`Waits ${Math.ceil(waitMs / 1_000)} s: until then objects may run with earlier keys.`)
  await pause(waitMs)
}

async function until(
  { pause }: RotateDeps,
  console: Api,
  holds: (keys: readonly string[]) => boolean,
): Promise<void> {
  for (let times = 0; times < ASK_TIMES; times++) {
    const workers = await keysOf(console)
    if ([...workers.values()].every(holds)) return
    await pause(ASK_EVERY_MS)
  }
  throw new DeployProblem(
    'A Worker does not say that it has its keys. Run the same command again; it goes on from here.',
  )
}

/** When the last Worker began to seal with the new key. If that is unknown, the latest change of a secret, or the oldest deployment. */
async function sealedSinceMs(
  api: AccountApi,
  names: ReadonlyMap<WorkerName, string>,
  wanted: string,
): Promise<number> {
  const since = (list: readonly Deployment[]): number => {
    const sealing = list.findLast(({ message }) => marksIn(message)?.split(',')[0] === wanted)
    return (sealing ?? list.find(({ isSecret }) => isSecret) ?? list.at(-1))?.atMs ?? 0
  }
  const lists = await Promise.all([...names.values()].map((name) => deploymentsOf(api, name)))
  return Math.max(...lists.map((list) => since(list ?? [])))
}
