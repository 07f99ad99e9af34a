/** What `npm run deploy` and `npm run destroy` take. */
import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings'
import { type Environment, PRODUCTION, environmentNamed } from './environment.ts'

export const GATEWAY = 'gateway'
export const CONSOLE = 'console'

export interface Options {
  readonly environment: Environment
  readonly plan: boolean
  readonly print: boolean
  readonly back: boolean
  readonly dryRun: boolean
  readonly yes: boolean
  readonly free: boolean
  readonly jurisdiction: string | undefined
  readonly gatewayDomain: string | undefined
  readonly consoleDomain: string | undefined
}

const domain = (text: string): string => {
  if (!/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/.test(text))
    throw new InvalidArgumentError('It must be a host name in lower case, like hooks.example.com.')
  return text
}

const environment = () =>
  new Option('--env <name>', 'a deployment beside others, which shares nothing').default(PRODUCTION)

/** @throws {DeployProblem} for an environment that cannot be named so */
export function deployOptions(parameters: readonly string[]): Options {
  const given = new Command('npm run deploy --')
    .description('Deploys Postern into your Cloudflare account. Running it twice is the same as once.')
    .addOption(environment())
    .option('--plan', 'print what exists and what would be made; changes nothing')
    .option('--print', 'print the configuration of each Worker; changes nothing')
    .option('--back', 'go back to the previous version')
    .option('--dry-run', 'only build the Workers, without a network')
    .option('--yes', 'do not ask before the deployment')
    .option('--free', 'deploy on the Free plan, within its limits')
    .addOption(
      new Option(
        '--jurisdiction <where>',
        'where queues, database and buckets that are made keep their data',
      ).choices(['eu', 'fedramp']),
    )
    .option('--gateway-domain <host>', 'custom domain of the gateway; kept by later runs', domain)
    .option('--console-domain <host>', 'custom domain of the console; kept by later runs', domain)
    .allowExcessArguments(false)
    .parse(parameters, { from: 'user' })
    .opts()
  return {
    environment: environmentNamed(given.env),
    plan: given.plan === true,
    print: given.print === true,
    back: given.back === true,
    dryRun: given.dryRun === true,
    yes: given.yes === true,
    free: given.free === true,
    jurisdiction: given.jurisdiction,
    gatewayDomain: given.gatewayDomain,
    consoleDomain: given.consoleDomain,
  }
}

export const destroyOptions = (parameters: readonly string[]): Environment =>
  environmentNamed(
    new Command('npm run destroy --')
      .description('Removes a deployment with all its data, after you type its name.')
      .addOption(environment())
      .allowExcessArguments(false)
      .parse(parameters, { from: 'user' })
      .opts().env,
  )
