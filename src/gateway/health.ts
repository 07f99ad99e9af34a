/** Whether the gateway can open the secrets that it authenticates with. */
import { SetupError } from '../platform/master-key.ts'
import { registryIn } from '../registry/members.ts'
import { type GatewayEnv, masterKeysOf } from './env.ts'

export type HealthProblem = 'setup_incomplete' | 'secrets_unreadable'

/** An isolate asks the registry this seldom, since anyone can ask for the health. */
const FRESH_MS = 30_000

/** Null if all is well, also if the registry does not answer: cached sources go on working then. */
export function healthCheck(): (env: GatewayEnv, nowMs: number) => Promise<HealthProblem | null> {
  let known: { readonly problem: HealthProblem | null; readonly atMs: number } | undefined
  return async (env, nowMs) => {
    if (known === undefined || Math.abs(nowMs - known.atMs) >= FRESH_MS) {
      // First of all, so that others who ask meanwhile get the last answer.
      known = { problem: known?.problem ?? null, atMs: nowMs }
      known = { problem: await problemOf(env), atMs: nowMs }
    }
    return known.problem
  }
}

async function problemOf(env: GatewayEnv): Promise<HealthProblem | null> {
  try {
    masterKeysOf(env)
    const { unreadable } = await registryIn(env).masterKeys.state()
    return unreadable.includes('secrets') ? 'secrets_unreadable' : null
  } catch (cause) {
    return cause instanceof SetupError ? 'setup_incomplete' : null
  }
}
