/** What a deployment would do, read from the account. Nothing is changed here. */
import type { WorkerName } from '../workers.ts'
import { CONSOLE, GATEWAY, type Options } from './options.ts'
import type { AccountApi } from './account/api.ts'
import { type Survey, survey } from './account/survey.ts'
import type { Configuration } from './configuration/committed.ts'
import { uploadOrder } from './configuration/order.ts'
import { type Resources, resourcesOf } from './configuration/resources.ts'
import { type Wanted, codeHash, configurations } from './configuration/write.ts'
import { DeployProblem } from './problem.ts'
import { type Checkout, isAncestorOf, readCheckout } from './checkout.ts'
import { type Release, hashOfAll, named, newestRelease } from './release.ts'
import { checkNames } from './steps/check-names.ts'
import { checkOrder, cutOff } from './steps/check-order.ts'
import { type MissingResources, missingResources } from './steps/make-resources.ts'
import { shortQueues } from './steps/retention.ts'
import { type Missing, missingSecrets } from './steps/secrets.ts'

export interface Plan {
  readonly options: Options
  readonly checkout: Checkout
  readonly survey: Survey
  readonly resources: Resources
  readonly missing: MissingResources
  /** Queues that will keep messages for longer. */
  readonly shortQueues: readonly string[]
  readonly missingSecrets: Missing
  readonly wanted: Wanted
  readonly configurations: ReadonlyMap<WorkerName, Configuration>
  readonly order: readonly WorkerName[]
  /** Names of the Workers in the account. */
  readonly names: ReadonlyMap<WorkerName, string>
  readonly codes: ReadonlyMap<WorkerName, string>
  /** Hash of all of them. */
  readonly all: string
  /** The newest release that is deployed. */
  readonly deployed: Release | undefined
  /** The release that was cut off and that this run goes on with. */
  readonly resumed: Release | undefined
  /** Files of migrations that the database lacks, in order. */
  readonly pendingMigrations: readonly string[]
  /** Workers whose present version is another than this checkout's. */
  readonly changed: ReadonlySet<WorkerName>
  readonly urls: Readonly<Record<'gateway' | 'console', string>>
}

