/** `npm run destroy`: removes a deployment with all its data. */
import { setTimeout as sleep } from 'node:timers/promises'
import { LOG_IN, logIn } from './deploy/account/login.ts'
import { destroy } from './deploy/destroy.ts'
import { destroyOptions } from './deploy/options.ts'
import { DeployProblem, ended } from './deploy/problem.ts'
import { personAt } from './deploy/terminal.ts'
import { wrangler } from './deploy/wrangler.ts'

await ended(async () => {
  const environment = destroyOptions(process.argv.slice(2), process.env)
  const api = await logIn(process.env, wrangler)
  if (api === undefined) throw new DeployProblem(LOG_IN)
  await destroy(
    {
      api,
      wrangler,
      person: personAt(),
      variables: process.env,
      nowMs: Date.now,
      pause: (ms: number) => sleep(ms),
    },
    environment,
  )
})
