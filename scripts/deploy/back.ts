/** Goes back to the previous release: code only. */
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { ApiError } from './account/api.ts'
import { type DeployedWorker, deployedWorker, varsOf } from './account/workers.ts'
import { WRITERS_FIRST } from './configuration/order.ts'
import { resourcesOf } from './configuration/resources.ts'
import { configurations } from './configuration/write.ts'
import type { Deps } from './deps.ts'
import type { Options } from './options.ts'
import { classChanges } from './one-way.ts'
import { DeployProblem } from './problem.ts'
import { type Release, checkoutOf, named, newestRelease, readRelease } from './release.ts'
import { refuseEarlier } from './steps/check-order.ts'
import { agreed } from './terminal.ts'

interface Step {
  readonly worker: WorkerName
  readonly name: string
  readonly version: string
  readonly from: Release
  readonly to: Release
}

/** The deployment's message after a step back. */
const MESSAGE = 'Postern back to'
/** Secrets differ between the versions. */
const OTHER_SECRETS = 10220

/**
 * Writers go back before readers, so that no reader meets what is newer than itself. The database, objects, queues and triggers
 * stay as they are.
 *
 * @throws {DeployProblem} if there is no previous release, or it cannot be reached by moving code alone
 */
export async function back(deps: Deps, options: Options): Promise<void> {
  const { api, person } = deps
  const { environment, yes } = options
  const { database } = resourcesOf(await configurations(environment, {}))
  const steps = await stepsBack(deps, options)
  for (const { name, from, to } of steps)
    person.print(`  back    ${name} from ${shown(from)} to ${shown(to)}`)
  const [{ from, to }] = steps as [Step]
  for (const line of notUndone(from, to, database.name)) person.print(line)
  if (!yes) await agreed(person, 'Go back?')
  const moved: string[] = []
  for (const { name, version, from: left, to } of steps) {
    try {
      await api.post(`/workers/scripts/${name}/deployments`, {
        strategy: 'percentage',
        versions: [{ version_id: version, percentage: 100 }],
        annotations: { 'workers/message': `${MESSAGE} ${to.id}` },
        // Otherwise objects run the version that is being left for up to five minutes.
        code_update_strategy: { mode: 'immediate' },
      })
    } catch (cause) {
      if (cause instanceof ApiError && cause.code === OTHER_SECRETS) throw secretsChanged(name, left, moved)
      throw cause
    }
    moved.push(name)
    person.print(`${name} runs ${shown(to)}.`)
  }
}

/** Why going back would be refused; undefined if it would not. Only Cloudflare knows of some changes of secrets. */
export const refusalOfBack = (deps: Deps, options: Options): Promise<string | undefined> =>
  stepsBack(deps, options).then(
    () => undefined,
    (cause: unknown) => {
      if (!(cause instanceof DeployProblem)) throw cause
      return cause.message
    },
  )

const shown = (release: Release): string => `${named(release)} of ${release.id}`

/** @throws {DeployProblem} as {@link back} */
async function stepsBack({ api }: Deps, { environment }: Options): Promise<Step[]> {
  const deployed = new Map<WorkerName, DeployedWorker>()
  for (const [worker, { name }] of await configurations(environment, {})) {
    const found = await deployedWorker(api, name)
    if (found !== undefined) deployed.set(worker, found)
  }
  refuseEarlier(deployed.values())
  const newest = newestRelease([...deployed.values()].map(({ release }) => release))
  if (newest === undefined)
    throw new DeployProblem('No release of npm run deploy is deployed here, so none can be gone back from.')
  const steps: Step[] = []
  for (const worker of WRITERS_FIRST) {
    const there = deployed.get(worker)
    // A Worker that the release did not change stays. So does one that an earlier run of this command has moved already.
    if (there?.release?.id !== newest.id) continue
    if (there.deployments[0]?.message.startsWith(MESSAGE))
      throw new DeployProblem(
        'This deployment has gone back already. Two steps may meet a database that the older code does not know: deploy a version instead.',
      )
    steps.push(await stepOf(api, worker, there, there.release))
  }
  return steps
}

async function stepOf(
  api: Deps['api'],
  worker: WorkerName,
  { name, deployments }: DeployedWorker,
  from: Release,
): Promise<Step> {
  let isSecretChanged = false
  for (const { versions, isSecret } of deployments) {
    const [version] = versions
    const isWhole = version !== undefined && versions.length === 1
    const to = isWhole ? readRelease(await varsOf(api, name, version)) : undefined
    if (!isWhole || to === undefined || to.id === from.id) {
      isSecretChanged ||= isSecret
      continue
    }
    if (isSecretChanged) throw secretsChanged(name, from, [])
    const changes = [
      ...classChanges(name, to.classes, from.classes),
      ...(from.oneWay ?? []).filter((file) => !Object.hasOwn(to.migrations, file)),
    ]
    if (changes.length > 0)
      throw new DeployProblem(
        `There is no way back from ${shown(from)} to ${shown(to)}, neither by --back nor by --downgrade: ${changes.join(', ')}. ` +
          'Mend what is wrong in a new version and deploy it.',
      )
    return { worker, name, version, from, to }
  }
  throw new DeployProblem(`${name} has no version before ${shown(from)}: there is nothing to go back to.`)
}

const notUndone = (from: Release, to: Release, database: string): string[] => [
  'Code goes back, and nothing else: data, queues, triggers and secrets stay.',
  ...Object.keys(from.migrations)
    .filter((file) => !Object.hasOwn(to.migrations, file))
    .map((file) => `The database keeps ${file}. ${shown(to)} works with it.`),
  'Messages of the newer gateway that the older consumer cannot read wait, for a day at most, for a consumer that reads them. Then they ' +
    'are dead letters: npx postern doctor says so, and which consumer to deploy.',
  'This is not done here. It would put the database back to the time before the release, and undo all that was stored since: ' +
    'events, suppressions, and erasures, so erased people come back. What the queue and the objects hold does not go back with it:',
  `  npx wrangler d1 time-travel restore ${database} --bookmark=${from.bookmark}`,
  'Destinations notice it and go on with what is stored from then on: npx postern doctor says so. To send earlier events again: ' +
    'npx postern destinations replay NAME --since TIME',
]

/** @param moved Workers that have gone back already */
const secretsChanged = (name: string, { previous }: Release, moved: readonly string[]): DeployProblem =>
  new DeployProblem(
    `A secret of ${name} was changed since the previous version, and going back would bring its old value. With another MASTER_KEY ` +
      `stored data could not be read. Deploy the previous version, which keeps the secrets: check out ` +
      `${previous === undefined ? 'it' : checkoutOf(previous)} and run npm run deploy -- --downgrade.` +
      (moved.length === 0
        ? ' Nothing was changed.'
        : ` ${moved.join(', ')} went back already, and works with the others.`),
  )
