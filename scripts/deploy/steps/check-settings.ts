/** The console's own check of its settings, before the upload: with one that is wrong it answers nothing but 503. */
import { BINDINGS, type ConsoleEnv, readSettings } from '../../../src/console/env.ts'
import { SetupError, newMasterKey } from '../../../src/platform/master-key.ts'
import { DeployProblem } from '../problem.ts'

/**
 * @param vars of the console
 * @param secrets those that are known here; what is deployed has passed this check before
 * @throws {DeployProblem} with all problems, without any value
 */
export function checkSettings(
  vars: Readonly<Record<string, string>>,
  secrets: ReadonlyMap<string, string>,
): void {
  const env = {
    // They come from the configuration.
    ...Object.fromEntries(BINDINGS.map((name) => [name, {}])),
    ...vars,
    MASTER_KEY: secrets.get('MASTER_KEY') ?? newMasterKey(),
    ADMIN_TOKEN: secrets.get('ADMIN_TOKEN') ?? crypto.randomUUID(),
  }
  try {
    readSettings(env as unknown as ConsoleEnv)
  } catch (cause) {
    throw cause instanceof SetupError ? new DeployProblem(`Nothing was changed. ${cause.message}`) : cause
  }
}
