/**
 * How much of an isolate's memory bodies may hold that nobody has vouched for. An isolate has 128 MB, and whoever sends most of a
 * body and then waits holds what has come. A delivery for which there is no room is told to come back.
 *
 * Small bodies always find room beside large ones: these get none of the last third.
 */

const MIB = 1_048_576

/** All bodies of an isolate that are being read or judged. */
const ISOLATE_MAX_BYTES = 48 * MIB
/** No body grows past its first read while so much is held. */
const GROWTH_MAX_BYTES = 32 * MIB
/** The bodies of one network, two whole ones of the largest limit. */
const NETWORK_MAX_BYTES = 22 * MIB
/** From here on memory is scarce: bodies get little before they have sent something, and slow ones give way. */
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

  /** @param network of the client; unknown ones are bounded by what the isolate has */
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
  giveBack(network: string | undefined, bytes: number): void {
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

/** What one delivery holds, until it is verified or refused. */
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

  /** Whether there is room for the first read of a body. */
  takeFirst(bytes: number): boolean {
    return this.#take(bytes, ISOLATE_MAX_BYTES)
  }

  /** Whether there is room for a body that turns out to be larger. */
  takeMore(bytes: number): boolean {
    return this.#take(bytes, GROWTH_MAX_BYTES)
  }

  /** Gives everything back; a second time changes nothing. */
  release(): void {
    this.#memory.giveBack(this.#network, this.#bytes)
    this.#bytes = 0
  }

  #take(bytes: number, maxBytes: number): boolean {
    const taken = this.#memory.take(this.#network, bytes, maxBytes)
    if (taken) this.#bytes += bytes
    return taken
  }
}
