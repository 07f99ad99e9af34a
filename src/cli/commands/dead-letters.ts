/** `postern dead-letters`: messages that could not be processed. */
import { deadLetterRoutes } from '../../api/dead-letters.ts'
import { type Cli, because, changing, noun } from '../command.ts'
import { progress } from '../out/progress.ts'
import { table } from '../out/table.ts'
import { PAGED, list, request } from '../request.ts'
import type { DeadReason } from '../../store/dead-letters.ts'
import { UsageError } from '../stop.ts'

const SOURCE = ['--source <NAME>', 'only of this source'] as const
const WHY = ['--why <REASON>', 'only given up for this reason: store_failed'] as const

const redrive = ({ api, io, show, end, paint }: Cli) =>
  changing(
    'redrive',
    'Puts dead letters back into the queue: those named, or all that match.',
    'postern dead-letters redrive --all --why store_failed --plan',
  )
    .argument('[ID...]', 'their ids, as in the list')
    .option('--all', 'all that there are, or that match')
    .option(...SOURCE)
    .option(...WHY)
    .option('--plan', 'only say how many')
    .action(async (ids, options) => {
      const { all, source, why, plan } = options
      const isNarrowed = [source, why, plan].some((given) => given !== undefined)
      if ((all === true) === ids.length > 0 || (isNarrowed && all !== true))
        throw new UsageError('Name dead letters, or say --all, with --source, --why and --plan if you want.')
      const remoteApi = await api(options)
      const call = async (until?: string) => {
        const reason = why as DeadReason | undefined
        const body = all === true ? { all, source, reason, until, plan } : { ids }
        return remoteApi.call(deadLetterRoutes.redriveDeadLetters, { body, ...because(options) })
      }
      const first = await call()
      if (plan === true) return show(options, first, () => `To put back: ${first.matching ?? 0}.`)
      const seen = progress(io.terminal, 'Put back')
      const redriven: string[] = []
      const failed = new Map<string, string>()
      // Letters that fail stay in the list, so a round without a success is the last one.
      for (let answer = first; ; answer = await call(first.until ?? undefined)) {
        redriven.push(...answer.redriven)
        for (const { id, problem } of answer.failed) failed.set(id, problem)
        seen.at(redriven.length)
        if (!answer.more || answer.redriven.length === 0) break
      }
      seen.done()
      const problems = [...failed].map(([id, problem]) => ({ id, problem }))
      show(options, { redriven, failed: problems }, () =>
        [
          `Put back: ${redriven.length}. Not put back: ${problems.length}.`,
          ...(problems.length === 0 ? [] : [table(['id', 'problem'], problems, paint)]),
        ].join('\n'),
      )
      if (problems.length > 0) end('no')
    })

export const deadLetters = noun(
  list({
    summary: 'Dead letters, newest first.',
    example: 'postern dead-letters list --all',
    route: deadLetterRoutes.listDeadLetters,
    query: {
      source: SOURCE,
      reason: WHY,
    },
    columns: [
      'id',
      'first_failed_at',
      'last_failed_at',
      'source',
      ['event_types', ({ event_types: types }) => types?.join(' ')],
      'reason',
      'fault',
      'attempts',
    ],
    ...PAGED,
  }),
  redrive,
  request({
    name: 'remove',
    summary: 'Deletes a dead letter: its events are lost.',
    example: 'postern dead-letters remove 0123… --yes',
    route: deadLetterRoutes.deleteDeadLetter,
    arguments: [['<ID>', 'its id, as in the list']],
    question: () => 'Delete its events for good?',
    words: () => 'It is deleted.',
  }),
)
