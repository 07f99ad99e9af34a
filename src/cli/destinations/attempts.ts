/** `postern destinations test` and `attempts`: what the endpoint answered. */
import { type Cli, because, changing, remote } from '../command.ts'
import { wholeNumber } from '../options.ts'
import { fields, table } from '../out/table.ts'
import { NAME, destinationPath } from './path.ts'

interface Attempt {
  readonly id: string
  readonly at: string
  readonly kind: string
  readonly event_ids: readonly string[]
  readonly events: number
  readonly try: number
  readonly status: number | null
  readonly milliseconds: number
  readonly error: string | null
  readonly response: string | null
  readonly outcome: string
}

export const test = ({ api, show, end, paint }: Cli) =>
  changing(
    'test',
    'Sends a signed example event now, and prints what the endpoint answered.',
    'postern destinations test app',
  )
    .argument(...NAME)
    .option('--type <TYPE>', 'of the example; default: one that the filter lets pass')
    .action(async (name, options) => {
      const query =
        options.type === undefined ? '' : `?${new URLSearchParams({ type: options.type }).toString()}`
      const answer = await (
        await api(options)
      ).post<{ attempt: Attempt; type: string }>(`${destinationPath(name)}/test${query}`, undefined, {
        ...because(options),
        // An endpoint may take its time, and a second example would only confuse.
        deadlineMs: 60_000,
        once: true,
      })
      const { attempt } = answer
      show(options, answer, () =>
        fields(
          [
            ['type', answer.type],
            ['outcome', attempt.outcome],
            ['status', attempt.status],
            ['milliseconds', attempt.milliseconds],
            ['error', attempt.error],
            ['response', attempt.response],
          ],
          paint,
        ),
      )
      if (attempt.outcome !== 'delivered') end('no')
    })

export const attempts = ({ api, show, paint }: Cli) =>
  remote(
    'attempts',
    'The latest attempts, newest first. With --json also the beginning of each answer.',
    'postern destinations attempts app --limit 20',
  )
    .argument(...NAME)
    .option('--event <ID>', 'only of this event')
    .option('--limit <N>', 'how many at most', wholeNumber(1, 1_000_000), 50)
    .option('--all', 'all that there are, page by page')
    .action(async (name, options) => {
      const limit = options.all === true ? null : options.limit
      const rows = await (
        await api(options)
      ).list<Attempt>(`${destinationPath(name)}/attempts`, 'attempts', { event_id: options.event }, limit)
      show(options, { attempts: rows }, () =>
        table(
          ['AT', 'KIND', 'EVENTS', 'TRY', 'STATUS', 'MS', 'OUTCOME', 'ERROR', 'FIRST EVENT'],
          rows.map((one) => [
            one.at,
            one.kind,
            one.events,
            one.try,
            one.status,
            one.milliseconds,
            one.outcome,
            one.error,
            one.event_ids[0],
          ]),
          paint,
        ),
      )
    })
