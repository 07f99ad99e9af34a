/** Plan of a deployment, read from the account. Nothing is changed here. */
import type { PlacementVars } from '../../src/platform/placement.ts'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { CONSOLE, GATEWAY, type Options } from './options.ts'
import type { AccountApi } from './account/api.ts'
import { type Survey, survey } from './account/survey.ts'
import type { Configuration } from './configuration/committed.ts'
import { READERS_FIRST, WRITERS_FIRST, uploadOrder } from './configuration/order.ts'
import { type Resources, resourcesOf } from './configuration/resources.ts'
import { type Wanted, codeHash, configurations } from './configuration/write.ts'
import { type OneWay, oneWayOf } from './one-way.ts'
import { DeployProblem } from './problem.ts'
import { type Checkout, readCheckout, relationTo } from './checkout.ts'
import { type Release, hashOfAll, newestRelease } from './release.ts'
import { checkNames } from './steps/check-names.ts'
import { hasRecord, recordTaken } from './steps/check-domains.ts'
import { checkOrder, cutOff, refuseEarlier } from './steps/check-order.ts'
import { checkSettings } from './steps/check-settings.ts'
import { type MissingResources, missingResources } from './steps/make-resources.ts'
import { refuseFullBuckets, unusedOf } from './steps/ownership.ts'
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
  /** Whether the checkout is older than what is deployed. */
  readonly isDowngrade: boolean
  readonly oneWay: OneWay
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
  /** Of what is made. */
  readonly jurisdiction: string | undefined
  /** Where objects are made. */
  readonly placement: Required<PlacementVars>
  /** Existing resources that no Worker of this deployment uses. */
  readonly unused: readonly string[]
  /** Domains that their Worker does not have yet. */
  readonly newDomains: ReadonlyMap<WorkerName, string>
  /** Things that a new domain replaces, as sentences name them. */
  readonly replaced: readonly string[]
}

type Variables = Readonly<Record<string, string | undefined>>

/** @throws {DeployProblem} for everything that would stop the deployment */
export async function planFor(api: AccountApi, options: Options, variables: Variables): Promise<Plan> {
  const first = await configurations(options.environment, {})
  const names = new Map([...first].map(([worker, { name }]) => [worker, name]))
  const seen = await survey(api, names, resourcesOf(first), options.plan)
  const plan = await planOf(api.accountId, seen, options, variables)
  if (!options.adopt) await refuseFullBuckets(api, seen, plan.unused)
  const records: string[] = []
  for (const [worker, domain] of plan.newDomains) {
    if ((await hasRecord(api, names.get(worker) ?? '', domain)) !== true) continue
    if (!options.takeDomain) throw recordTaken(domain, 'Nothing was changed.')
    records.push(`the DNS record of ${domain}`)
  }
  return { ...plan, replaced: [...plan.replaced, ...records] }
}

