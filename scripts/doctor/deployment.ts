/** Findings about a deployment from Cloudflare's API: who consumes each queue, which version and key each Worker has, what is in front. */
import { logIn } from '../deploy/account/login.ts'
import { type AccountApi, ApiError } from '../deploy/account/api.ts'
import { type Domain, type Survey, survey } from '../deploy/account/survey.ts'
import type { DeployedWorker } from '../deploy/account/workers.ts'
import { resourcesOf } from '../deploy/configuration/resources.ts'
import { configurations } from '../deploy/configuration/write.ts'
import type { Environment } from '../deploy/environment.ts'
import { DeployProblem } from '../deploy/problem.ts'
import { named } from '../deploy/release.ts'
import type { Wrangler } from '../deploy/wrangler.ts'
import type { PlacementVars } from '../../src/platform/placement.ts'
import { type Finding, note, ok, unseen, wrong } from '../../src/cli/doctor/finding.ts'

export async function deploymentFindings(
  variables: Readonly<Record<string, string | undefined>>,
  wrangler: Wrangler,
  environment: Environment,
): Promise<Finding[]> {
  try {
    const api = await logIn(variables, wrangler)
    return api === undefined ? [] : await findingsOf(api, environment)
  } catch (cause) {
    if (!(cause instanceof DeployProblem)) throw cause
    return [unseen('deployment', cause.message)]
  }
}

async function findingsOf(api: AccountApi, environment: Environment): Promise<Finding[]> {
  const all = await configurations(environment, {})
  const names = new Map([...all].map(([worker, { name }]) => [worker, name]))
  const resources = resourcesOf(all)
  const seen = await survey(api, names, resources, true)
  return [
    ...surveyFindings(seen, resources.consumers),
    ...(await frontFindings(api, names.get('gateway') ?? '', seen.domains, seen.subdomain)),
  ]
}

/** @param consumers the Worker that has to consume each queue, by the name of the queue */
export const surveyFindings = (
  { queues, workers, database }: Pick<Survey, 'queues' | 'workers' | 'database'>,
  consumers: ReadonlyMap<string, string>,
): Finding[] => [
  ...[...consumers].map(([queue, worker]) => consumerFinding(queue, worker, queues.get(queue))),
  ...versionFindings(workers),
  ...keyFindings(workers),
  placementFinding(workers, database),
]

/** A deployment may leave a queue without its consumer, or with that of another Worker (cloudflare/workers-sdk#6619, #5347). */
function consumerFinding(
  queue: string,
  worker: string,
  there: (Survey['queues'] extends ReadonlyMap<string, infer Queue> ? Queue : never) | undefined,
): Finding {
  const part = `consumer of ${queue}`
  const scripts = (there?.consumers ?? []).map(({ script, script_name: name }) => script ?? name ?? 'unknown')
  if (scripts.length === 1 && scripts[0] === worker) return ok(part, `It is ${worker}.`)
  return wrong(
    part,
    scripts.length === 0
      ? 'No Worker consumes it: nothing that is in it is stored.'
      : `It is ${scripts.join()}, and not ${worker}.`,
    scripts.length === 0
      ? 'npm run deploy attaches the consumer.'
      : `Remove the other: npx wrangler queues consumer remove ${queue} ${scripts.join()}. Then npm run deploy.`,
  )
}

function versionFindings(workers: Survey['workers']): Finding[] {
  const releases = new Set([...workers.values()].map(({ release }) => release?.id))
  return [...workers].map(([worker, { release, deployments }]) => {
    const part = `version of the ${worker}`
    const versions = deployments[0]?.versions ?? []
    const says =
      release === undefined ? 'Nobody knows: npm run deploy did not upload it.' : `${named(release)}.`
    if (versions.length > 1)
      return note(
        part,
        `${says} ${versions.length} versions share the traffic.`,
        'npm run deploy ends the gradual rollout.',
      )
    return releases.size === 1 && release !== undefined
      ? ok(part, says)
      : wrong(
          part,
          `${says} The Workers are of ${releases.size} releases.`,
          'Run npm run deploy again: it goes on from where it was cut off.',
        )
  })
}

/** Cloudflare may go on with an old secret after it was changed (cloudflare/workers-sdk#4601, 2023): `master key` asks the Workers themselves. */
function keyFindings(workers: Survey['workers']): Finding[] {
  const keys = [...workers].map(
    ([worker, { masterKey }]) => `${worker} ${masterKey ?? 'unknown, set by hand'}`,
  )
  const isSame = new Set([...workers.values()].map(({ masterKey }) => masterKey)).size <= 1
  return [
    isSame
      ? ok('master keys as deployed', `${keys.join('; ')}.`)
      : note(
          'master keys as deployed',
          `${keys.join('; ')}.`,
          'npm run rotate-master-key goes on, if a rotation was cut off.',
        ),
  ]
}

