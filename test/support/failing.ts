/** Bindings that fail where a test says: the consumer's every reach to the outside, counted. */
import type { ConsumerDeps } from '../../src/consumer/deps.ts'

export interface FaultPlan {
  /** Which reach fails, counted from 1 over all of them. */
  readonly at: number
  /** `before`: nothing has happened; `after`: it has, but the answer is lost. */
  readonly when: 'before' | 'after'
  /** `once`: a hiccup; `for good`: the process is dead, and nothing after it happens either. */
  readonly lasts: 'once' | 'for good'
}

export class Injected extends Error {
  override readonly name = 'Injected'
}

export interface Reaches {
  /** What was reached for, in order. */
  readonly made: string[]
  readonly reach: <T>(what: string, act: () => T) => T
}

/** Counts reaches, and fails as planned. */
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
      // What follows a death is never done at all.
      if (plan?.when === 'before' || nr > (plan?.at ?? 0)) throw new Injected(`${what} was not done`)
      const result = act()
      const lost = () => {
        throw new Injected(`the answer of ${what} was lost`)
      }
      return result instanceof Promise ? (result.then(lost) as typeof result) : lost()
    },
  }
}

/** The deps with D1, R2 and the network behind the plan. Statements may be run through `batch` only. */
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
      delete: async (key) => reach('R2 delete', () => deps.large.delete(key)),
    },
    fetch: async (input, init) => reach('fetch', () => deps.fetch(input, init)),
  }
}

/** The message with its settlement behind the plan. */
export const failingMessage = (message: Message, { reach }: Reaches): Message => ({
  id: message.id,
  timestamp: message.timestamp,
  body: message.body,
  attempts: message.attempts,
  ack: () => reach('ack', () => message.ack()),
  retry: (options) => reach('retry', () => message.retry(options)),
})
