/**
 * A source's quota in Redis, by @upstash/ratelimit. It has two counters: one of this minute, and one of the minute before, weighted
 * by how much of it the last 60 seconds cover. It is an estimate. A minute of the clock never exceeds the limit, but 60 seconds
 * across two minutes may reach twice the limit. The object counts every second instead.
 *
 * The library reads the system's clock.
 */
import { Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis/cloudflare'
import type { Place } from './window.ts'

const WINDOW_SECONDS = 60

export class RedisQuota {
  readonly #redis: Redis
  readonly #prefix: string

  /** @param prefix of the keys; it holds deployment and source */
  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /**
   * Takes one place, or returns in how many seconds the minute is over.
   *
   * @throws if Redis has not decided: the source's policy applies then, not the library's
   */
  async take(counter: string, limitPerMinute: number, nowMs: number): Promise<Place> {
    const { success, reset, reason } = await this.#limiter(limitPerMinute).limit(counter)
    if (reason !== undefined) throw new QuotaUndecided()
    if (success) return { taken: true }
    const seconds = Math.ceil((reset - nowMs) / 1_000)
    return { taken: false, retryAfterSeconds: Math.min(WINDOW_SECONDS, Math.max(1, seconds)) }
  }

  /**
   * Releases a place. The library subtracts it from the current minute, not from the one in which it was taken. After the turn of
   * the minute this frees the whole place at once, instead of bit by bit.
   */
  async release(counter: string): Promise<void> {
    // A negative rate is not compared with the limit.
    await this.#limiter(1).limit(counter, { rate: -1 })
  }

  #limiter(limitPerMinute: number): Ratelimit {
    return new Ratelimit({
      redis: this.#redis,
      prefix: this.#prefix,
      limiter: Ratelimit.slidingWindow(limitPerMinute, `${WINDOW_SECONDS} s`),
      // Zero means no timeout: after 5 s the library would admit. Instead the client's timeout throws, and the source's
      // `whenGuardDown` decides.
      timeout: 0,
      // The cache would refuse in this isolate until the minute ends, even after a place is released.
      ephemeralCache: false,
      enableTelemetry: false,
    })
  }
}

/** The library answered without Redis. */
class QuotaUndecided extends Error {
  override readonly name = 'QuotaUndecided'
}
