/**
 * The failure rate limiter. It limits a client (an IPv4 address, an IPv6 /64) and the site around it (/24, /48). Past the limit,
 * further failures cause no log line and no entry in the refusal log. Verified deliveries still pass: an attacker may share an ESP's
 * addresses.
 */
import { CLIENT_BITS, SITE_BITS, networkAround } from '../../platform/network.ts'

export const LIMITED_SECONDS = 60
const NETWORKS_MAX = 10_000

/** Counts one failure of a network. False if there were too many. */
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

  /** Counts a failure. True if its client or site is limited, by this failure or before. */
  async noteFailure(address: string | null, nowMs: number): Promise<boolean> {
    if (this.isLimited(address, nowMs)) return true
    const counted = this.#networksOf(address)
    const passed = await Promise.all(
      // If the limiter is down, nobody is limited. The reporter still bounds what refusals cost.
      counted.map(({ network, limit }) => limit(network).catch(() => true)),
    )
    const over = counted.filter((_, i) => passed[i] === false)
    for (const { network } of over) this.#limit(network, nowMs)
    return over.length > 0
  }

  #limit(network: string, nowMs: number): void {
    if (this.#untilMs.size >= NETWORKS_MAX) this.#untilMs.clear()
    this.#untilMs.set(network, nowMs + LIMITED_SECONDS * 1_000)
  }

  /** Whether this isolate knows that the client or its site is limited. Counts nothing. */
  isLimited(address: string | null, nowMs: number): boolean {
    return this.#networksOf(address).some(({ network }) => (this.#untilMs.get(network) ?? 0) > nowMs)
  }

  /** The networks that an address counts for, each with its limit. None if it is no address. */
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
