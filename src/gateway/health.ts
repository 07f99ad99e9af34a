/** Whether the gateway can open the secrets that it authenticates with, and whether what it accepts is stored and watched. */
import { inTime } from '../platform/in-time.ts'
import { SetupError } from '../platform/master-key.ts'
import { type PathProblem, pathProblems } from '../refusals/path-state.ts'
import { refusalLogIn } from '../refusals/refusal.ts'
import { registryIn } from '../registry/members.ts'
import { type GatewayEnv, masterKeysOf } from './env.ts'

export interface GatewayHealth {
  /** Of the gateway itself: deliveries get 503. Null if all is well. */
  readonly own: 'setup_incomplete' | 'secrets_unreadable' | null
  /** Of what comes after it: deliveries get 200, and wait. */
  readonly path: PathProblem | null
}

/** An isolate asks the objects this seldom, since anyone can ask for the health. */
const FRESH_MS = 30_000

/** A monitor waits for some seconds. */
const ANSWER_MAX_MS = 3_000

/** A part that does not answer is not judged: cached sources go on working without the registry. */
export function healthCheck(): (env: GatewayEnv, nowMs: number) => Promise<GatewayHealth> {
  let known: { readonly health: GatewayHealth; readonly atMs: number } | undefined
  return async (env, nowMs) => {
    if (known === undefined || Math.abs(nowMs - known.atMs) >= FRESH_MS) {
      // First of all, so that others who ask meanwhile get the last answer.
      known = { health: known?.health ?? { own: null, path: null }, atMs: nowMs }
      const [own, path] = await Promise.all([ownProblem(env), pathProblem(env, nowMs)])
      known = { health: { own, path }, atMs: nowMs }
    }
    return known.health
  }
}

async function ownProblem(env: GatewayEnv): Promise<GatewayHealth['own']> {
  try {
    masterKeysOf(env)
    const { unreadable } = await registryIn(env).masterKeys.state()
    return unreadable.includes('secrets') ? 'secrets_unreadable' : null
  } catch (cause) {
    return cause instanceof SetupError ? 'setup_incomplete' : null
  }
}

async function pathProblem(env: GatewayEnv, nowMs: number): Promise<GatewayHealth['path']> {
  const orNull = async <T>(ask: () => Promise<T>): Promise<T | null> => {
    try {
      return await inTime(ask(), ANSWER_MAX_MS)
    } catch {
      return null
    }
  }
  const [path, queue] = await Promise.all([
    orNull(() => refusalLogIn(env).path()),
    orNull(() => env.EVENTS.metrics()),
  ])
  if (path === null) return null
  const oldestMs = queue?.oldestMessageTimestamp?.getTime() ?? 0
  return pathProblems(path, oldestMs > 0 ? oldestMs : null, nowMs)[0]?.problem ?? null
}
