/** `postern sessions` and `postern whoami`: who is logged in on the pages, and who asks here. */
import { sessionRoutes } from '../../api/sessions.ts'
import { type Cli, type MakeListed, because, changing, noun, remote } from '../command.ts'
import { fields } from '../out/table.ts'
import { list } from '../request.ts'
import { confirmed } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

const end = (cli: Cli) =>
  changing(
    'end',
    'Ends a session, or all: the next request leads to the log-in.',
    'postern sessions end --all --yes',
  )
    .argument('[ID]', 'its id, as in the list')
    .option('--all', 'log everybody out')
    .option('--yes', 'do not ask')
    .action(async (id, options) => {
      if ((id === undefined) === (options.all === undefined))
        throw new UsageError('Name one session, or say --all.')
      if (options.yes !== true && !(await confirmed(cli.io, 'End it?'))) return cli.end('no')
      const api = await cli.api(options)
      const ended =
        id === undefined
          ? await api.call(sessionRoutes.endAllSessions, because(options))
          : await api.call(sessionRoutes.endSession, { params: { id }, ...because(options) })
      cli.show(options, ended, () => `Ended: ${ended.ended}.`)
    })

export const sessions = noun(
  list({
    summary: 'Who is logged in on the pages, the newest first.',
    example: 'postern sessions list',
    route: sessionRoutes.listSessions,
    columns: ['id', 'actor_name', 'role', 'began_at', 'ends_at'],
  }),
  end,
)

export const whoami: MakeListed = ({ api, show, paint }, ...named) =>
  remote(...named, 'postern whoami').action(async (options) => {
    const remoteApi = await api(options)
    const me = await remoteApi.call(sessionRoutes.getMe)
    show(options, { url: remoteApi.url.origin, ...me }, () =>
      fields(
        [
          ['console', remoteApi.url.origin],
          ['actor', me.actor],
          ['role', me.role],
          ['sources', sourcesIn(me)],
        ],
        paint,
      ),
    )
  })

/** The only sources of a token or a person, in words. */
export const sourcesIn = ({ sources }: { readonly sources: readonly string[] | null }): string =>
  sources === null ? 'all' : sources.join(', ') || 'none'
