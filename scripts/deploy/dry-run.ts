/** Builds all three Workers as a deployment would and stops before anything is sent. */
import { WORKERS } from '../workers.ts'
import { DeployProblem } from './problem.ts'
import type { Wrangler } from './wrangler.ts'

/**
 * One line a Worker. A warning counts as a failure: it is what a deployment would stumble over later.
 *
 * @throws {DeployProblem} with what Wrangler said
 */
export async function dryRun(wrangler: Wrangler, say: (line: string) => void): Promise<void> {
  for (const { name, config } of WORKERS) {
    const { ok, text } = await wrangler('deploy', '--dry-run', '-c', config)
    if (!ok || text.includes('[WARNING]'))
      throw new DeployProblem(`The ${name} (${config}) would not deploy:\n${text.trim()}`)
    say(`${name} builds: ${/^Total Upload: (.+)$/m.exec(text)?.[1] ?? 'size unknown'}`)
  }
}