/** @throws {DeployProblem} for everything that would stop the deployment */
export async function planFor(
  api: AccountApi,
  options: Options,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Plan> {
  const { environment } = options
  const first = await configurations(environment, {})
  const names = new Map([...first].map(([worker, { name }]) => [worker, name]))
  const resources = resourcesOf(first)
  const seen = await survey(api, names, resources)
  if (seen.isFreePlan === true && !options.free) throw new DeployProblem(FREE_PLAN)
  const domains = {
    gateway: options.gatewayDomain ?? domainOf(seen, names.get(GATEWAY)),
    console: options.consoleDomain ?? domainOf(seen, names.get(CONSOLE)),
  }
  checkNames(
    first,
    resources,
    Object.values(domains).filter((domain) => domain !== undefined),
    seen,
  )
  const urls = {
    gateway: urlOf(api, seen, names.get(GATEWAY), domains.gateway, '--gateway-domain'),
    console: urlOf(api, seen, names.get(CONSOLE), domains.console, '--console-domain'),
  }
  const missing = missingResources(resources, seen)
  const wanted: Wanted = {
    domains,
    jurisdictions: jurisdictions(missing, seen, options.jurisdiction),
    vars: Object.fromEntries(
      [...first].map(([worker, { vars }]) => [
        worker,
        varsFor(vars ?? {}, seen.workers.get(worker)?.vars ?? {}, variables, {
          GATEWAY_URL: urls.gateway,
          CONSOLE_URL: urls.console,
        }),
      ]),
    ),
  }
  const made = await configurations(environment, wanted)
  const checkout = await readCheckout()
  const deployed = newestRelease([...seen.workers.values()].map(({ release }) => release))
  const applied = seen.database?.applied ?? []
  checkOrder({
    checkout,
    isAncestor: await isAncestorOf(deployed?.commit ?? null),
    deployed: seen.workers,
    configurations: made,
    applied,
    downgrade: options.downgrade,
  })
  const secrets = missingSecrets(made, seen.workers)
  const codes = new Map<WorkerName, string>()
  for (const [worker, configuration] of made) codes.set(worker, await codeHash(configuration))
  const isSame = (worker: WorkerName): boolean => {
    const deployed = seen.workers.get(worker)
    return (
      deployed?.release?.code === codes.get(worker) &&
      deployed?.deployments[0]?.versions.length === 1 &&
      secrets.get(worker)?.length === 0
    )
  }
  const all = hashOfAll(codes)
  return {
    options,
    checkout,
    survey: seen,
    resources,
    missing,
    shortQueues: shortQueues(resources, seen),
    missingSecrets: secrets,
    wanted,
    configurations: made,
    order: uploadOrder(made, seen.classes),
    names,
    codes,
    all,
    deployed,
    resumed: cutOff(seen.workers.values(), all),
    pendingMigrations: Object.keys(checkout.migrations).filter((file) => !applied.includes(file)),
    changed: new Set([...made.keys()].filter((worker) => !isSame(worker))),
    urls,
  }
}

const FREE_PLAN =
  'This account is on the Workers Free plan. There a day has 100,000 requests, 10,000 queue operations (some 3,300 deliveries) and ' +
  '100,000 rows written in D1 and in objects each; a request has 10 ms of processor time; what the consumer has not read is lost ' +
  'after 24 hours. Past these limits deliveries get 503. Take Workers Paid (https://dash.cloudflare.com/?to=/:account/workers/plans), ' +
  'or run again with --free to try it within them.'

/** A domain that was given once stays, also if a later run does not name it. */
const domainOf = ({ domains }: Survey, worker: string | undefined): string | undefined =>
  domains.find(({ service }) => service === worker)?.hostname

function urlOf(
  { accountId }: AccountApi,
  { subdomain }: Survey,
  worker: string | undefined,
  domain: string | undefined,
  option: string,
): string {
  if (domain !== undefined) return `https://${domain}`
  if (subdomain === undefined)
    throw new DeployProblem(
      `The account has no workers.dev subdomain: register one at https://dash.cloudflare.com/${accountId}/workers/onboarding, ` +
        `or give a domain of yours with ${option}.`,
    )
  return `https://${worker}.${subdomain}.workers.dev`
}

const jurisdictions = (missing: MissingResources, { buckets }: Survey, wanted: string | undefined) =>
  new Map([
    ...[...buckets].filter(([, jurisdiction]) => jurisdiction !== 'default'),
    ...missing.buckets.flatMap((name) => (wanted === undefined ? [] : [[name, wanted] as const])),
  ])

/**
 * Addresses are known here. Of others, a variable of this command wins, then the file; what is empty in the file keeps the value
 * that is deployed.
 */
const varsFor = (
  committed: Readonly<Record<string, string>>,
  deployed: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string | undefined>>,
  addresses: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(committed).map(([name, value]) => [
      name,
      addresses[name] ?? variables[name] ?? (value || (deployed[name] ?? '')),
    ]),
  )

/** One line each. */
export function planLines({
  options,
  survey: seen,
  missing,
  shortQueues: short,
  changed,
  order,
  missingSecrets,
  configurations,
  checkout,
  deployed,
  pendingMigrations,
}: Plan): string[] {
  const make = [
    ...missing.queues.map((name) => `queue ${name}`),
    ...(missing.database === null ? [] : [`database ${missing.database}`]),
    ...missing.buckets.map((name) => `bucket ${name}`),
  ]
  const where = options.jurisdiction === undefined ? '' : ` in the jurisdiction ${options.jurisdiction}`
  return [
    `Deployment ${options.environment.deployment}: ${named(checkout)} over ${deployed === undefined ? 'nothing' : named(deployed)}`,
    ...make.map((name) => `  make    ${name}${where}`),
    ...short.map((name) => `  set     queue ${name} to keep messages for 14 days`),
    ...pendingMigrations.map((file) => `  migrate ${file}`),
    ...order.map((worker) => {
      const { name } = configurations.get(worker) as Configuration
      const secrets = missingSecrets.get(worker) ?? []
      const verb = !changed.has(worker) ? 'same   ' : seen.workers.has(worker) ? 'replace' : 'make   '
      const release = seen.workers.get(worker)?.release
      const from = release === undefined || !changed.has(worker) ? '' : `, ${named(release)}`
      return `  ${verb} Worker ${name}${from}${secrets.length === 0 ? '' : `, with its ${secrets.join(' and ')}`}`
    }),
    ...(seen.isFreePlan === undefined
      ? [
          '  The plan of the account is unknown to this log-in. docs/deploying.md says what does not work on the Free plan.',
        ]
      : []),
  ]
}

export const hasNothingToDo = ({ missing, shortQueues: short, pendingMigrations, changed }: Plan): boolean =>
  missing.queues.length + short.length + missing.buckets.length + pendingMigrations.length + changed.size ===
    0 && missing.database === null
