/** `npm run deploy`: deploys the three Workers into a Cloudflare account, shows the plan, or goes back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { LOG_IN, logIn } from './deploy/account/login.ts'
import { back } from './deploy/back.ts'
import { deploy } from './deploy/deploy.ts'
import { dryRun } from './deploy/dry-run.ts'
import { deployOptions } from './deploy/options.ts'
import { linesWithoutAccount } from './deploy/plan-lines.ts'
import { DeployProblem, ended } from './deploy/problem.ts'
import { personAt } from './deploy/terminal.ts'
import { wrangler } from './deploy/wrangler.ts'

await ended(async () => {
  const options = deployOptions(process.argv.slice(2), process.env)
  if (options.dryRun) return dryRun(wrangler, options.environment, (line) => console.log(line))
  const api = await logIn(process.env, wrangler)
  if (api === undefined) {
    if (!options.plan) throw new DeployProblem(LOG_IN)
    for (const line of await linesWithoutAccount(options, process.env)) console.log(line)
    return
  }
  // Wrangler would ask which account is meant.
  process.env['CLOUDFLARE_ACCOUNT_ID'] = api.accountId
  const deps = {
    api,
    wrangler,
    person: personAt(),
    variables: process.env,
    nowMs: Date.now,
    pause: (ms: number) => sleep(ms),
  }
  return options.back ? back(deps, options) : deploy(deps, options)
})
