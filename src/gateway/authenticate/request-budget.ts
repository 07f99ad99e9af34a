/**
 * How many requests deliveries may cause before they are verified. Each source has a budget of its own, so a stranger at one source
 * costs another source nothing. Within a source the requests are divided between client networks, and networks from which
 * deliveries of the source were accepted have a share that strangers cannot spend.
 */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { networkOf } from '../accept/client.ts'
import type { SchemeContext } from './scheme.ts'

/** As many as an isolate caches, see `accept/sources.ts`. */
const SOURCES_MAX = 2_000

/** Where the edge tells no address, all clients are one network. */
const UNKNOWN_NETWORK = 'unknown'

type Context = Pick<SchemeContext, 'source' | 'client' | 'clientMemory' | 'nowSeconds'>

/** Whether a delivery of this source was accepted from the client's network, as far as this isolate remembers. */
export const isFromVerifiedNetwork = ({ source, client, clientMemory }: Context): boolean =>
  clientMemory.isVerified(source, networkOf(client.address) ?? UNKNOWN_NETWORK)

/** The requests of a span of time, divided between networks. */
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
   * A network may spend as many requests as are left for the others: alone it gets half, and beside a few that take all they can
   * there is still one for a network that has spent none. Memory is bounded by the number of requests.
   */
  spend(network: string, nowSeconds: number): boolean {
    // A clock that went back starts a new span, too.
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

/** One source's budget: so many requests in a span for strangers, and as many for networks that were verified. */
export class SourceBudget {
  readonly #strangers: Share
  readonly #verified: Share

  constructor(max: number, spanSeconds: number) {
    this.#strangers = new Share(max, spanSeconds)
    this.#verified = new Share(max, spanSeconds)
  }

  /** Takes one request of the budget. False where nothing is left for this client. */
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

  /** @param server where a source's requests go to several servers, each with a budget of its own */
  spend(context: Context, server = ''): boolean {
    // No source has a space in its name.
    const key = `${context.source} ${server}`
    let budget = this.#budgets.get(key)
    if (budget === undefined) {
      budget = new SourceBudget(this.#max, this.#spanSeconds)
      this.#budgets.set(key, budget)
    }
    return budget.spend(context)
  }
}
