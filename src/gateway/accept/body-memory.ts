/**
 * Bounds the memory of unverified bodies. An isolate has 128 MB, and a client that sends most of a body and then waits holds the
 * memory of it. A delivery for which there is no room gets 503.
 *
 * Large bodies get none of the last third, so small ones always find room.
 */

const MIB = 1_048_576

/** All bodies of an isolate that are being read or verified. */
const ISOLATE_MAX_BYTES = 48 * MIB
/** While this much is held, no body grows past its first read. */
const GROWTH_MAX_BYTES = 32 * MIB
/** The bodies of one network: two of the largest size limit. */
const NETWORK_MAX_BYTES = 22 * MIB
/** From here on memory is scarce: a body gets little before bytes arrive, and a slow one is cancelled. */
const SCARCE_BYTES = 8 * MIB

/** Counts the bytes of one isolate, by client network. */
export class BodyMemory {
  #heldBytes = 0
  readonly #byNetwork = new Map<string, number>()

  get heldBytes(): number {
    return this.#heldBytes
  }

  get isScarce(): boolean {
    return this.#heldBytes >= SCARCE_BYTES
  }

  /** @param network of the client; an unknown one is bounded only by the isolate's limits */
  open(network: string | undefined): BodyShare {
    return new BodyShare(this, network)
  }

  /** For {@link BodyShare} alone. */
  take(network: string | undefined, bytes: number, maxBytes: number): boolean {
    const ofNetwork = this.#ofNetwork(network) + bytes
    if (this.#heldBytes + bytes > maxBytes) return false
    if (network !== undefined && ofNetwork > NETWORK_MAX_BYTES) return false
    this.#set(network, ofNetwork)
    this.#heldBytes += bytes
    return true
  }

  /** For {@link BodyShare} alone. */
  release(network: string | undefined, bytes: number): void {
    this.#set(network, this.#ofNetwork(network) - bytes)
    this.#heldBytes -= bytes
  }

  #ofNetwork(network: string | undefined): number {
    return network === undefined ? 0 : (this.#byNetwork.get(network) ?? 0)
  }

  #set(network: string | undefined, bytes: number): void {
    if (network === undefined) return
    if (bytes > 0) this.#byNetwork.set(network, bytes)
    else this.#byNetwork.delete(network)
  }
}

/** The memory of one delivery, until it is verified or refused. */
export class BodyShare {
  readonly #memory: BodyMemory
  readonly #network: string | undefined
  #bytes = 0

  constructor(memory: BodyMemory, network: string | undefined) {
    this.#memory = memory
    this.#network = network
  }

  get isScarce(): boolean {
    return this.#memory.isScarce
  }

  /** Takes memory for the first read of a body. @returns whether there was room */
  takeFirst(bytes: number): boolean {
    return this.#take(bytes, ISOLATE_MAX_BYTES)
  }

  /** Takes memory for a body that turns out to be larger. @returns whether there was room */
  takeMore(bytes: number): boolean {
    return this.#take(bytes, GROWTH_MAX_BYTES)
  }

  /** Gives everything back. A second call changes nothing. */
  release(): void {
    this.#memory.release(this.#network, this.#bytes)
    this.#bytes = 0
  }

  #take(bytes: number, maxBytes: number): boolean {
    const taken = this.#memory.take(this.#network, bytes, maxBytes)
    if (taken) this.#bytes += bytes
    return taken
  }
}
