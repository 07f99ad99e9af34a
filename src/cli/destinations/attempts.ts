/** `postern destinations test` and `attempts`: what the endpoint answered. */
import { type Cli, because, changing } from '../command.ts'
import { fields } from '../out/table.ts'
import { PAGED, list } from '../request.ts'
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

export const attempts = list<Attempt>({
  name: 'attempts',
  summary: 'The latest attempts, newest first. With --json also the beginning of each answer.',
  example: 'postern destinations attempts app --limit 20',
  path: '/api/destinations/{name}/attempts',
  arguments: [NAME],
  query: { event_id: ['--event <ID>', 'only of this event'] },
  key: 'attempts',
  columns: {
    AT: 'at',
    KIND: 'kind',
    EVENTS: 'events',
    TRY: 'try',
    STATUS: 'status',
    MS: 'milliseconds',
    OUTCOME: 'outcome',
    ERROR: 'error',
    'FIRST EVENT': ({ event_ids: ids }) => ids[0],
  },
  ...PAGED,
})
