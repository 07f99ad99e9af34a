/** `postern destinations test` and `attempts`: what the endpoint answered. */
import { destinationRoutes } from '../../api/destinations.ts'
import { type Cli, because, changing } from '../command.ts'
import { fields } from '../out/table.ts'
import { PAGED, list } from '../request.ts'
import { NAME } from './path.ts'

export const test = ({ api, show, end, paint }: Cli) =>
  changing(
    'test',
    'Sends a signed example event now, and prints what the endpoint answered.',
    'postern destinations test app',
  )
    .argument(...NAME)
    .option('--type <TYPE>', 'of the example; default: one that the filter lets pass')
    .action(async (name, options) => {
      const answer = await (
        await api(options)
      ).call(destinationRoutes.testDestination, {
        params: { name },
        query: { type: options.type },
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

export const attempts = list({
  name: 'attempts',
  summary: 'The latest attempts, newest first. With --json also the beginning of each answer.',
  example: 'postern destinations attempts app --limit 20',
  route: destinationRoutes.listAttempts,
  arguments: [NAME],
  query: {
    event_id: ['--event <ID>', 'only of this event'],
    outcome: ['--outcome <WHICH>', 'only delivered, failed or exhausted'],
  },
  columns: [
    'at',
    'kind',
    'events',
    'try',
    'status',
    ['milliseconds', ({ milliseconds }) => `${milliseconds} ms`],
    'outcome',
    'error',
    ['event_ids', ({ id, event_ids: ids }) => ids[0] ?? id],
  ],
  ...PAGED,
})
