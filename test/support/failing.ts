/** Bindings that fail at a chosen call. All calls of the consumer to its dependencies are counted. */
import { env } from 'cloudflare:workers'
import type { ConsumerDeps } from '../../src/consumer/deps.ts'

export interface FaultPlan {
  /** Which call fails, counted from 1. */
  readonly at: number
  /** `before`: the call was not made; `after`: it was made, but its response is lost. */
  readonly when: 'before' | 'after'
  /** `once`: one call fails; `for good`: the process is dead, and all later calls fail too. */
  readonly lasts: 'once' | 'for good'
}

export class Injected extends Error {
  override readonly name = 'Injected'
}

export interface Reaches {
  /** The calls, in order. */
  readonly made: string[]
  readonly reach: <T>(what: string, act: () => T) => T
}

/** Counts calls, and fails as planned. */
export function reaches(plan?: FaultPlan): Reaches {
  const made: string[] = []
  const isHit = (nr: number) =>
    plan !== undefined && (nr === plan.at || (plan.lasts === 'for good' && nr > plan.at))
  return {
    made,
    reach(what, act) {
      made.push(what)
      const nr = made.length
      if (!isHit(nr)) return act()
      // After a death, no call is made.
      if (plan?.when === 'before' || nr > (plan?.at ?? 0)) throw new Injected(`${what} was not done`)
      const result = act()
      const lost = () => {
        throw new Injected(`the answer of ${what} was lost`)
      }
      return result instanceof Promise ? (result.then(lost) as typeof result) : lost()
    },
  }
}

/** The dependencies, with D1 and R2 failing as planned. Statements may be run only through `batch`. */
export function failing(deps: ConsumerDeps, { reach }: Reaches): ConsumerDeps {
  const { db } = deps.store
  const watchedDb = {
    prepare: (sql: string) => db.prepare(sql),
    batch: async (statements: D1PreparedStatement[]) => reach('D1', () => db.batch(statements)),
  } as unknown as D1Database
  return {
    ...deps,
    store: { ...deps.store, db: watchedDb },
    large: {
      get: async (key: string) => reach('R2 get', () => deps.large.get(key)),
      put: env.LARGE.put.bind(env.LARGE),
      delete: async (key) => reach('R2 delete', () => deps.large.delete(key)),
    },
  }
}

/** The message, with its settlement failing as planned. */
export const failingMessage = (message: Message, { reach }: Reaches): Message => ({
  id: message.id,
  timestamp: message.timestamp,
  body: message.body,
  attempts: message.attempts,
  ack: () => reach('ack', () => message.ack()),
  retry: (options) => reach('retry', () => message.retry(options)),
})
