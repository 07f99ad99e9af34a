/**
 * One question for all who want the same thing at the same time. Requests of an isolate share it, so it may be lost with the
 * request that asked it: whoever joins has a patience of their own, which also shows the runtime that they are not hung.
 */
import { OUTBOUND_TIMEOUT_MS } from './bounded-request.ts'

export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()
  readonly #patienceMs: number

  /** @param patienceMs how long to wait for another's question; its owner may be gone, and the answer with it */
  constructor(patienceMs: number = OUTBOUND_TIMEOUT_MS + 500) {
    this.#patienceMs = patienceMs
  }

  /** Whether somebody asks already, so that `run` would join. */
  isUnderWay(key: string): boolean {
    return this.#flights.has(key)
  }

  /** @param late what those get who waited in vain; whoever comes next starts anew */
  async run(key: string, start: () => Promise<T>, late: T): Promise<T> {
    const flight = this.#flights.get(key)
    if (flight !== undefined) return this.#join(key, flight, late)
    const own = start()
    this.#flights.set(key, own)
    try {
      return await own
    } finally {
      this.#land(key, own)
    }
  }

  async #join(key: string, flight: Promise<T>, late: T): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const timeout = new Promise<T>((resolve) => {
      timer = setTimeout(() => {
        this.#land(key, flight)
        resolve(late)
      }, this.#patienceMs)
    })
    try {
      return await Promise.race([flight, timeout])
    } finally {
      clearTimeout(timer)
    }
  }

  #land(key: string, flight: Promise<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}
