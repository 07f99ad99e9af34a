/** How many requests deliveries may cause. */
import { OUTBOUND_TIMEOUT_MS } from '../../platform/outbound.ts'

/** Lets so many requests through in a span of time, whoever asks: what strangers cause is bounded by time. */
export class Budget {
  readonly #max: number
  readonly #spanSeconds: number
  #startSeconds = 0
  #spent = 0

  constructor(max: number, spanSeconds: number) {
    this.#max = max
    this.#spanSeconds = spanSeconds
  }

  spend(nowSeconds: number): boolean {
    // A clock that went back starts a new span, too.
    const age = nowSeconds - this.#startSeconds
    if (age < 0 || age >= this.#spanSeconds) {
      this.#startSeconds = nowSeconds
      this.#spent = 0
    }
    if (this.#spent >= this.#max) return false
    this.#spent++
    return true
  }
}

/** One request for all who want the same thing at the same time. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Promise<T>>()
  readonly #patienceMs: number

  /** @param patienceMs how long to wait for another's request; its owner may be gone, and the request with it */
  constructor(patienceMs: number = OUTBOUND_TIMEOUT_MS + 500) {
    this.#patienceMs = patienceMs
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
