/** `postern tokens`: API tokens, for programs and for people. */
import { type Cli, type MakeCommand, because, changing, noun, remote } from '../command.ts'
import { oneOf, wholeNumber } from '../options.ts'
import { table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

export interface Token {
  readonly id: string
  readonly name: string
  readonly role: string
  readonly sources: readonly string[] | null
  readonly created_by: string
  readonly created_at: string
  readonly expires_at: string
  readonly last_used_at: string | null
  readonly revoked_at: string | null
}

const DAYS_MAX = 365

export const tokens: MakeCommand = (cli) =>
  noun('tokens', 'API tokens, for programs and for people.', list(cli), create(cli), revoke(cli))

const list = ({ api, show, paint }: Cli) =>
  remote('list', 'API tokens, the newest first; never the tokens themselves.', 'postern tokens list').action(
    async (options) => {
      const answer = await (await api(options)).get<{ tokens: readonly Token[] }>('/api/tokens')
      show(options, answer, () =>
        table(
          ['ID', 'NAME', 'ROLE', 'SOURCES', 'MADE BY', 'EXPIRES', 'LAST USED', 'REVOKED'],
          answer.tokens.map((one) => [
            one.id,
            one.name,
            one.role,
            one.sources === null ? 'all' : one.sources.join(', ') || 'none',
            one.created_by,
            one.expires_at,
            one.last_used_at,
            one.revoked_at,
          ]),
          paint,
        ),
      )
    },
  )

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
      const body = {
        name,
        role,
        ...(source === undefined ? {} : { sources: source }),
        ...(days === undefined ? {} : { expires_in_days: days }),
      }
      const made = await (
        await api(options)
      ).post<Token & { token: string }>('/api/tokens', body, because(options))
      show(options, made, () => made.token)
      if (options.json !== true)
        io.terminal.note(`Shown this once. It is ${made.id}, ${made.role}, until ${made.expires_at}.`)
    })

const revoke = ({ api, io, show, end }: Cli) =>
  changing(
    'revoke',
    'Revokes a token: its next request is refused, and its sessions end.',
    'postern tokens revoke k3v9x2 --yes',
  )
    .argument('<ID>', 'its id, as in the list: the part between its underscores')
    .option('--yes', 'do not ask')
    .action(async (id, options) => {
      if (options.yes !== true && !(await confirmed(io, 'Refuse it from now on?'))) return end('no')
      const path = `/api/tokens/${encodeURIComponent(id)}`
      const revoked = await (await api(options)).remove<Token>(path, because(options))
      show(options, revoked, () => 'The token is revoked.')
    })
