/** Requests that a delivery may cause: bounded in time, size and number, and never led elsewhere. */
import { type Bytes, concat } from '../../platform/bytes.ts'

/** ESPs wait 5 s and more for an answer; a dependency that takes longer than this counts as down. */
export const OUTBOUND_TIMEOUT_MS = 3_000

export type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: Bytes }
  | { readonly kind: 'too_large' }
  /** No answer in time, or one that says that the server is in trouble (429, 5xx). */
  | { readonly kind: 'unavailable' }

/** Sends one request. A redirect is an answer like any other and is not followed. */
export async function request(
  fetcher: typeof fetch,
  url: string,
  init: RequestInit,
  maxBytes: number,
  timeoutMs: number = OUTBOUND_TIMEOUT_MS,
): Promise<Answer> {
  const abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => {
      resolve({ kind: 'unavailable' })
      abort.abort()
    }, timeoutMs)
  })
  const answer = exchange(fetcher, url, { ...init, redirect: 'manual', signal: abort.signal }, maxBytes)
  try {
    return await Promise.race([answer, timeout])
  } finally {
    clearTimeout(timer)
  }
}

async function exchange(
  fetcher: typeof fetch,
  url: string,
  init: RequestInit,
  maxBytes: number,
): Promise<Answer> {
  try {
    const response = await fetcher(url, init)
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel()
      return { kind: 'unavailable' }
    }
    const body = await readCapped(response, maxBytes)
    return body === undefined ? { kind: 'too_large' } : { kind: 'answer', status: response.status, body }
  } catch {
    return { kind: 'unavailable' }
  }
}

/** Counts while reading: a length that is only announced proves nothing. */
async function readCapped(response: Response, maxBytes: number): Promise<Bytes | undefined> {
  const parts: Uint8Array[] = []
  let total = 0
  if (response.body === null) return new Uint8Array(0)
  const reader = response.body.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(parts)
    total += value.byteLength
    if (total > maxBytes) {
      await reader.cancel()
      return undefined
    }
    parts.push(value)
  }
}

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
