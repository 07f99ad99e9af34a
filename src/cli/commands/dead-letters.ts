/** `postern dead-letters`: messages that could not be processed. */
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { progress } from '../out/progress.ts'
import { table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

interface DeadLetter {
  readonly id: string
  readonly source: string | null
  readonly event_types: readonly string[] | null
  readonly reason: string
  readonly fault: string | null
  readonly attempts: number
  readonly first_failed_at: string
  readonly last_failed_at: string
}

interface Redriven {
  readonly redriven: readonly string[]
  readonly failed: readonly { readonly id: string; readonly problem: string }[]
  readonly more: boolean
}

export const deadLetters: MakeCommand = (cli) =>
  noun('dead-letters', 'Messages that could not be processed.', list(cli), redrive(cli), remove(cli))

const list = ({ api, show, paint }: Cli) =>
  remote('list', 'Dead letters, newest first.', 'postern dead-letters list --all')
    .option('--limit <N>', 'how many at most', wholeNumber(1, 1_000_000), 50)
    .option('--all', 'all that there are, page by page')
    .action(async (options) => {
      const limit = options.all === true ? null : options.limit
      const rows = await (await api(options)).list<DeadLetter>('/api/dead-letters', 'dead_letters', {}, limit)
      show(options, { dead_letters: rows }, () =>
        table(
          ['ID', 'FIRST FAILED', 'LAST FAILED', 'SOURCE', 'EVENTS', 'REASON', 'FAULT', 'ATTEMPTS'],
          rows.map((one) => [
            one.id,
            one.first_failed_at,
            one.last_failed_at,
            one.source,
            one.event_types?.join(' ') ?? null,
            one.reason,
            one.fault,
            one.attempts,
          ]),
          paint,
        ),
      )
    })

const redrive = ({ api, io, show, end, paint }: Cli) =>
  changing(
    'redrive',
    'Puts dead letters back into the queue: those named, or all.',
    'postern dead-letters redrive --all',
  )
    .argument('[ID...]', 'their ids, as in the list')
    .option('--all', 'all that there are')
    .action(async (ids, options) => {
      if ((options.all === true) === ids.length > 0) throw new UsageError('Name dead letters, or say --all.')
      const remoteApi = await api(options)
      const seen = progress(io.terminal, 'Put back')
      const redriven: string[] = []
      const failed = new Map<string, string>()
      for (let more = true; more;) {
        const body = options.all === true ? { all: true } : { ids }
        const answer = await remoteApi.post<Redriven>('/api/dead-letters/redrive', body, because(options))
        redriven.push(...answer.redriven)
        for (const { id, problem } of answer.failed) failed.set(id, problem)
        seen.at(redriven.length)
        // Letters that fail stay in the list, so a round without a success is the last one.
        more = options.all === true && answer.more && answer.redriven.length > 0
      }
      seen.done()
      const problems = [...failed].map(([id, problem]) => ({ id, problem }))
      show(options, { redriven, failed: problems }, () =>
        [
          `Put back: ${redriven.length}. Not put back: ${problems.length}.`,
          ...(problems.length === 0
            ? []
            : [
                table(
                  ['ID', 'PROBLEM'],
                  problems.map(({ id, problem }) => [id, problem]),
                  paint,
                ),
              ]),
        ].join('\n'),
      )
      if (problems.length > 0) end('no')
    })

const remove = ({ api, io, show, end }: Cli) =>
  changing('remove', 'Deletes a dead letter: its events are lost.', 'postern dead-letters remove 0123… --yes')
    .argument('<ID>', 'its id, as in the list')
    .option('--yes', 'do not ask')
    .action(async (id, options) => {
      if (options.yes !== true && !(await confirmed(io, 'Delete its events for good?'))) return end('no')
      const path = `/api/dead-letters/${encodeURIComponent(id)}`
      const answer = await (await api(options)).remove(path, because(options))
      show(options, answer, () => 'It is deleted.')
    })
