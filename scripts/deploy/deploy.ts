/** Deploys: each step may fail, and the next run goes on from there. */
import { findConnection } from '../../src/cli/connection/find.ts'
import type { WorkerName } from '../../src/platform/worker-names.ts'
import { back, refusalOfBack } from './back.ts'
import type { AccountApi } from './account/api.ts'
import { permissionFor, missingPermissions } from './account/permissions.ts'
import { type Written, withoutRoutes, writeConfigurations } from './configuration/write.ts'
import type { Deps } from './deps.ts'
import type { Options } from './options.ts'
import { FREE_PLAN, type Plan, planFor } from './plan.ts'
import { hasNothingToDo, planLines } from './plan-lines.ts'
import { DeployProblem } from './problem.ts'
import { marksOf } from './keys.ts'
import { type Release, previousOf, releaseId } from './release.ts'
import { hasRecord, recordTaken } from './steps/check-domains.ts'
import { checkPermissions } from './steps/check-permissions.ts'
import { type Expected, compare, expectedOf } from './steps/compare.ts'
import { secretValues } from './steps/secrets.ts'
import { makeResources } from './steps/make-resources.ts'
import { keepLonger } from './steps/retention.ts'
import { SmokeTestFailed, smokeTest } from './steps/smoke-test.ts'
import { type Uploaded, summaryLines } from './summary.ts'
import { agreed } from './terminal.ts'
import type { Wrangler } from './wrangler.ts'

/** @throws {DeployProblem} at the first step that fails */
export async function deploy(deps: Deps, options: Options): Promise<void> {
  const { api, person, variables } = deps
  const plan = await planFor(api, options, variables)
  for (const line of planLines(plan)) person.print(line)
  if (options.print) person.print(JSON.stringify(Object.fromEntries(plan.configurations), null, 2))
  if (options.plan || options.print) return
  if (!hasNothingToDo(plan) && !options.yes) await agreed(person, 'Deploy this?')
  await checkPermissions(api, plan)
  const values = await secretValues(plan.missingSecrets, plan.survey.workers, variables, person)
  const expected = expectedOf(plan.names.keys(), plan.survey.workers)
  // Somebody may have waited long before the answer.
  await compare(api, plan.names, expected)
  await makeResources(api, plan.missing, plan.jurisdiction, person.print)
  await keepLonger(api, plan.shortQueues, person.print)
  const bookmark = plan.resumed?.bookmark ?? (await bookmarkOf(api, plan.resources.database.name))
  person.print(`Bookmark of the database before this release: ${bookmark}`)
  const written = await writeConfigurations(options.environment, {
    ...plan.wanted,
    releases: await releasesOf(plan, options.environment.name, bookmark, values, deps.nowMs()),
  })
  await migrate(deps, plan, written)
  const uploaded = await uploadAll(deps, plan, written, values, expected)
  const token = values.get('ADMIN_TOKEN') ?? (await tokenFor(plan.urls.console, variables))
  try {
    await smokeTest(
      { gatewayUrl: plan.urls.gateway, consoleUrl: plan.urls.console, token },
      variables,
      person.print,
    )
  } catch (cause) {
    if (!(cause instanceof SmokeTestFailed)) throw cause
    const isUpgrade = plan.deployed !== undefined && plan.changed.size > 0
    throw await afterFailure(deps, options, cause.message, isUpgrade)
  }
  for (const line of summaryLines(plan, uploaded, bookmark)) person.print(line)
}

/** Goes back after an upgrade, if that is possible and no person at the terminal says no. @returns what to tell */
async function afterFailure(
  deps: Deps,
  options: Options,
  failure: string,
  isUpgrade: boolean,
): Promise<DeployProblem> {
  const { person } = deps
  const stays = `${failure} The Workers are deployed; run the same command again`
  const refusal = await refusalOfBack(deps, options)
  if (refusal !== undefined) return new DeployProblem(`${stays}. Going back is not possible: ${refusal}`)
  const orBack = new DeployProblem(`${stays}, or go back with npm run deploy -- --back.`)
  if (!isUpgrade) return orBack
  if (!options.yes && person.ask !== undefined) {
    person.print(failure)
    const goes = await agreed(person, 'Go back to the release before?').then(
      () => true,
      () => false,
    )
    if (!goes) return orBack
  }
  try {
    await back(deps, { ...options, yes: true })
    return new DeployProblem(`${failure} So the deployment went back to the release before.`)
  } catch (cause) {
    if (!(cause instanceof DeployProblem)) throw cause
    return new DeployProblem(`${stays}. It did not go back: ${cause.message}`)
  }
}

async function bookmarkOf(api: AccountApi, name: string): Promise<string> {
  const { uuid } = await api.get<{ uuid: string }>(`/d1/database/${name}`)
  return (await api.get<{ bookmark: string }>(`/d1/database/${uuid}/time_travel/bookmark`)).bookmark
}

/** All Workers get the same, also if a run that was cut off has uploaded some of them. */
async function releasesOf(
  plan: Plan,
  environment: string,
  bookmark: string,
  values: ReadonlyMap<string, string>,
  nowMs: number,
): Promise<Map<WorkerName, Release>> {
  const { configurations, checkout, codes, all, deployed, resumed, survey, missingSecrets } = plan
  const previous = resumed === undefined ? deployed && previousOf(deployed) : resumed.previous
  const oneWay = [...new Set([...(deployed?.oneWay ?? []), ...checkout.oneWay])]
  const given = values.get('MASTER_KEY')
  const marks = given === undefined ? undefined : await marksOf(given)
  return new Map(
    [...configurations].map(([worker, { exports = {} }]) => {
      const gets = missingSecrets.get(worker)?.includes('MASTER_KEY') === true
      const masterKey = gets ? marks : survey.workers.get(worker)?.masterKey
      const release: Release = {
        id: resumed?.id ?? releaseId(nowMs),
        version: checkout.version,
        commit: checkout.commit,
        environment,
        code: codes.get(worker) ?? '',
        all,
        bookmark,
        migrations: { ...deployed?.migrations, ...checkout.migrations },
        ...(oneWay.length === 0 ? {} : { oneWay }),
        classes: Object.keys(exports).sort(),
        ...(masterKey === undefined ? {} : { masterKey }),
        ...(previous === undefined ? {} : { previous }),
      }
      return [worker, release]
    }),
  )
}

