/** A plan as a person reads it. */
import { LOG_IN } from './account/login.ts'
import { EMPTY_SURVEY } from './account/survey.ts'
import type { Configuration } from './configuration/committed.ts'
import { costLine } from './cost-at-rest.ts'
import type { Options } from './options.ts'
import { FITS_FREE, type Plan, planOf } from './plan.ts'
import { named } from './release.ts'

/** One line each. */
export function planLines(plan: Plan): string[] {
  const {
    options,
    survey: seen,
    missing,
    changed,
    order,
    missingSecrets,
    configurations,
    jurisdiction,
    checkout,
    deployed,
    pendingMigrations,
  } = plan
  const make = [
    ...missing.queues.map((name) => `queue ${name}`),
    ...(missing.database === null ? [] : [`database ${missing.database}`]),
    ...missing.buckets.map((name) => `bucket ${name}`),
  ]
  const where = jurisdiction === undefined ? '' : ` in the jurisdiction ${jurisdiction}`
  return [
    `Deployment ${options.environment.deployment}: ${named(checkout)} over ${deployed === undefined ? 'nothing' : named(deployed)}`,
    ...oneWayLines(plan),
    ...make.map((name) => `  make    ${name}${where}`),
    ...plan.unused.map((name) => `  adopt   ${name}, which exists and no Worker of this deployment uses yet`),
    ...plan.shortQueues.map((name) => `  set     queue ${name} to keep messages for 14 days`),
    ...pendingMigrations.map((file) => `  migrate ${file}`),
    ...sharedNumbers([...Object.keys(checkout.migrations), ...(seen.database?.applied ?? [])]),
    ...(seen.database !== undefined && seen.database.applied === undefined
      ? ['  The migrations of the database are unknown to this token: it lacks Account › D1 › Edit.']
      : []),
    ...order.map((worker) => {
      const { name } = configurations.get(worker) as Configuration
      const secrets = missingSecrets.get(worker) ?? []
      const verb = !changed.has(worker) ? 'same   ' : seen.workers.has(worker) ? 'replace' : 'make   '
      const release = seen.workers.get(worker)?.release
      const from = release === undefined || !changed.has(worker) ? '' : `, ${named(release)}`
      return `  ${verb} Worker ${name}${from}${secrets.length === 0 ? '' : `, with its ${secrets.join(' and ')}`}`
    }),
    ...variableLines(plan),
    placementLine(plan),
    ...addressLines(plan),
    ...(seen.workers.size === 0 ? [`  cost    ${costLine()}`] : []),
    ...(options.free ? [`  free    ${FITS_FREE}`] : []),
    ...(seen.isFreePlan === undefined
      ? [
          '  The plan of the account is unknown to this log-in. docs/deploying.md says what does not work on the Free plan.',
        ]
      : []),
  ]
}

/** A first deployment has nothing to go back to, and no data. */
const oneWayLines = ({ deployed, oneWay: { noWayBack, removes } }: Plan): string[] =>
  deployed === undefined
    ? []
    : [
        ...(noWayBack.length === 0
          ? []
          : [
              `  one way there is no way back to ${named(deployed)}, neither by --back nor by --downgrade: ${noWayBack.join('; ')}.`,
            ]),
        ...removes.map((what) => `  one way ${what}`),
      ]

/** Files are applied by their whole names. But another database applies two of one number in the order of their names. */
const sharedNumbers = (files: readonly string[]): string[] =>
  [...new Set(files)].flatMap((file, _, all) => {
    const other = all.find((one) => one < file && one.split('_')[0] === file.split('_')[0])
    return other === undefined
      ? []
      : [`  number  ${other} and ${file} have the same: give migrations of your own numbers from 9001 on`]
  })
function placementLine({ placement, jurisdiction }: Plan): string {
  const { OBJECTS_JURISDICTION: within, OBJECTS_LOCATION: near } = placement
  const where = [within && `in the jurisdiction ${within}`, near && `near ${near}`].filter(Boolean).join(', ')
  const differs = jurisdiction !== undefined && within === ''
  return `  objects ${where || 'wherever they are first called'}${differs ? `: they were made before they could be in ${jurisdiction}, and stay there` : ''}`
}

/** Variables that change in a Worker that exists. */
const variableLines = ({ configurations, survey: seen }: Plan): string[] =>
  [...configurations].flatMap(([worker, { name, vars }]) => {
    const before = seen.workers.get(worker)?.vars
    if (before === undefined) return []
    return Object.entries(vars ?? {}).flatMap(([key, value]) => {
      const was = before[key] ?? ''
      return was === value ? [] : [`  set     ${key} of ${name}: ${shown(value)}, and it was ${shown(was)}`]
    })
  })

const shown = (value: string): string => (value === '' ? 'empty' : JSON.stringify(value))

function addressLines({ newDomains, replaced, configurations, survey: seen, wanted }: Plan): string[] {
  const workersDev = (name: string): string => `https://${name}.${seen.subdomain ?? ''}.workers.dev`
  return [
    ...[...newDomains].map(([worker, domain]) => {
      const { name } = configurations.get(worker) as Configuration
      const stays = wanted.onWorkersDev?.includes(worker) === true
      return `  domain  ${domain} of ${name}${stays ? `; ${workersDev(name)} answers, too, until --drop-workers-dev` : ''}`
    }),
    ...replaced.map((what) => `  take    ${what}`),
    ...[...configurations].flatMap(([worker, { name, workers_dev: stays }]) =>
      seen.workers.get(worker)?.isOnWorkersDev === true && stays === false
        ? [`  close   ${workersDev(name)}: nothing answers there any more`]
        : [],
    ),
  ]
}

export const hasNothingToDo = ({ missing, shortQueues: short, pendingMigrations, changed }: Plan): boolean =>
  missing.queues.length + short.length + missing.buckets.length + pendingMigrations.length + changed.size ===
    0 && missing.database === null

/** Plan of a first deployment in an empty account. Needs no network. */
export async function linesWithoutAccount(
  options: Options,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const plan = await planOf('<your account>', EMPTY_SURVEY, options, variables)
  return [`${LOG_IN} Until then, this is the plan of an empty account.`, '', ...planLines(plan)]
}
