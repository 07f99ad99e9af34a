/** `postern admin-token`: the Worker's ADMIN_TOKEN, which is the first way in. */
import { type MakeCommand, because, changing, noun } from '../command.ts'
import { confirmed } from '../secret-input.ts'

export const adminToken: MakeCommand = ({ api, io, show, end }) =>
  noun(
    'admin-token',
    "The Worker's ADMIN_TOKEN, the first way in.",
    changing(
      'retire',
      'Refuses it from now on, and ends its sessions. There must be another admin. Needs --reason.',
      'postern admin-token retire --reason "everybody has a token of their own"',
    )
      .option('--yes', 'do not ask')
      .action(async (options) => {
        if (options.yes !== true && !(await confirmed(io, 'Refuse the ADMIN_TOKEN from now on?')))
          return end('no')
        const retired = await (
          await api(options)
        ).post('/api/admin-token/retire', undefined, because(options))
        show(options, retired, () => 'The ADMIN_TOKEN is retired. A new value of it would be accepted.')
      }),
  )