async function migrate(
  { wrangler, person, pause }: Deps,
  { resources, pendingMigrations }: Plan,
  written: ReadonlyMap<WorkerName, Written>,
): Promise<void> {
  const { binding, migratedBy } = resources.database
  if (pendingMigrations.length === 0) return
  const path = written.get(migratedBy)?.path ?? ''
  const parameters = ['d1', 'migrations', 'apply', binding, '--remote', '-c', path]
  for (const waitMs of [...D1_AGAIN_MS, null]) {
    const { ok, text } = await wrangler(parameters)
    if (ok) break
    if (!D1_DOWN.test(text)) throw problemOf('The migrations of the database', text)
    if (waitMs === null) throw new DeployProblem(D1_IS_DOWN)
    person.print(`The API of D1 is down (code 7500). The next try is in ${waitMs / 1_000} s.`)
    await pause(waitMs)
  }
  person.print(`Applied ${pendingMigrations.join(', ')}.`)
}

/** The triggers of a Worker that is the same are set again: a run may have been cut off between upload and triggers. */
async function uploadAll(
  deps: Deps,
  plan: Plan,
  written: ReadonlyMap<WorkerName, Written>,
  values: ReadonlyMap<string, string>,
  expected: Expected,
): Promise<Uploaded[]> {
  const { api, wrangler, person } = deps
  const uploaded: Uploaded[] = []
  for (const worker of plan.order) {
    const { path, configuration } = written.get(worker) as Written
    const { name } = configuration
    if (!plan.changed.has(worker)) {
      await ran(wrangler, `The triggers of ${name}`, ['triggers', 'deploy', '-c', path])
      uploaded.push({ name, version: plan.survey.workers.get(worker)?.deployments[0]?.versions[0] ?? '' })
      continue
    }
    await compare(api, plan.names, expected)
    const secrets = new Map(
      (plan.missingSecrets.get(worker) ?? []).map((secret) => [secret, values.get(secret) ?? '']),
    )
    const domain = plan.survey.workers.has(worker) ? undefined : plan.newDomains.get(worker)
    const upload = domain === undefined ? path : await withoutRoutes(path, configuration)
    const did = await ran(
      wrangler,
      name,
      ['deploy', '-c', upload, '--message', `Postern ${plan.checkout.version}`],
      secrets,
    )
    if (domain !== undefined) {
      await refuseTaken(deps, name, domain, plan.options)
      await ran(wrangler, `The domain of ${name}`, ['triggers', 'deploy', '-c', path])
    }
    const line = did.find(({ type }) => type === 'deploy')
    const version = line?.['version_id']
    if (typeof version !== 'string') throw new TypeError(`Wrangler names no version of ${name}`)
    expected.set(worker, version)
    uploaded.push({ name, version })
    person.print(`Deployed ${name}.`)
  }
  await compare(api, plan.names, expected)
  return uploaded
}

/** Before a Worker exists, Cloudflare does not say whether a domain of it would replace a DNS record. */
async function refuseTaken(
  { api }: Deps,
  worker: string,
  domain: string,
  { takeDomain }: Options,
): Promise<void> {
  if (!takeDomain && (await hasRecord(api, worker, domain)) === true)
    throw recordTaken(domain, `${worker} is uploaded, without the domain.`)
}

/**
 * The API of D1 is down at times, while the Workers reach their databases (cloudflare/workers-sdk#14731, #15449, 2026). A file is applied
 * in one query with the note that it is, so none is applied by half, and those that are applied are not applied again.
 */
const D1_DOWN = /\[code: 7500\]/
const D1_AGAIN_MS = [5_000, 30_000]
const D1_IS_DOWN =
  'The API of D1 is down (code 7500). No Worker of this release is uploaded, and what is deployed goes on. ' +
  'Look at https://www.cloudflarestatus.com, and run the same command again later: it goes on from here, and no migration is applied twice or by half.'

/** `limits` are refused on the Free plan. A log-in that may not read the plan learns it from this. */
const NOT_ON_FREE = /\[code: 100328\]/

/** @throws {DeployProblem} if Wrangler fails */
async function ran(
  wrangler: Wrangler,
  what: string,
  parameters: readonly string[],
  secrets?: ReadonlyMap<string, string>,
) {
  const { ok, text, did } = await wrangler(parameters, secrets)
  if (ok) return did
  throw problemOf(what, text)
}

/** The lines of Wrangler that say why. */
function problemOf(what: string, text: string): DeployProblem {
  const path = /A request to the Cloudflare API \(([^)]*)\) failed/.exec(text)?.[1]
  if (path !== undefined && /\[code: (?:10000|9109)\]/.test(text))
    return new DeployProblem(missingPermissions([permissionFor(path)]))
  if (NOT_ON_FREE.test(text)) return new DeployProblem(`${what} was not uploaded. ${FREE_PLAN}`)
  return new DeployProblem(
    `${what}: Wrangler failed. Run the same command again; it goes on from here.\n${text.trim()}`,
  )
}

async function tokenFor(
  consoleUrl: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  try {
    return (await findConnection(consoleUrl, { environment: variables })).token
  } catch {
    return variables['ADMIN_TOKEN'] || undefined
  }
}
