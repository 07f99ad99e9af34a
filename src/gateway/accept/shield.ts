/**
 * The failed-proof shield: once the edge's limiter has seen too many failed proofs from an address, its further ones cost
 * neither a log line nor a place in the watch. Its proven deliveries still pass: an attacker may share an ESP's addresses.
 */

const SHIELDED_SECONDS = 60
const ADDRESSES_MAX = 10_000

export class Shield {
  readonly #limit: (address: string) => Promise<boolean>
  readonly #untilMs = new Map<string, number>()

  /** @param limit counts one failed proof of an address; false when there were too many */
  constructor(limit: (address: string) => Promise<boolean>) {
    this.#limit = limit
  }

  /** Counts a failed proof. True when the address is shielded, this time included. */
  async noteFailure(address: string | null, nowMs: number): Promise<boolean> {
    if (address === null) return false
    if ((this.#untilMs.get(address) ?? 0) > nowMs) return true
    // A limiter that is down shields nobody: refusals stay bounded by the reporter.
    if (await this.#limit(address).catch(() => true)) return false
    if (this.#untilMs.size >= ADDRESSES_MAX) this.#untilMs.clear()
    this.#untilMs.set(address, nowMs + SHIELDED_SECONDS * 1_000)
    return true
  }

  get retryAfterSeconds(): number {
    return SHIELDED_SECONDS
  }
}
