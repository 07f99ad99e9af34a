/**
 * Counts the streams of one isolate that are open, and those of each actor: nobody holds most of the places. A stream holds a place
 * while it asks the store. The runtime may drop a stream whose client is gone without a word, so a place ends by itself.
 */
const STREAMS_MAX = 20
const ACTOR_STREAMS_MAX = 5
/** A stream asks each second, unless its client does not read. */
const PLACE_MS = 10_000

/** A place of an open stream. */
export interface Place {
  /** Call it each time that the stream asks the store. */
  readonly hold: (nowMs: number) => void
  readonly leave: () => void
}

export class OpenStreams {
  readonly #places = new Map<symbol, { readonly actor: string; readonly seenMs: number }>()

  /** A place for one more stream; undefined if there is none. */
  open(actor: string, nowMs: number): Place | undefined {
    for (const [stream, { seenMs }] of this.#places)
      if (nowMs - seenMs > PLACE_MS) this.#places.delete(stream)
    const own = [...this.#places.values()].filter((place) => place.actor === actor)
    if (this.#places.size >= STREAMS_MAX || own.length >= ACTOR_STREAMS_MAX) return undefined
    const stream = Symbol('stream')
    const hold = (seenMs: number) => void this.#places.set(stream, { actor, seenMs })
    hold(nowMs)
    return { hold, leave: () => void this.#places.delete(stream) }
  }
}
