/**
 * Deduplicates concurrent calls by key. Requests of an isolate share a call, so it may be lost with the request that made it.
 * Each request that joins a call therefore waits with a timeout of its own. The timer also tells the runtime that the request is
 * not hung.
 */
import { OUTBOUND_TIMEOUT_MS } from './bounded-request.ts'

export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()
  readonly #patienceMs: number

  /** @param patienceMs how long to wait for a call of another request, which may have ended */
  constructor(patienceMs: number = OUTBOUND_TIMEOUT_MS + 500) {
    this.#patienceMs = patienceMs
  }

  /** Whether a call for this key is in flight, so that `run` would join it. */
  isUnderWay(key: string): boolean {
    return this.#flights.has(key)
  }

  /** @param late the result after a timeout; the next request starts a new call */
  async run(key: string, start: () => Promise<T>, late: T): Promise<T> {
    const flight = this.#flights.get(key)
    if (flight !== undefined) return this.#join(key, flight, late)
    const own = start()
    this.#flights.set(key, own)
    try {
      return await own
    } finally {
      this.#forget(key, own)
    }
  }

  async #join(key: string, flight: Promise<T>, late: T): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<T>((resolve) => {
      timer = setTimeout(() => {
        this.#forget(key, flight)
        resolve(late)
      }, this.#patienceMs)
    })
    try {
      return await Promise.race([flight, timeout])
    } finally {
      clearTimeout(timer)
    }
  }

  #forget(key: string, flight: Promise<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
