/** `postern destinations given-up` and `redrive`: what was not delivered after the last attempt, or was skipped. */
import { destinationRoutes } from '../../api/destinations.ts'
import { type Cli, because, changing } from '../command.ts'
import { toInstant } from '../../platform/time.ts'
import { timeOf } from '../options.ts'
import { PAGED, list } from '../request.ts'
import { UsageError } from '../stop.ts'
import { NAME } from './path.ts'

export const givenUp = list({
  name: 'given-up',
  summary: 'Deliveries that were given up after the last attempt, or skipped, oldest first.',
  example: 'postern destinations given-up app',
  route: destinationRoutes.listUndelivered,
  arguments: [NAME],
  columns: ['id', 'events', 'tries', 'first_failed_at', 'given_up_at', 'status', 'error'],
  ...PAGED,
})

export const redrive = ({ api, io, show }: Cli) =>
  changing(
    'redrive',
    'Delivers again what was given up: deliveries that are named, those of a time, or all.',
    'postern destinations redrive app --since 24h --plan',
  )
    .argument(...NAME)
    .argument('[ID...]', 'their ids, as in the list')
    .option(
      '--since <TIME>',
      'those given up at this time or later: RFC 3339, or 24h for the last day',
      (text) => timeOf(text, io.nowMs()),
    )
    .option('--until <TIME>', 'those given up before this time, in the same forms', (text) =>
      timeOf(text, io.nowMs()),
    )
    .option('--all', 'all that there are')
    .option('--plan', 'only say how many')
    .action(async (name, ids, options) => {
      const { since, until } = options
      const ways = [ids.length > 0, since !== undefined || until !== undefined, options.all === true]
      if (ways.filter(Boolean).length !== 1)
        throw new UsageError('Name deliveries, or say --since, --until or --all.')
      const { plan } = options
      const wanted =
        ids.length > 0
          ? { ids }
          : options.all === true
            ? { all: options.all }
            : { since: since ?? toInstant(0), until }
      const call = { params: { name }, body: { ...wanted, plan }, ...because(options) }
      const answer = await (await api(options)).call(destinationRoutes.redriveUndelivered, call)
      show(options, answer, () =>
        plan === true ? `To deliver again: ${answer.redriven}.` : `Delivered again soon: ${answer.redriven}.`,
      )
    })
