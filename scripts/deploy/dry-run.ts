/** Builds all three Workers of an environment as a deployment does, without a network. */
import { uploadOrder } from './configuration/order.ts'
import { DeployProblem } from './problem.ts'
import { writeConfigurations } from './configuration/write.ts'
import type { Environment } from './environment.ts'
import type { Wrangler } from './wrangler.ts'
import { WORKERS } from '../workers.ts'

/**
 * Prints one line per Worker, of the committed file and of the generated one. A warning counts as a failure, since the deployment
 * could fail because of it. So does an order that an empty account would not allow.
 *
 * @throws {DeployProblem} with Wrangler's output
 */
export async function dryRun(
  wrangler: Wrangler,
  environment: Environment,
  print: (line: string) => void,
): Promise<void> {
  const written = await writeConfigurations(environment, {})
  uploadOrder(new Map([...written].map(([worker, { configuration }]) => [worker, configuration])), new Set())
  for (const { name, config } of WORKERS) {
    for (const path of [config, written.get(name)?.path ?? config]) {
      const { ok, text } = await wrangler(['deploy', '--dry-run', '-c', path])
      if (!ok || text.includes('[WARNING]'))
        throw new DeployProblem(`The ${name} (${path}) does not build:\n${text.trim()}`)
      if (path === config)
        print(`${name} builds: ${/^Total Upload: (.+)$/m.exec(text)?.[1] ?? 'size unknown'}`)
    }
  }
}
