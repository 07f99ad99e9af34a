/** `postern admin-token`: the Worker's ADMIN_TOKEN, which is the first way in. */
import { type AnswerOf } from '../../api/route.ts'
import { type Token, adminTokenRoutes } from '../../api/tokens.ts'
import { type Cli, because, changing, noun } from '../command.ts'
import { type Columns, table } from '../out/table.ts'
import { confirmed } from '../secret-input.ts'

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
      const call = { body, ...because(options) }
      const retired = await (await api(options)).call(adminTokenRoutes.retireAdminToken, call)
      const { made } = retired
      show(options, retired, () =>
        [sentence(retired), ...(made.length === 0 ? [] : [table(COLUMNS, made, paint)])].join('\n'),
      )
    })

const COLUMNS: Columns<Token> = ['id', 'name', 'role', 'created_by', 'created_at', 'last_used_at']

export const adminToken = noun(retire)

function sentence({
  made,
  ended_what_it_made: ended,
  sessions_ended: sessions,
}: AnswerOf<typeof adminTokenRoutes.retireAdminToken>): string {
  const retired = `The ADMIN_TOKEN is retired, and ${sessions} sessions are over. A new value of it would be accepted.`
  if (made.length === 0) return `${retired} No other valid token comes from it.`
  return ended
    ? `${retired} These tokens came from it, and are revoked:`
    : `${retired} These tokens come from it, and stay valid (--end-what-it-made revokes them):`
}
