/** `postern doctor`: examines a deployment from outside, and prints what to do. */
import { destinationRoutes } from '../../api/destinations.ts'
import { backupRoutes } from '../../api/backups.ts'
import { counterRoutes } from '../../api/counters.ts'
import { eventRoutes } from '../../api/events.ts'
import { incidentRoutes } from '../../api/incidents.ts'
import { refusalRoutes } from '../../api/refusals.ts'
import { tokenRoutes } from '../../api/tokens.ts'
import { sourceRoutes } from '../../api/sources.ts'
import { visibleText } from '../../platform/visible.ts'
import { wrangler } from '../../../scripts/deploy/wrangler.ts'
import { type Cli, type MakeCommand, remote } from '../command.ts'
import type { Api } from '../connection/api.ts'
import { PRODUCTION, environmentNamed } from '../../../scripts/deploy/environment.ts'
import { deploymentFindings } from '../doctor/account.ts'
import { hooksFindings } from '../doctor/front.ts'
import { backupFindings } from '../doctor/backups.ts'
import { consoleHealth, healthFindings } from '../doctor/console.ts'
import { type ExaminedDestination, destinationFindings } from '../doctor/destinations.ts'
import { type Finding, notLookedAt, unseen } from '../doctor/finding.ts'
import { type ExaminedIncident, incidentFindings } from '../doctor/incidents.ts'
import { gatewayFindings } from '../doctor/gateway.ts'
import { LOOKED_BACK_DAYS, type RecentRefusals, refusedSources, sourceFindings } from '../doctor/sources.ts'
import { tokenFindings } from '../doctor/tokens.ts'
import { accountFindings } from '../doctor/wrangler.ts'
import { checkoutFor } from '../needs-checkout.ts'
import { Stop } from '../stop.ts'

export const doctor: MakeCommand = (cli) =>
  remote(
    'doctor',
    'Examines a deployment from outside and prints what to do: 0 when nothing is wrong, 1 when something is.',
    'postern doctor --url https://postern-console.example.workers.dev',
  )
    .option('--gateway <URL>', 'the URL of the gateway; default: as the console knows it')
    .option(
      '--account',
      'also check what the account says: queues, consumers, secrets, versions, what is in front of the gateway',
    )
    .option('--all', 'also print what is well')
    .action(async (options) => {
      if (options.account === true) checkoutFor('doctor --account')
      const findings = [
        ...(await examine(await cli.api(options), options.gateway, cli)),
        ...(options.account === true
          ? [
              ...(await accountFindings(wrangler)),
              ...(await deploymentFindings(cli.io.environment, wrangler, environmentNamed(PRODUCTION))),
            ]
          : []),
      ]
      const isWrong = findings.some(({ level }) => level === 'wrong')
      cli.show(options, { well: !isWrong, findings }, () => report(findings, options.all === true, cli))
      if (isWrong) cli.end('no')
    })

async function examine(api: Api, gateway: string | undefined, { io }: Cli): Promise<Finding[]> {
  const health = await consoleHealth(api)
  // Without the console only the gateway can be asked.
  if ('level' in health)
    return [health, ...(gateway === undefined ? [] : await gatewayFindings(gateway, io.nowMs))]
  const nowMs = io.nowMs()
  const since = new Date(nowMs - LOOKED_BACK_DAYS * 86_400_000).toISOString()
  return [
    ...healthFindings(health, nowMs),
    ...(await gatewayFindings(gateway ?? health.gateway_url, io.nowMs)),
    ...(await hooksFindings(gateway ?? health.gateway_url)),
    ...(await examined('incidents', async () => incidentFindings(await openIncidents(api)))),
    ...(await examined('sources', () => examineSources(api, since, nowMs))),
    ...(await examined('destinations', () => examineDestinations(api, nowMs))),
    ...(await examined('tokens', async () =>
      tokenFindings(await api.list(tokenRoutes.listTokens, {}, null), nowMs),
    )),
    ...(await examined('backups', async () =>
      backupFindings(await api.list(backupRoutes.listBackups, {}, null), nowMs),
    )),
  ]
}

/** Asked about so many refused sources, a call each. */
const REFUSED_SOURCES_MAX = 50
/** As many refusals of a source as show whether anything is accepted. */
const REFUSALS_READ = 20

const OPEN_STATES = ['open', 'acknowledged', 'contained']
const INCIDENTS_MAX = 100

async function openIncidents(api: Api): Promise<ExaminedIncident[]> {
  const found: ExaminedIncident[] = []
  for (const state of OPEN_STATES)
    found.push(...(await api.list(incidentRoutes.listIncidents, { query: { state } }, INCIDENTS_MAX)))
  return found
}

async function examineSources(api: Api, since: string, nowMs: number): Promise<Finding[]> {
  const sources = await api.list(sourceRoutes.listSources, {}, null)
  const activity = await api.whole(counterRoutes.getCounters, { query: { since } })
  const recent = new Map<string, RecentRefusals>()
  const refused = refusedSources(sources, activity)
  for (const name of refused.slice(0, REFUSED_SOURCES_MAX)) recent.set(name, await recentRefusals(api, name))
  return [
    ...sourceFindings(sources, activity, recent, nowMs),
    ...notLookedAt(
      'refusals of sources',
      refused.length,
      REFUSED_SOURCES_MAX,
      'postern refusals list --source NAME',
    ),
  ]
}

async function recentRefusals(api: Api, source: string): Promise<RecentRefusals> {
  const query = { source }
  const refusals = await api.list(refusalRoutes.listRefusals, { query }, REFUSALS_READ)
  const [last] = await api.list(eventRoutes.listEvents, { query }, 1)
  return { refusals, lastReceivedAt: last?.received_at ?? null }
}

/** Maximum number of destinations to check, with one request each. */
const DESTINATIONS_MAX = 50

async function examineDestinations(api: Api, nowMs: number): Promise<Finding[]> {
  const all = await api.list(destinationRoutes.listDestinations, {}, null)
  const found: ExaminedDestination[] = []
  for (const { name } of all.slice(0, DESTINATIONS_MAX))
    found.push(await api.call(destinationRoutes.getDestination, { params: { name } }))
  return [
    ...destinationFindings(found, nowMs),
    ...notLookedAt('destinations', all.length, DESTINATIONS_MAX, 'postern destinations show NAME'),
  ]
}

/** Runs one examination. A part that this token may not see is a finding of its own, and hides no other. */
async function examined(part: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (cause) {
    if (cause instanceof Stop) return [unseen(part, cause)]
    throw cause
  }
}

const COLORS = { ok: 'green', note: 'yellow', wrong: 'red' } as const

function report(findings: readonly Finding[], all: boolean, { paint }: Cli): string {
  const shown = findings.filter(({ level }) => all || level !== 'ok')
  const count = (wanted: Finding['level']) => findings.filter(({ level }) => level === wanted).length
  const sum = `Well: ${count('ok')}. Worth knowing: ${count('note')}. Wrong: ${count('wrong')}.`
  const color = COLORS[count('wrong') > 0 ? 'wrong' : count('note') > 0 ? 'note' : 'ok']
  const lines = shown.flatMap(({ level, part, says, todo }) => [
    `${paint(COLORS[level], level.padEnd(LEVEL_WIDTH))}  ${visibleText(`${part}: ${says}`)}`,
    ...(todo === undefined ? [] : [`${' '.repeat(LEVEL_WIDTH)}  → ${visibleText(todo)}`]),
  ])
  return [...lines, paint(color, sum)].join('\n')
}

const LEVEL_WIDTH = 'wrong'.length
