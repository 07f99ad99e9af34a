/** `postern destinations waiting`, `retry` and `skip`: what failed and is attempted again. */
import { destinationRoutes } from '../../api/destinations.ts'
import { type Cli, because, changing } from '../command.ts'
import { PAGED, list } from '../request.ts'
import { UsageError } from '../stop.ts'
import { confirmed } from '../secret-input.ts'
import { NAME } from './path.ts'

export const waiting = list({
  name: 'waiting',
  summary: 'What failed and is attempted again, with what it holds back.',
  example: 'postern destinations waiting app',
  route: destinationRoutes.listWaiting,
  arguments: [NAME],
  columns: ['id', 'events', 'tries', 'first_failed_at', 'next_try_at', 'blocked', 'error'],
  ...PAGED,
})

export const retry = ({ api, show, end }: Cli) =>
  changing(
    'retry',
    'Attempts again at once what is waiting: those named, or all.',
    'postern destinations retry app 0123…',
  )
    .argument(...NAME)
    .argument('[ID...]', 'their ids, as in the list of what is waiting')
    .option('--all', 'all that there are')
    .action(async (name, ids, options) => {
      if (ids.length > 0 === (options.all === true)) throw new UsageError('Name deliveries, or say --all.')
      const call = { params: { name }, body: options.all === true ? {} : { ids }, ...because(options) }
      const answer = await (await api(options)).call(destinationRoutes.retryWaiting, call)
      show(options, answer, () => `Attempted again soon: ${answer.retried}.`)
      if (answer.retried < ids.length) end('no')
    })

export const skip = ({ api, io, show, end }: Cli) =>
  changing(
    'skip',
    'Gives up what is waiting: it is not attempted again, and what it holds back goes on.',
    'postern destinations skip app 0123… --reason "the endpoint cannot read it"',
  )
    .argument(...NAME)
    .argument('<ID>', 'its id, as in the list of what is waiting')
    .option('--yes', 'do not ask')
    .action(async (name, id, options) => {
      if (options.yes !== true && !(await confirmed(io, `Attempt ${id} no more?`))) return end('no')
      const call = { params: { name }, body: { id }, ...because(options) }
      await (await api(options)).call(destinationRoutes.skipDelivery, call)
      show(
        options,
        { skipped: id },
        () => `It is given up. To attempt it again: postern destinations redrive ${name} ${id}`,
      )
    })
