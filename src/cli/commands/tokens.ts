/** `postern tokens`: API tokens, for programs and for people. */
import { tokenRoutes } from '../../api/tokens.ts'
import { type Cli, because, changing, noun } from '../command.ts'
import { oneOf, wholeNumber } from '../options.ts'
import { list, request } from '../request.ts'
import { sourcesIn } from './sessions.ts'

const DAYS_MAX = 365

const create = ({ api, show, io }: Cli) =>
  changing(
    'create',
    'Makes a token and prints it, this once.',
    'postern tokens create deploys --role operator --source shop --days 30',
  )
    .argument('<NAME>', 'whose it is, or what for')
    .requiredOption('--role <ROLE>', 'viewer, operator or admin', oneOf('viewer', 'operator', 'admin'))
    .option('--source <NAME...>', 'the only sources that exist for it; not for admins')
    .option('--days <N>', 'when it expires', wholeNumber(1, DAYS_MAX))
    .action(async (name, options) => {
      const { role, source, days } = options
      const body = { name, role, sources: source, expires_in_days: days }
      const made = await (await api(options)).call(tokenRoutes.createToken, { body, ...because(options) })
      show(options, made, () => made.token)
      if (options.json !== true)
        io.terminal.note(`Shown this once. It is ${made.id}, ${made.role}, until ${made.expires_at}.`)
    })

export const tokens = noun(
  list({
    summary: 'API tokens, the newest first; never the tokens themselves.',
    example: 'postern tokens list',
    route: tokenRoutes.listTokens,
    columns: [
      'id',
      'name',
      'role',
      ['sources', sourcesIn],
      'created_by',
      'expires_at',
      'last_used_at',
      'revoked_at',
    ],
  }),
  create,
  request({
    name: 'revoke',
    summary: 'Revokes a token: its next request is refused, and its sessions end.',
    example: 'postern tokens revoke k3v9x2 --yes',
    route: tokenRoutes.revokeToken,
    arguments: [['<ID>', 'its id, as in the list: the part between its underscores']],
    question: () => 'Refuse it from now on?',
    words: () => 'The token is revoked.',
  }),
)
