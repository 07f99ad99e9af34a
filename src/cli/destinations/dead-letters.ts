/** `postern destinations dead-letters` and `redrive`: what was not delivered after the last attempt. */
import { type Cli, because, changing } from '../command.ts'
import { timeOf } from '../options.ts'
import { PAGED, list } from '../request.ts'
import { UsageError } from '../stop.ts'
import { NAME, destinationPath } from './path.ts'

interface DeadLetter {
  readonly id: string
  readonly events: number
  readonly tries: number
  readonly first_failed_at: string
  readonly died_at: string
  readonly status: number | null
  readonly error: string | null
}

export const deadLetters = list<DeadLetter>({
  name: 'dead-letters',
  summary: 'What was not delivered after the last attempt, oldest first.',
  example: 'postern destinations dead-letters app',
  path: '/api/destinations/{name}/dead-letters',
  arguments: [NAME],
  key: 'dead_letters',
  columns: {
    ID: 'id',
    EVENTS: 'events',
    TRIES: 'tries',
    'FIRST FAILED': 'first_failed_at',
    DIED: 'died_at',
    STATUS: 'status',
    ERROR: 'error',
  },
  ...PAGED,
})

export const redrive = ({ api, io, show }: Cli) =>
  changing(
    'redrive',
    'Delivers dead letters again: those named, those of a time, or all.',
    'postern destinations redrive app --since 24h --plan',
  )
    .argument(...NAME)
    .argument('[ID...]', 'their ids, as in the list')
    .option('--since <TIME>', 'those that died at this time or later: RFC 3339, or 24h for the last day')
    .option('--until <TIME>', 'those that died before this time, in the same forms')
    .option('--all', 'all that there are')
    .option('--plan', 'only say how many')
    .action(async (name, ids, options) => {
      const [since, until] = [options.since, options.until].map((text) => timeOf(text, io.nowMs()))
      const ways = [ids.length > 0, since !== undefined || until !== undefined, options.all === true]
      if (ways.filter(Boolean).length !== 1)
        throw new UsageError('Name dead letters, or say --since, --until or --all.')
      const isPlan = options.plan === true
      const body = {
        ...(ids.length > 0 ? { ids } : {}),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(options.all === true ? { all: true } : {}),
        ...(isPlan ? { plan: true } : {}),
      }
      const path = `${destinationPath(name)}/dead-letters/redrive`
      const answer = await (await api(options)).post<{ redriven: number }>(path, body, because(options))
      show(options, answer, () =>
        isPlan ? `To deliver again: ${answer.redriven}.` : `Delivered again soon: ${answer.redriven}.`,
      )
    })
