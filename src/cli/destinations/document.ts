/** `postern destinations list`, `show` and `remove`. */
import { type Cli, because, changing, remote } from '../command.ts'
import { fields, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'
import { type DestinationAnswer, settingsOf } from './answer.ts'
import { NAME, destinationPath } from './path.ts'

export const list = ({ api, show: print, paint }: Cli) =>
  remote('list', 'All destinations, by name.', 'postern destinations list').action(async (options) => {
    const rows = await (
      await api(options)
    ).list<DestinationAnswer>('/api/destinations', 'destinations', {}, null)
    print(options, { destinations: rows }, () =>
      table(
        ['NAME', 'TYPES', 'SOURCES', 'PERSONAL', 'PAUSED', 'CHANGED', 'URL'],
        rows.map(({ name, filter, personal, paused, updated_at, url }) => [
          name,
          filter?.types?.join(', ') ?? 'all',
          filter?.sources?.join(', ') ?? 'all',
          personal,
          paused === true ? 'yes' : 'no',
          updated_at,
          url,
        ]),
        paint,
      ),
    )
  })

export const show = ({ api, show: print, paint }: Cli) =>
  remote(
    'show',
    'One destination: its settings, and how delivery goes; never a secret.',
    'postern destinations show app',
  )
    .argument(...NAME)
    .action(async (name, options) => {
      const destination = await (await api(options)).get<DestinationAnswer>(destinationPath(name))
      print(options, destination, () => fields(settingsOf(destination), paint))
    })

export const remove = ({ api, io, show: print, end }: Cli) =>
  changing(
    'remove',
    'Removes a destination with all that waits for it. The events stay in the store.',
    'postern destinations remove app --reason "moved to another endpoint"',
  )
    .argument(...NAME)
    .option('--yes', 'do not ask')
    .action(async (name, options) => {
      const question = `Remove the destination ${name}, and all that waits for it?`
      if (options.yes !== true && !(await confirmed(io, question))) return end('no')
      await (await api(options)).remove(destinationPath(name), because(options))
      print(options, { removed: name }, () => `${name} is removed.`)
    })
