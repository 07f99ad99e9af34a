/** `npm run rotate-master-key`: replaces the master key of a deployment while it runs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { apiAt } from '../src/cli/connection/api.ts'
import { findConnection, accessHeadersOf } from '../src/cli/connection/find.ts'
import { LOG_IN, logIn } from './deploy/account/login.ts'
import { configurations } from './deploy/configuration/write.ts'
import { rotateOptions } from './deploy/options.ts'
import { DeployProblem, ended } from './deploy/problem.ts'
import { rotate } from './deploy/rotate/rotate.ts'
import { personAt } from './deploy/terminal.ts'
import { wrangler } from './deploy/wrangler.ts'

await ended(async () => {
  const { environment, ...options } = rotateOptions(process.argv.slice(2), process.env)
  const api = await logIn(process.env, wrangler)
  if (api === undefined) throw new DeployProblem(LOG_IN)
  const all = await configurations(environment, {})
  const deps = {
    api,
    consoleAt: async (address: string) => {
      const environment = { POSTERN_TOKEN: process.env['ADMIN_TOKEN'], ...process.env }
      const { url, token } = await findConnection(address, { environment })
      return apiAt(url, token, accessHeadersOf(url, process.env))
    },
    person: personAt(),
    variables: process.env,
    nowMs: Date.now,
    pause: async (ms: number) => {
      await sleep(ms)
    },
  }
  await rotate(deps, { ...options, names: new Map([...all].map(([worker, { name }]) => [worker, name])) })
})
