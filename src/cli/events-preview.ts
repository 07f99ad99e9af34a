/** `postern events preview`: which of the latest events a filter leaves out. */
import { destinationRoutes } from '../api/destinations.ts'
import { eventRoutes } from '../api/events.ts'
import { type Cli, remote } from './command.ts'
import { filterOf, listOf } from './options.ts'
import { table } from './out/table.ts'
import { UsageError } from './stop.ts'

export const preview = ({ api, show, paint }: Cli) =>
  remote(
    'preview',
    'Which of the latest events a filter lets pass, and which it leaves out: that of a destination, or one by options.',
    'postern events preview --destination app',
  )
    .option('--destination <NAME>', 'the filter of this destination')
    .option('--types <LIST>', 'only these types: email.bounced,email.spam_reported', listOf)
    .option('--sources <LIST>', 'only of these sources: shop,news', listOf)
    .option('--where <JSON>', 'only events with these fields: {"bounce_type": "hard"}')
    .action(async (options) => {
      const { destination: name } = options
      const given = filterOf(options)
      if ((name === undefined) === (given === undefined))
        throw new UsageError('Name a filter by --types, --sources and --where, or a --destination.')
      const console = await api(options)
      const filter =
        name === undefined
          ? given
          : ((await console.call(destinationRoutes.getDestination, { params: { name } })).filter ?? {})
      const answer = await console.call(eventRoutes.previewFilter, { body: { filter } })
      show(options, answer, () =>
        [
          `Of the latest ${answer.events} events ${answer.passing} pass and ${answer.events - answer.passing} are left out.`,
          table(['type', 'passing', 'left_out'], answer.types, paint),
        ].join('\n'),
      )
    })
