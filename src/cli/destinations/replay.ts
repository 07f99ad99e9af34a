/** `postern destinations replay`: sends what is stored once more. */
import { destinationRoutes } from '../../api/destinations.ts'
import { type Cli, because, changing } from '../command.ts'
import { filterOf, listOf, timeOf } from '../options.ts'
import { UsageError } from '../stop.ts'
import { NAME } from './path.ts'

export const replay = ({ api, io, show }: Cli) =>
  changing(
    'replay',
    'Sends the events of a time once more, beside the new ones. One replay at a time.',
    'postern destinations replay app --since 2h --plan',
  )
    .argument(...NAME)
    .option(
      '--since <TIME>',
      'what was stored at this time or later: RFC 3339, or 2h for the last two hours',
      (text) => timeOf(text, io.nowMs()),
    )
    .option('--until <TIME>', 'what was stored before this time, in the same forms; default: now', (text) =>
      timeOf(text, io.nowMs()),
    )
    .option('--types <LIST>', 'of these only these types: email.bounced,email.spam_reported', listOf)
    .option('--sources <LIST>', 'of these only those of these sources: shop,news', listOf)
    .option('--where <JSON>', 'of these only events with these fields: {"bounce_type": "hard"}')
    .option('--plan', 'only say how many it would send')
    .option('--stop', 'stop the replay that runs')
    .action(async (name, options) => {
      const call = { params: { name }, ...because(options) }
      const { since, until, types, sources, where, plan } = options
      if (options.stop === true) {
        const others = [since, until, types, sources, where, plan]
        if (others.some((other) => other !== undefined))
          throw new UsageError('--stop stops the replay that runs: it takes no other option.')
        await (await api(options)).call(destinationRoutes.endReplay, call)
        return show(options, { running: false }, () => 'No replay runs.')
      }
      if (since === undefined) throw new UsageError('Say from when on with --since, or stop it with --stop.')
      const body = { since, until, filter: filterOf(options), plan }
      const answer = await (await api(options)).call(destinationRoutes.replayEvents, { ...call, body })
      show(options, answer, () => {
        const { matching, is_estimate: isEstimate, events } = answer
        const stored = `${events} events from ${answer.since} to ${answer.until}`
        if (matching === null) return `Sending once more, of ${stored}, those that the filters let pass.`
        const about = isEstimate ? 'about ' : ''
        const how = isEstimate ? ' Only the first ones were counted.' : ''
        return `To send once more: ${about}${matching} of ${stored}.${how}`
      })
    })
