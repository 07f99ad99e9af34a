/** `npm run deploy`: deploys the three Workers into a Cloudflare account, shows the plan, or goes back. */
import { logIn } from './deploy/account/login.ts'
import { back } from './deploy/back.ts'
import { deploy } from './deploy/deploy.ts'
import { dryRun } from './deploy/dry-run.ts'
import { deployOptions } from './deploy/options.ts'
import { ended } from './deploy/problem.ts'
import { personAt } from './deploy/terminal.ts'
import { wrangler } from './deploy/wrangler.ts'

const STREAMS = { input: process.stdin, output: process.stdout, errors: process.stderr }

await ended(async () => {
  const options = deployOptions(process.argv.slice(2), process.env)
  const { environment } = options
  if (options.dryRun) return dryRun(wrangler, environment, (line) => console.log(line))
  const api = await logIn(process.env, wrangler)
  // Wrangler would ask which account is meant.
  process.env['CLOUDFLARE_ACCOUNT_ID'] = api.accountId
  const deps = { api, wrangler, person: personAt(STREAMS), variables: process.env, nowMs: Date.now }
  return options.back ? back(deps, options) : deploy(deps, options)
})
