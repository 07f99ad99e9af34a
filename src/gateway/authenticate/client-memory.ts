/** Memory of an isolate about clients. It decides who may cause requests, and authenticates nobody. */
import { BoundedMap } from '../../platform/bounded-map.ts'
import { networkOf } from '../accept/client.ts'

/** As many as an isolate caches, see `accept/sources.ts`. */
const SOURCES_MAX = 2_000

/** Networks of one source, the latest ones: an ESP sends from fewer. */
const NETWORKS_MAX = 64

export class ClientMemory {
  readonly #verified = new BoundedMap<string, BoundedMap<string, true>>(SOURCES_MAX)
  /** Whether failures of this address are rate limited at the time. */
  readonly isRateLimited: (address: string | null, nowMs: number) => boolean

  constructor(isRateLimited: (address: string | null, nowMs: number) => boolean) {
    this.isRateLimited = isRateLimited
  }

  /** For deliveries that the guard has admitted as new: a captured one that is sent again proves no network. */
  noteVerified(source: string, address: string | null): void {
    const network = networkOf(address)
    if (network === undefined) return
    const networks = this.#verified.get(source) ?? new BoundedMap(NETWORKS_MAX)
    this.#verified.set(source, networks)
    networks.set(network, true)
  }

  /** @param network as `networkOf` writes it */
  isVerified(source: string, network: string): boolean {
    return this.#verified.get(source)?.get(network) === true
  }
}
