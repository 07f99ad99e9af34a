/** `postern drill`: plays an attack, to see that the alarm reaches somebody, and practices recovery. */
import { webhookRoutes } from '../../api/webhooks.ts'
import { kindName } from '../../watch/names.ts'
import { OPERATION_PATTERNS } from '../../watch/operations/index.ts'
import { UNUSUAL } from '../../watch/unusual/unusual.ts'
import { type Cli, noun, remote, verb } from '../command.ts'
import { ATTACKS } from '../drill/attacks.ts'
import { WAVES } from '../drill/waves.ts'
import { WEBHOOK_OFF } from '../drill/webhook-off.ts'
import type { Drill } from '../drill/drill.ts'
import { failover } from '../drill/failover.ts'
import { awaitIncident, drillMinutes, openIncident, playDrill } from '../drill/play.ts'
import { checkDrill, drillWorld } from '../drill/world.ts'
import { report, reports, restore } from '../drill/restore.ts'
import { wholeNumber } from '../options.ts'
import { fields, table } from '../out/table.ts'
import { settingsOf, webhookUrlOf } from '../sign/source.ts'
import { Stop, UsageError } from '../stop.ts'

const NOT_DRILLED = [...OPERATION_PATTERNS, UNUSUAL].flatMap(({ kind, notDrilled: why }) =>
  why === undefined ? [] : [{ kind, why }],
)

const DRILLS: readonly Drill[] = [...ATTACKS, ...WAVES, WEBHOOK_OFF]

const nameOf = ({ name, kind }: Drill): string => name ?? kind

/** Rounds, and requests of all rounds together. */
const ROUNDS_MAX = 30
const REQUESTS_MAX = 5_000

const attack = (cli: Cli) =>
  remote(
    'attack',
    'Plays one kind of attack at a source, and waits for the incident. Exit 1 if none was opened.',
    'postern drill attack bounce_share --source demo-sendgrid',
  )
    .argument('<KIND>', 'the kind, as postern drill kinds lists it')
    .requiredOption(
      '--source <NAME>',
      'the source: of npm start (demo-…), or one with the setting "drill": true',
    )
    .option('--minutes <N>', 'go on for so many minutes', wholeNumber(1, ROUNDS_MAX))
    .option('--yes', 'also if the source is none for drills')
    .action(async (kind, options) => {
      const { io } = cli
      const one = drillOf(kind)
      const rounds = options.minutes === undefined ? one.rounds : roundsOf(one, options.minutes)
      const api = await cli.api(options)
      const settings = await settingsOf(api, options.source)
      checkDrill(one, api, options.source, settings, options.yes === true)
      const open = await openIncident(api, options.source, one.kind)
      if (open !== undefined)
        throw new Stop(
          'no',
          'already_open',
          `Incident ${open.number} of this kind has not ended at ${options.source}: the watch opens no other before that, so take another source.`,
        )
      const target = await webhookUrlOf(api, options.source)
      for (const line of plan(one, rounds, options.source)) io.terminal.note(line)
      const world = await drillWorld(one, api, options.source, settings, io)
      const statuses = await playDrill(one, rounds, world, target, io)
      io.terminal.note(`Answers: ${answers(statuses)}.`)
      // The ESP is asked each hour. A drill does not wait for that.
      if (one.switchesOff === true)
        await api.call(webhookRoutes.checkWebhook, { params: { name: options.source } })
      const incident = await awaitIncident(api, options.source, one, io)
      if (one.pauseSeconds !== undefined) await world.pause(0)
      if (incident === undefined)
        throw new Stop(
          'no',
          'no_incident',
          `No incident of kind ${one.kind} was opened at ${options.source}.`,
          [
            'Most kinds need a source that is older than a week and has its usual mail.',
            'In the first two minutes after the first npm start, the watch still learns: then try again.',
          ],
        )
      cli.show(options, incident, () =>
        fields(
          [
            ['incident', incident.number],
            ['what', incident.headline],
            ['kind', kindName(incident.kind)],
            ['severity', incident.severity],
            ['first', incident.advice[0]],
            ['state', incident.state],
            ['opened', incident.opened_at],
          ],
          cli.paint,
        ),
      )
    })

const kinds = ({ show, paint }: Cli) =>
  verb('kinds', 'Which kinds can be drilled, and why others cannot.', 'postern drill kinds').action(
    (options) =>
      show(options, { drills: DRILLS.map(rowOf), not_drilled: NOT_DRILLED }, () =>
        [
          table(['kind', 'requests', 'minutes', 'where', 'sends'], DRILLS.map(rowOf), paint),
          table(['kind', 'why'], NOT_DRILLED, paint),
        ].join('\n\n'),
      ),
  )

export const drill = noun(attack, kinds, restore, failover, reports, report)

const rowOf = (one: Drill) => ({
  kind: nameOf(one),
  requests: one.requests * one.rounds,
  minutes: drillMinutes(one, one.rounds),
  where:
    one.onlyDemo === undefined ? (one.onlyDeployed === undefined ? 'anywhere' : 'deployment') : 'npm start',
  sends: one.sends,
})

function drillOf(kind: string): Drill {
  const found = DRILLS.find((one) => nameOf(one) === kind)
  if (found !== undefined) return found
  const none = NOT_DRILLED.find((one) => one.kind === kind)
  if (none !== undefined) throw new Stop('no', 'not_drillable', `${none.kind} is not drilled. ${none.why}`)
  throw new UsageError('There is no such kind. postern drill kinds lists all of them.')
}

function roundsOf({ kind, requests, roundSeconds, pauseSeconds }: Drill, minutes: number): number {
  if (roundSeconds !== 60 || pauseSeconds !== undefined)
    throw new UsageError(`${kind} takes its own time: leave --minutes out.`)
  if (minutes * requests > REQUESTS_MAX)
    throw new UsageError(`A drill sends ${REQUESTS_MAX} requests at most: take fewer --minutes.`)
  return minutes
}

/** Plan of the drill, printed before it starts. */
const plan = (one: Drill, rounds: number, source: string): string[] => [
  `Drill ${nameOf(one)} at ${source}: ${one.sends}.`,
  `Requests: ${one.requests * rounds}. It takes ${drillMinutes(one, rounds)} minutes at most, with the wait for the watch.`,
]

const answers = (statuses: ReadonlyMap<number, number>): string =>
  statuses.size === 0
    ? 'none, since nothing was sent'
    : [...statuses].map(([status, count]) => `${status === 0 ? 'none' : status}: ${count} times`).join(', ')