/** @throws {DeployProblem} as {@link planFor}, without a network */
export async function planOf(
  accountId: string,
  seen: Survey,
  options: Options,
  variables: Variables,
): Promise<Plan> {
  const { environment } = options
  const first = await configurations(environment, {})
  const names = new Map([...first].map(([worker, { name }]) => [worker, name]))
  const resources = resourcesOf(first)
  refuseEarlier(seen.workers.values())
  if (seen.isFreePlan === true && !options.free) throw new DeployProblem(FREE_PLAN)
  const domains = {
    gateway: options.gatewayDomain ?? domainOf(seen, names.get(GATEWAY)),
    console: options.consoleDomain ?? domainOf(seen, names.get(CONSOLE)),
  }
  const newDomains = new Map(
    ([GATEWAY, CONSOLE] as const).flatMap((worker) => {
      const domain = domains[worker]
      const isNew = domain !== undefined && domain !== domainOf(seen, names.get(worker))
      return isNew ? [[worker, domain] as const] : []
    }),
  )
  const wantedHosts = new Map([...newDomains].map(([worker, domain]) => [names.get(worker) ?? '', domain]))
  checkNames(first, resources, options.takeDomain ? new Map() : wantedHosts, seen)
  const urls = {
    gateway: urlOf(accountId, seen, names.get(GATEWAY), domains.gateway, '--gateway-domain'),
    console: urlOf(accountId, seen, names.get(CONSOLE), domains.console, '--console-domain'),
  }
  if (options.dropWorkersDev && domains.gateway === undefined)
    throw new DeployProblem('--drop-workers-dev needs a custom domain of the gateway: --gateway-domain.')
  const missing = missingResources(resources, seen)
  const jurisdiction = jurisdictionFor(seen, resources.database.name, options.jurisdiction)
  const placement = placementOf(seen, jurisdiction, options.objectsNear)
  const fixed = { GATEWAY_URL: urls.gateway, CONSOLE_URL: urls.console, ...placement }
  refuseUnknown(options.unset, first, fixed)
  const wanted: Wanted = {
    domains,
    // ESPs post to the old address until somebody has changed it there.
    onWorkersDev:
      seen.workers.get(GATEWAY)?.isOnWorkersDev === true && !options.dropWorkersDev ? [GATEWAY] : [],
    jurisdictions: jurisdictions(missing, seen, jurisdiction),
    isFree: options.free,
    vars: Object.fromEntries(
      [...first].map(([worker, { vars }]) => [
        worker,
        varsFor(vars ?? {}, seen.workers.get(worker)?.vars ?? {}, variables, {
          ...Object.fromEntries(options.unset.map((name) => [name, ''])),
          ...fixed,
        }),
      ]),
    ),
  }
  const made = await configurations(environment, wanted)
  checkSettings(made.get(CONSOLE)?.vars ?? {}, new Map())
  const checkout = await readCheckout()
  const deployed = newestRelease([...seen.workers.values()].map(({ release }) => release))
  const isUnknown = seen.database !== undefined && seen.database.applied === undefined
  const applied = seen.database?.applied ?? (isUnknown ? Object.keys(checkout.migrations) : [])
  const isDowngrade = checkOrder({
    checkout,
    relation: await relationTo(deployed?.commit ?? null),
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
  const pendingMigrations = Object.keys(checkout.migrations).filter((file) => !applied.includes(file))
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
    order: uploadOrder(made, seen.classes, isDowngrade ? WRITERS_FIRST : READERS_FIRST),
    isDowngrade,
    oneWay: oneWayOf(seen.workers, made, pendingMigrations, checkout.oneWay),
    names,
    codes,
    all,
    deployed,
    resumed: cutOff(seen.workers.values(), all),
    pendingMigrations,
    changed: new Set([...made.keys()].filter((worker) => !isSame(worker))),
    urls,
    jurisdiction,
    placement,
    unused: unusedOf(seen, resources.database.name),
    newDomains,
    replaced: [...wantedHosts].flatMap(([worker, domain]) =>
      seen.domains.flatMap(({ hostname, service }) =>
        hostname === domain && service !== worker ? [`the domain ${domain} of the Worker ${service}`] : [],
      ),
    ),
  }
}

/** Three milliseconds of processor time for a delivery of one event, 29 for one of a hundred: bench/RESULTS.md. */
export const FITS_FREE =
  'ESPs that post one event a delivery fit; those that collect events, such as SendGrid, Mandrill and SparkPost, do not with much mail.'

export const FREE_PLAN =
  'This account is on the Workers Free plan. There a day has 100,000 requests, 10,000 queue operations (some 3,300 deliveries) and ' +
  '100,000 rows written in D1 and in objects each; a request has 10 ms of processor time; what the consumer has not read is lost ' +
  `after 24 hours. ${FITS_FREE} Past these limits deliveries get 503. Take Workers Paid ` +
  '(https://dash.cloudflare.com/?to=/:account/workers/plans), or run again with --free to try it within them.'

/** A domain that was given once stays, also if a later run does not name it. */
const domainOf = ({ domains }: Survey, worker: string | undefined): string | undefined =>
  domains.find(({ service }) => service === worker)?.hostname

function urlOf(
  accountId: string,
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

/** Jurisdiction of the deployment. An existing one decides, since data cannot be moved. @throws {DeployProblem} if another one is wanted */
function jurisdictionFor(
  { buckets, database }: Survey,
  databaseName: string,
  wanted: string | undefined,
): string | undefined {
  const there: readonly (readonly [what: string, where: string])[] = [
    // The API does not say it of every database.
    ...(database?.jurisdiction === undefined
      ? []
      : [[`database ${databaseName}`, database.jurisdiction] as const]),
    ...[...buckets].map(([name, where]) => [`bucket ${name}`, where] as const),
  ]
  const others = there.filter(([, where]) => where !== wanted)
  if (wanted !== undefined && others.length > 0)
    throw new DeployProblem(
      `--jurisdiction ${wanted} is not possible here: ${others.map(([what, where]) => `${what} is in ${where}`).join(', ')}. ` +
        'Data cannot be moved to another jurisdiction. Deploy beside it with --env NAME.',
    )
  return wanted ?? there.map(([, where]) => where).find((where) => where !== 'default')
}

/**
 * Where objects are made. The jurisdiction is a part of their ids, so that of the first deployment stays for ever: another one would find
 * other objects, without sources and secrets.
 */
export function placementOf(
  { workers }: Pick<Survey, 'workers'>,
  jurisdiction: string | undefined,
  near: string | undefined,
): Required<PlacementVars> {
  const deployed = [...workers.values()].map(({ vars }) => vars)
  const valueOf = (name: keyof PlacementVars): string =>
    deployed.map((vars) => vars[name]).find((value) => value !== undefined && value !== '') ?? ''
  if (deployed.length > 0)
    return {
      OBJECTS_JURISDICTION: valueOf('OBJECTS_JURISDICTION'),
      OBJECTS_LOCATION: near ?? valueOf('OBJECTS_LOCATION'),
    }
  // ESPs call from few places, most of them in the east of North America.
  return {
    OBJECTS_JURISDICTION: jurisdiction ?? '',
    OBJECTS_LOCATION: near ?? (jurisdiction === 'eu' ? 'weur' : 'enam'),
  }
}

/** @throws {DeployProblem} for a name that no configuration has */
function refuseUnknown(
  unset: readonly string[],
  all: ReadonlyMap<WorkerName, Configuration>,
  fixed: object,
): void {
  const known = new Set(
    [...all.values()].flatMap(({ vars }) => Object.keys(vars ?? {}).filter((name) => !(name in fixed))),
  )
  const unknown = unset.filter((name) => !known.has(name))
  if (unknown.length > 0)
    throw new DeployProblem(`--unset does not know ${unknown.join(', ')}. It knows ${[...known].join(', ')}.`)
}

const jurisdictions = (missing: MissingResources, { buckets }: Survey, wanted: string | undefined) =>
  new Map([
    ...[...buckets].filter(([, jurisdiction]) => jurisdiction !== 'default'),
    ...missing.buckets.flatMap((name) => (wanted === undefined ? [] : [[name, wanted] as const])),
  ])

/**
 * Fixed values are known here. Of others, a variable of this command wins, then the file; what is empty in both keeps the value that
 * is deployed. A CI gives an empty variable for one that is not set.
 */
const varsFor = (
  committed: Readonly<Record<string, string>>,
  deployed: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string | undefined>>,
  fixed: Readonly<Record<string, string>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(committed).map(([name, value]) => [
      name,
      fixed[name] ?? (variables[name] || value || deployed[name] || ''),
    ]),
  )
