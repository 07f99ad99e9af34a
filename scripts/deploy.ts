/** `npm run deploy`: deploys the three Workers, or with `--dry-run` only checks that they build. */
import { dryRun } from './deploy/dry-run.ts'
import { DeployProblem } from './deploy/problem.ts'
import { deploy } from './deploy/real.ts'
import { wrangler } from './deploy/wrangler.ts'

const print = (line: string): void => console.log(line)

try {
  if (process.argv.includes('--dry-run')) await dryRun(wrangler, print)
  else await deploy(wrangler, process.env, print)
} catch (cause) {
  if (!(cause instanceof DeployProblem)) throw cause
  console.error(cause.message)
  process.exitCode = 1
}
