/** Options of `npm run deploy` and `npm run destroy`. */
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { OBJECT_LOCATIONS } from '../../src/platform/placement.ts'
import { swallowedOptions } from '../swallowed-options.ts'
import { PRODUCTION } from '../../src/cli/connection/environment.ts'
import { type Environment, environmentNamed } from './environment.ts'
import { DeployProblem } from './problem.ts'

export const GATEWAY = 'gateway'
export const CONSOLE = 'console'

export interface Options {
  readonly environment: Environment
  readonly plan: boolean
  readonly print: boolean
  readonly back: boolean
  /** Whether an older version may replace a newer one. */
  readonly downgrade: boolean
  readonly dryRun: boolean
  readonly yes: boolean
  readonly free: boolean
  readonly adopt: boolean
  readonly jurisdiction: string | undefined
  /** Location hint for objects that are made from now on. */
  readonly objectsNear: string | undefined
  readonly gatewayDomain: string | undefined
  readonly consoleDomain: string | undefined
  readonly takeDomain: boolean
  readonly dropWorkersDev: boolean
  /** Variables that become empty. */
  readonly unset: readonly string[]
}

type Variables = Readonly<Record<string, string | undefined>>

const domain = (text: string): string => {
  if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/.test(text))
    throw new InvalidArgumentError('It must be a host name in lower case, like hooks.example.com.')
  return text
}

const environment = () =>
  new Option('--env <name>', 'a deployment beside others, which shares nothing').default(PRODUCTION)

/** Options that only a deployment can use. */
const OF_A_DEPLOYMENT = [
  'free',
  'adopt',
  'jurisdiction',
  'objectsNear',
  'gatewayDomain',
  'consoleDomain',
  'takeDomain',
  'dropWorkersDev',
  'unset',
]

const deployCommand = () =>
  new Command('npm run deploy --')
    .description('Deploys Postern into your Cloudflare account. Running it twice is the same as once.')
    .addOption(environment())
    .addOption(
      new Option('--plan', 'print what exists and what would be made; changes nothing').conflicts([
        'print',
        'back',
        'dryRun',
        'yes',
      ]),
    )
    .addOption(
      new Option('--print', 'print the configuration of each Worker; changes nothing').conflicts([
        'back',
        'dryRun',
        'yes',
      ]),
    )
    .addOption(
      new Option('--back', 'go back to the previous version').conflicts(['dryRun', ...OF_A_DEPLOYMENT]),
    )
    .addOption(
      new Option(
        '--downgrade',
        'deploy a checkout of the release before, which keeps data and secrets',
      ).conflicts(['back', 'dryRun']),
    )
    .addOption(
      new Option('--dry-run', 'only build the Workers, without a network').conflicts([
        'yes',
        ...OF_A_DEPLOYMENT,
      ]),
    )
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option('--free', 'deploy on the Free plan, within its limits')
    .option('--adopt', 'use buckets that hold objects, although no Worker of this deployment exists')
    .addOption(
      new Option(
        '--jurisdiction <where>',
        'where queues, database, buckets and objects keep their data; only the first deployment can choose it',
      ).choices(['eu', 'fedramp']),
    )
    .addOption(
      new Option(
        '--objects-near <where>',
        'where objects are made; those that exist stay where they are. Default of a first deployment: enam, or weur in the EU',
      ).choices(OBJECT_LOCATIONS),
    )
    .option('--gateway-domain <host>', 'custom domain of the gateway; kept by later runs', domain)
    .option('--console-domain <host>', 'custom domain of the console; kept by later runs', domain)
    .option('--take-domain', 'a custom domain may replace a DNS record, or the domain of another Worker')
    .option(
      '--drop-workers-dev',
      'the gateway stops answering at workers.dev; only with a custom domain, and kept by later runs',
    )
    .option('--unset <names...>', 'variables of [vars] that become empty: --unset ACCESS_AUD')
    .allowExcessArguments(false)

const destroyCommand = () =>
  new Command('npm run destroy --')
    .description('Removes a deployment with all its data, after you type its name.')
    .addOption(environment())
    .allowExcessArguments(false)

/** @throws {DeployProblem} for an environment that cannot be named so, and for options that npm has kept */
export function deployOptions(parameters: readonly string[], variables: Variables = {}): Options {
  const command = deployCommand()
  refuse(swallowedOptions('deploy', longNames(command.options), parameters, variables))
  const given = command.parse(parameters, { from: 'user' }).opts()
  if (given.gatewayDomain !== undefined && given.gatewayDomain === given.consoleDomain)
    refuse(
      `The gateway and the console cannot both be at ${given.gatewayDomain}: each needs a host of its own.`,
    )
  return {
    environment: environmentNamed(given.env),
    plan: given.plan === true,
    print: given.print === true,
    back: given.back === true,
    downgrade: given.downgrade === true,
    dryRun: given.dryRun === true,
    yes: given.yes === true,
    free: given.free === true,
    adopt: given.adopt === true,
    jurisdiction: given.jurisdiction,
    objectsNear: given.objectsNear,
    gatewayDomain: given.gatewayDomain,
    consoleDomain: given.consoleDomain,
    takeDomain: given.takeDomain === true,
    dropWorkersDev: given.dropWorkersDev === true,
    unset: given.unset ?? [],
  }
}

/** @throws {DeployProblem} as {@link deployOptions} */
export function destroyOptions(parameters: readonly string[], variables: Variables = {}): Environment {
  const command = destroyCommand()
  refuse(swallowedOptions('destroy', longNames(command.options), parameters, variables))
  return environmentNamed(command.parse(parameters, { from: 'user' }).opts().env)
}

export interface RotateOptions {
  readonly environment: Environment
  readonly yes: boolean
  readonly removeNow: boolean
}

const rotateCommand = () =>
  new Command('npm run rotate-master-key --')
    .description('Replaces the master key of all Workers while they run. If it is cut off, run it again.')
    .addOption(environment())
    .option('--yes', 'do not ask; needed where there is no terminal')
    .option(
      '--remove-now',
      'remove the old key at once; what waits in the queue under it becomes dead letters',
    )
    .allowExcessArguments(false)

/** @throws {DeployProblem} as {@link deployOptions} */
export function rotateOptions(parameters: readonly string[], variables: Variables = {}): RotateOptions {
  const command = rotateCommand()
  refuse(swallowedOptions('rotate-master-key', longNames(command.options), parameters, variables))
  const given = command.parse(parameters, { from: 'user' }).opts()
  return {
    environment: environmentNamed(given.env),
    yes: given.yes === true,
    removeNow: given.removeNow === true,
  }
}

const longNames = (options: readonly Option[]): string[] =>
  options.flatMap(({ long }) => (long ? [long.slice(2)] : []))

function refuse(sentence: string | undefined): void {
  if (sentence !== undefined) throw new DeployProblem(sentence)
}
