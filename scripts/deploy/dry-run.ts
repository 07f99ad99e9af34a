/** Builds all three Workers as a deployment does, without uploading anything. */
import { WORKERS } from '../workers.ts'
import { DeployProblem } from './problem.ts'
import type { Wrangler } from './wrangler.ts'

/**
 * Prints one line per Worker. A warning counts as a failure, since the deployment could fail because of it.
 *
 * @throws {DeployProblem} with Wrangler's output
 */
export async function dryRun(wrangler: Wrangler, print: (line: string) => void): Promise<void> {
  for (const { name, config } of WORKERS) {
    const { ok, text } = await wrangler('deploy', '--dry-run', '-c', config)
    if (!ok || text.includes('[WARNING]'))
      throw new DeployProblem(`The ${name} (${config}) does not build:\n${text.trim()}`)
    print(`${name} builds: ${/^Total Upload: (.+)$/m.exec(text)?.[1] ?? 'size unknown'}`)
  }
}
