/** `postern backfill`: takes in what the ESP has of a span and Postern has not. */
import { type BackfillPlan, type BackfillStatus, backfillRoutes, takesWords } from '../../api/backfill.ts'
import { type MakeListed, because, changing } from '../command.ts'
import { timeOf } from '../options.ts'
import { confirmed } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

const ACTIONS = { stop: backfillRoutes.stopBackfill, resume: backfillRoutes.resumeBackfill } as const

export const backfill: MakeListed = (cli, ...named) =>
  changing(...named, 'postern backfill shop --since 2026-12-01T02:10:00Z --until 2026-12-01T05:40:00Z --plan')
    .argument('<SOURCE>', 'the source')
    .option('--since <TIME>', 'events of this time or later: RFC 3339, or 6h', (text) =>
      timeOf(text, cli.io.nowMs()),
    )
    .option('--until <TIME>', 'events before this time; without it, until now', (text) =>
      timeOf(text, cli.io.nowMs()),
    )
    .option('--plan', 'only say what would be taken')
    .option('--forward', 'send them to destinations, too')
    .option('--stop', 'stop the one that runs; its place is kept')
    .option('--resume', 'go on with one that was stopped or failed')
    .option('--yes', 'do not ask')
    .action(async (source, options) => {
      const { since, until, forward = false } = options
      const api = await cli.api(options)
      const call = { params: { name: source } }
      const show = (state: BackfillStatus | null) =>
        cli.show(options, { backfill: state }, () => stateWords(state, source))
      const act = options.stop === true ? 'stop' : options.resume === true ? 'resume' : undefined
      const isMixed = act === 'stop' && options.resume === true
      if (
        act !== undefined &&
        (isMixed || since !== undefined || until !== undefined || options.plan === true)
      )
        throw new UsageError('--stop and --resume stand alone: without a span, and without each other.')
      if (act !== undefined)
        return show((await api.call(ACTIONS[act], { ...call, ...because(options) })).backfill)
      if (since === undefined) {
        if (options.plan === true || until !== undefined)
          throw new UsageError('From when? --since 2026-12-01T02:10:00Z, or --since 6h.')
        return show((await api.call(backfillRoutes.getBackfill, call)).backfill)
      }
      const begin = (plan: boolean) =>
        api.call(backfillRoutes.beginBackfill, {
          ...call,
          body: { since, until, plan, forward },
          ...because(options),
        })
      const { plan } = await begin(true)
      if (plan === null) throw new TypeError('a plan was asked for')
      // A plan that has not seen all cannot say that nothing is missing.
      if (options.plan === true || (plan.new === 0 && plan.is_whole))
        return cli.show(options, plan, () => planWords(plan))
      cli.io.terminal.note(planWords(plan))
      if (options.yes !== true && !(await confirmed(cli.io, 'Take them?'))) return cli.end('no')
      show((await begin(false)).backfill)
    })

const planWords = (plan: BackfillPlan): string =>
  [
    ...(plan.since < plan.until ? [] : [NOTHING_SETTLED]),
    ...(plan.removed_before === null
      ? []
      : [`Retention has removed what is older than ${plan.removed_before}: of that nothing is taken.`]),
    ...(plan.esp_keeps_since === null ? [] : [`The ESP has nothing of before ${plan.esp_keeps_since}.`]),
    `Between ${plan.since} and ${plan.until} the ESP has ${plan.found} events${plan.is_whole ? '' : ' in the part that was looked at'}: ${plan.known} are here, ${plan.new} are not, and ${plan.unreadable} items cannot be read.`,
    plan.copies === 'same_id'
      ? 'A copy has the same id as the event of the webhook: this is certain.'
      : `A copy is known by message, recipient and type, and by times that differ by ${plan.copies_within_seconds} s at most: this is likely, not certain.`,
    ...(plan.warning === null ? [] : [plan.warning]),
    ...(plan.lacks === null ? [] : [plan.lacks]),
    ...(plan.takes_minutes === null ? [] : [`To take them takes about ${takesWords(plan.takes_minutes)}.`]),
    ...(plan.esp_drops_until === null
      ? []
      : [`Meanwhile the ESP drops what is older than ${plan.esp_drops_until}: ask for less at once.`]),
  ].join('\n')

function stateWords(state: BackfillStatus | null, source: string): string {
  if (state === null) return `There was no backfill of ${source}.`
  const { since, until, found, known, unreadable, says, waits_until: waitsUntil } = state
  return [
    `The backfill of ${source}, ${since} to ${until}, ${STATES[state.state]}: ${found} events found, ${known} were here already, ${state.new} were taken, ${unreadable} cannot be read.`,
    ...(says === null ? [] : [`Why: ${says}. To go on: postern backfill ${source} --resume`]),
    ...(waitsUntil === null ? [] : [`It waits until ${waitsUntil}, as the ESP or the hourly budget asks.`]),
    ...(state.state === 'running' ? [`postern backfill ${source} says how far it is.`] : []),
  ].join('\n')
}

const STATES: Readonly<Record<BackfillStatus['state'], string>> = {
  running: 'is running',
  stopped: 'was stopped',
  failed: 'has failed',
  done: 'is done',
}

const NOTHING_SETTLED =
  'Of this ESP, the last ten minutes are left out: their events may be on their way. Ask again later.'
