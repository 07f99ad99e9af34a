/** `postern admin-token`: the Worker's ADMIN_TOKEN, which is the first way in. */
import type { Token } from '../../api/tokens.ts'
import { type Cli, because, changing, noun } from '../command.ts'
import { type Columns, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

interface Retired {
  readonly made: readonly Token[]
  readonly ended_what_it_made: boolean
  readonly sessions_ended: number
}

const retire = ({ api, io, show, paint, end }: Cli) =>
  changing(
    'retire',
    'Refuses it from now on, ends its sessions, and lists the tokens that it made. There must be another admin. Needs --reason.',
    'postern admin-token retire --end-what-it-made --reason "leaked"',
  )
    .option('--end-what-it-made', 'also revoke these tokens, and those that they made; yours stays')
    .option('--yes', 'do not ask')
    .action(async (options) => {
      if (options.yes !== true && !(await confirmed(io, 'Refuse the ADMIN_TOKEN from now on?')))
        return end('no')
      const body = { end_what_it_made: options.endWhatItMade === true }
      const path = '/api/admin-token/retire'
      const retired = await (await api(options)).post<Retired>(path, body, because(options))
      const { made } = retired
      show(options, retired, () =>
        [sentence(retired), ...(made.length === 0 ? [] : [table(COLUMNS, made, paint)])].join('\n'),
      )
    })

const COLUMNS: Columns<Token> = {
  ID: 'id',
  NAME: 'name',
  ROLE: 'role',
  'MADE BY': 'created_by',
  MADE: 'created_at',
  'LAST USED': 'last_used_at',
}

export const adminToken = noun('admin-token', "The Worker's ADMIN_TOKEN, the first way in.", retire)

function sentence({ made, ended_what_it_made: ended, sessions_ended: sessions }: Retired): string {
  const retired = `The ADMIN_TOKEN is retired, and ${sessions} sessions are over. A new value of it would be accepted.`
  if (made.length === 0) return `${retired} No other valid token comes from it.`
  return ended
    ? `${retired} These tokens came from it, and are revoked:`
    : `${retired} These tokens come from it, and stay valid (--end-what-it-made revokes them):`
}
