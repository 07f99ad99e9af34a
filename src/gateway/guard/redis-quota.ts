/**
 * A source's quota in Redis, by @upstash/ratelimit: two counters, of this minute and of the one before, which counts in part, as
 * much of it as the last sixty seconds still reach into. It is an estimate: as many as the limit in a minute of the clock and
 * never more, but up to twice as many in sixty seconds across two of them, where the object counts every second.
 *
 * The library goes by the system's clock.
 */
import { Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis/cloudflare'
import type { Place } from './window.ts'

const WINDOW_SECONDS = 60

export class RedisQuota {
  readonly #redis: Redis
  readonly #prefix: string

  /** @param prefix of the keys, deployment and source in it */
  constructor(redis: Redis, prefix: string) {
    this.#redis = redis
    this.#prefix = prefix
  }

  /**
   * Takes one place, or says in how many seconds the minute is over.
   *
   * @throws whenever Redis has not decided: what a silent Redis means is not the library's to say
   */
  async take(counter: string, limitPerMinute: number, nowMs: number): Promise<Place> {
    const { success, reset, reason } = await this.#limiter(limitPerMinute).limit(counter)
    if (reason !== undefined) throw new QuotaUndecided()
    if (success) return { taken: true }
    const seconds = Math.ceil((reset - nowMs) / 1_000)
    return { taken: false, retryAfterSeconds: Math.min(WINDOW_SECONDS, Math.max(1, seconds)) }
  }

  /**
   * Gives a place back. The library takes it off the minute that runs now, not off the one in which it was taken: given back
   * after the turn of the minute it frees the whole place at once, though the old minute would have freed it bit by bit.
   */
  async giveBack(counter: string): Promise<void> {
    // Nothing is compared with the limit on this way.
    await this.#limiter(1).limit(counter, { rate: -1 })
  }

  #limiter(limitPerMinute: number): Ratelimit {
    return new Ratelimit({
      redis: this.#redis,
      prefix: this.#prefix,
      limiter: Ratelimit.slidingWindow(limitPerMinute, `${WINDOW_SECONDS} s`),
      // Zero is never. After its own time (5 s) the library would admit; here the client's time ends in a fault,
      // and the source's `whenGuardDown` decides.
      timeout: 0,
      // Were a limiter kept, it would refuse in this isolate until the minute ends, whatever is given back meanwhile.
      ephemeralCache: false,
      enableTelemetry: false,
    })
  }
}

/** The library answered without having asked Redis. */
class QuotaUndecided extends Error {
  override readonly name = 'QuotaUndecided'
}
