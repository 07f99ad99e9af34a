/**
 * Counts the streams of one isolate that are open. A stream holds a place while it asks the store. The runtime may drop a stream
 * whose client is gone without a word, so a place ends by itself.
 */
const STREAMS_MAX = 20
/** A stream asks each second, unless its client does not read. */
const PLACE_MS = 10_000

export class OpenStreams {
  readonly #seenMs = new Map<symbol, number>()

  /** A place for one more stream; undefined if there is none. Call the place each time that the stream asks the store. */
  open(nowMs: number): ((nowMs: number) => void) | undefined {
    for (const [stream, seenMs] of this.#seenMs) if (nowMs - seenMs > PLACE_MS) this.#seenMs.delete(stream)
    if (this.#seenMs.size >= STREAMS_MAX) return undefined
    const stream = Symbol('stream')
    const hold = (atMs: number) => void this.#seenMs.set(stream, atMs)
    hold(nowMs)
    return hold
  }
}
