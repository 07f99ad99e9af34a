/**
 * Limits the outbound requests that unverified deliveries can cause. Each source has its own budget, so strangers at one source
 * do not affect another. Within a source, client networks share the budget. Networks from which the source accepted deliveries
 * have a separate share that strangers cannot spend.
 */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { networkOf } from '../accept/client.ts'
import type { SchemeContext } from './scheme.ts'

/** The number of sources that an isolate caches, see `accept/sources.ts`. */
const SOURCES_MAX = 2_000

/** If the edge gives no client address, all clients count as one network. */
const UNKNOWN_NETWORK = 'unknown'

type Context = Pick<SchemeContext, 'source' | 'client' | 'clientMemory' | 'nowSeconds'>

/** Whether this isolate remembers an accepted delivery of this source from the client's network. */
export const isFromVerifiedNetwork = ({ source, client, clientMemory }: Context): boolean =>
  clientMemory.isVerified(source, networkOf(client.address) ?? UNKNOWN_NETWORK)

/** The requests allowed in a time span, divided between networks. */
class Share {
  readonly #max: number
  readonly #spanSeconds: number
  #startSeconds = 0
  #left = 0
  readonly #spent = new Map<string, number>()

  constructor(max: number, spanSeconds: number) {
    this.#max = max
    this.#spanSeconds = spanSeconds
  }

  /**
   * A network may spend at most as many requests as are then left for the others. A single network gets half. If a few networks
   * spend all they can, one request is still left for a new network. Memory is bounded by the number of requests.
   */
  spend(network: string, nowSeconds: number): boolean {
    // If the clock went back, a new span starts, too.
    const ageSeconds = nowSeconds - this.#startSeconds
    if (ageSeconds < 0 || ageSeconds >= this.#spanSeconds) {
      this.#startSeconds = nowSeconds
      this.#left = this.#max
      this.#spent.clear()
    }
    const spent = this.#spent.get(network) ?? 0
    if (spent >= this.#left) return false
    this.#left -= 1
    this.#spent.set(network, spent + 1)
    return true
  }
}

/** The budget of one source: `max` requests in a span for strangers, and `max` for verified networks. */
export class SourceBudget {
  readonly #strangers: Share
  readonly #verified: Share

  constructor(max: number, spanSeconds: number) {
    this.#strangers = new Share(max, spanSeconds)
    this.#verified = new Share(max, spanSeconds)
  }

  /** Spends one request. False if none is left for this client. */
  spend(context: Context): boolean {
    const { source, client, clientMemory, nowSeconds } = context
    const network = networkOf(client.address) ?? UNKNOWN_NETWORK
    const isVerified = clientMemory.isVerified(source, network)
    return (
      (isVerified && this.#verified.spend(network, nowSeconds)) || this.#strangers.spend(network, nowSeconds)
    )
  }
}

/** A budget for each source. */
export class SourceBudgets {
  readonly #max: number
  readonly #spanSeconds: number
  readonly #budgets = new BoundedMap<string, SourceBudget>(SOURCES_MAX)

  constructor(max: number, spanSeconds: number) {
    this.#max = max
    this.#spanSeconds = spanSeconds
  }

  /** @param server the target, if the source's requests go to several servers; each has its own budget */
  spend(context: Context, server = ''): boolean {
    // A source name contains no space.
    const key = `${context.source} ${server}`
    let budget = this.#budgets.get(key)
    if (budget === undefined) {
      budget = new SourceBudget(this.#max, this.#spanSeconds)
      this.#budgets.set(key, budget)
    }
    return budget.spend(context)
  }
}
