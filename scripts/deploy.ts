/** `npm run deploy`, and with `--dry-run` the check that it would work. */
import { dryRun } from './deploy/dry-run.ts'
import { DeployProblem } from './deploy/problem.ts'
import { deploy } from './deploy/real.ts'
import { wrangler } from './deploy/wrangler.ts'

const say = (line: string): void => console.log(line)

try {
  if (process.argv.includes('--dry-run')) await dryRun(wrangler, say)
  else await deploy(wrangler, process.env, say)
} catch (cause) {
  if (!(cause instanceof DeployProblem)) throw cause
  console.error(cause.message)
  process.exitCode = 1
}
