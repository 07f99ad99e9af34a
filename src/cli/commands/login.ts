/** `postern login` and `postern logout`: which console the commands ask, and with which token. */
import { sessionRoutes } from '../../api/sessions.ts'
import { type MakeListed, remote } from '../command.ts'
import { apiAt } from '../connection/api.ts'
import { configPath, readLogins, writeLogins } from '../connection/config-file.ts'
import { consoleUrl, accessHeadersOf } from '../connection/find.ts'
import { secretInput } from '../secret-input.ts'
import { UsageError } from '../stop.ts'

export const login: MakeListed = ({ io, show }, ...named) =>
  remote(...named, 'postern login --url https://postern-console.example.workers.dev').action(
    async (options) => {
      const given = options.url ?? io.environment['POSTERN_URL']
      if (given === undefined || given === '') throw new UsageError('Name the console: --url URL.')
      const url = consoleUrl(given)
      const token = await secretInput(io, `Token for ${url.origin}: `)
      if (!/^[\x21-\x7e]+$/.test(token)) throw new UsageError('The token has characters that no token has.')
      // Checked before it is saved.
      await apiAt(url, token, accessHeadersOf(url, io.environment)).call(sessionRoutes.getMe)
      const { tokens } = await readLogins(io.environment)
      await writeLogins(io.environment, {
        version: 1,
        current: url.origin,
        tokens: { ...tokens, [url.origin]: token },
      })
      show(
        options,
        { url: url.origin },
        () => `Logged in at ${url.origin}; saved in ${configPath(io.environment)}.`,
      )
    },
  )

export const logout: MakeListed = ({ io, show, end }, ...named) =>
  remote(...named, 'postern logout').action(async (options) => {
    const { tokens, current } = await readLogins(io.environment)
    const origin = options.url === undefined ? current : consoleUrl(options.url).origin
    if (origin === null || tokens[origin] === undefined) {
      show(options, { forgotten: null }, () => 'There is no token to forget.')
      return end('no')
    }
    const { [origin]: _forgotten, ...others } = tokens
    await writeLogins(io.environment, {
      version: 1,
      current: current === origin ? null : current,
      tokens: others,
    })
    show(
      options,
      { forgotten: origin },
      () => `The token for ${origin} is forgotten. It is still valid there.`,
    )
  })
