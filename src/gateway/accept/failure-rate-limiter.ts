/**
 * The failure limit: once the edge's limiter has seen too many failures of a client (an IPv4 address, an IPv6 /64) or of the site
 * around it (/24, /48), further ones cost neither a log line nor a place in the watch. Verified deliveries still pass: an
 * attacker may share an ESP's addresses.
 */
import { CLIENT_BITS, SITE_BITS, networkAround } from '../../platform/network.ts'

export const LIMITED_SECONDS = 60
const NETWORKS_MAX = 10_000

/** Counts one failure of a network; false when there were too many. */
type Limit = (network: string) => Promise<boolean>

export class FailureRateLimiter {
  readonly #limits: readonly (readonly [bits: Readonly<Record<4 | 6, number>>, limit: Limit])[]
  readonly #untilMs = new Map<string, number>()

  /** @param limitSite has a larger bound: neighbors share it */
  constructor(limitClient: Limit, limitSite: Limit) {
    this.#limits = [
      [CLIENT_BITS, limitClient],
      [SITE_BITS, limitSite],
    ]
  }

  /** Counts a failure. True when its client or site is shielded, this time included. */
  async noteFailure(address: string | null, nowMs: number): Promise<boolean> {
    if (this.isShielded(address, nowMs)) return true
    const counted = this.#networksOf(address)
    const passed = await Promise.all(
      // A limiter that is down shields nobody: refusals stay bounded by the reporter.
      counted.map(({ network, limit }) => limit(network).catch(() => true)),
    )
    const over = counted.filter((_, i) => passed[i] === false)
    for (const { network } of over) this.#failureLimiter(network, nowMs)
    return over.length > 0
  }

  #failureLimiter(network: string, nowMs: number): void {
    if (this.#untilMs.size >= NETWORKS_MAX) this.#untilMs.clear()
    this.#untilMs.set(network, nowMs + LIMITED_SECONDS * 1_000)
  }

  /** Whether the client or its site has had too many failures, as far as this isolate knows. Counts nothing. */
  isShielded(address: string | null, nowMs: number): boolean {
    return this.#networksOf(address).some(({ network }) => (this.#untilMs.get(network) ?? 0) > nowMs)
  }

  /** The networks that an address counts for, each with its limit; none where it is no address. */
  #networksOf(address: string | null): { readonly network: string; readonly limit: Limit }[] {
    return this.#limits.flatMap(([bits, limit]) => {
      const network = networkAround(address ?? '', bits)
      return network === undefined ? [] : [{ network, limit }]
    })
  }

  get retryAfterSeconds(): number {
    return LIMITED_SECONDS
  }
}