function placementFinding(workers: Survey['workers'], database: Survey['database']): Finding {
  const part = 'place of the objects'
  const valuesOf = (name: keyof PlacementVars) => [
    ...new Set([...workers.values()].map(({ vars }: DeployedWorker) => vars[name] ?? '')),
  ]
  const within = valuesOf('OBJECTS_JURISDICTION')
  if (within.length > 1)
    return wrong(
      part,
      `The Workers look for their objects in different jurisdictions (${within.map((one) => one || 'none').join(', ')}), and find different ones.`,
      'Nobody may set OBJECTS_JURISDICTION by hand. npm run deploy sets the same for all.',
    )
  const near = valuesOf('OBJECTS_LOCATION').filter((one) => one !== '')
  const data = database?.jurisdiction === undefined ? '' : ` The database is in ${database.jurisdiction}.`
  return ok(
    part,
    `${within[0] ? `In the jurisdiction ${within[0]}` : 'In no jurisdiction'}, ${near.length === 0 ? 'near their first callers' : `made near ${near.join()}`}.${data}`,
  )
}

/** Settings that answer ESPs with a page for people. Each is read by itself, since each has a permission of its own. */
export async function frontFindings(
  api: Pick<AccountApi, 'get' | 'getZone'>,
  gateway: string,
  domains: readonly Domain[],
  subdomain: string | undefined,
): Promise<Finding[]> {
  const own = domains.filter(({ service }) => service === gateway)
  const hosts = [
    ...own.map(({ hostname }) => hostname),
    ...(subdomain === undefined ? [] : [`${gateway}.${subdomain}.workers.dev`]),
  ]
  const zones = own.flatMap(({ zone_id: zone }) => zone ?? [])
  return [
    await read(
      'Access in front of the gateway',
      'Account › Access: Apps and Policies › Read',
      async (part) => {
        const apps = await api.get<readonly AccessApp[]>('/access/apps')
        const covering = apps.filter((app) => coversHooks(app, hosts))
        return covering.length === 0
          ? ok(part, 'No application of Access covers it.')
          : wrong(
              part,
              `${covering.map(({ name }) => name ?? 'An application').join(', ')} covers it: ESPs get a log-in page.`,
              'Remove its host from the application (Zero Trust › Access › Applications), or add a policy that bypasses /hooks/.',
            )
      },
    ),
    ...(await Promise.all(zones.flatMap((zone) => [botFinding(api, zone), attackFinding(api, zone)]))),
  ]
}

interface AccessApp {
  readonly name?: string
  readonly domain?: string
  readonly self_hosted_domains?: readonly string[]
}

/** A host with or without a path, and with `*` for a part. Access of the host goes before that of the Worker (cloudflare-docs#19993, 2025). */
const coversHooks = (
  { domain, self_hosted_domains: more = [] }: AccessApp,
  hosts: readonly string[],
): boolean =>
  [...more, ...(domain === undefined ? [] : [domain])].some((one) => {
    const [host = '', ...path] = one.split('/')
    const pattern = new RegExp(`^${host.split('*').map(escaped).join('.*')}$`)
    const isHooks = path.length === 0 || path[0] === '' || path[0] === '*' || path[0] === 'hooks'
    return isHooks && hosts.some((own) => pattern.test(own))
  })

const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

interface BotManagement {
  readonly fight_mode?: boolean
  readonly sbfm_definitely_automated?: string
  readonly sbfm_likely_automated?: string
}

/**
 * Bot Fight Mode answers ESPs with 403 and a page for browsers, before the Worker. No rule can skip it (cloudflare/cloudflare-docs#32029,
 * #29531). Super Bot Fight Mode does the same, and a WAF rule can skip it.
 */
const botFinding = (api: Pick<AccountApi, 'getZone'>, zone: string) =>
  read('bots of the zone', 'Zone › Bot Management › Read', async (part) => {
    const bots = await api.getZone<BotManagement>(`/${zone}/bot_management`)
    if (bots.fight_mode === true)
      return wrong(
        part,
        'Bot Fight Mode is on: ESPs may get 403 and a page for browsers, and no rule can except them.',
        'Switch it off: Security › Settings › Bot traffic. docs/deploying.md, "In front of the gateway".',
      )
    const acts = [bots.sbfm_definitely_automated, bots.sbfm_likely_automated].some(
      (one) => (one ?? 'allow') !== 'allow',
    )
    return acts
      ? note(
          part,
          'Super Bot Fight Mode acts on automated requests, which all deliveries are.',
          'Add a WAF rule that skips it for the path /hooks/: docs/deploying.md, "In front of the gateway".',
        )
      : ok(part, 'Nothing acts on automated requests.')
  })

const attackFinding = (api: Pick<AccountApi, 'getZone'>, zone: string) =>
  read('security level of the zone', 'Zone › Zone Settings › Read', async (part) => {
    const { value } = await api.getZone<{ value: string }>(`/${zone}/settings/security_level`)
    return value === 'under_attack'
      ? wrong(
          part,
          'It is "Under Attack": every delivery gets a page for browsers.',
          'Add a configuration rule that lowers it for /hooks/.',
        )
      : ok(part, `It is ${value}.`)
  })

async function read(
  part: string,
  permission: string,
  look: (part: string) => Promise<Finding>,
): Promise<Finding> {
  try {
    return await look(part)
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause
    return unseen(
      part,
      `the log-in may lack ${permission}.`,
      'Look at it in the dashboard, or give the token that permission.',
    )
  }
}
