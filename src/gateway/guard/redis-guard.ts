/**
 * The guard in Redis, with the same answers as the object. It is a failover or a source's first store.
 *
 * `admit` is one round trip for a copy and two for a new delivery: the claim, then a place in the quota. One script cannot do both,
 * since the library has its own for the sliding window. They are not concurrent: a copy would then take a place for a moment, and a
 * genuine delivery could be refused.
 */
import type { Redis } from '@upstash/redis/cloudflare'
import * as v from 'valibot'
import { claimKey, quotaPrefix, versionKey } from '../../platform/redis-keys.ts'
import { publishVersion } from '../../registry/propagation/redis-versions.ts'
import { placeOf } from './claim.ts'
import {
  type AdmitAnswer,
  type AdmitRequest,
  COME_BACK_SECONDS,
  type GuardApi,
  LEASE_SECONDS,
  type SettleRequest,
} from './contract.ts'
import { RedisQuota } from './redis-quota.ts'
import { RESERVE, SETTLE } from './redis-scripts.ts'

const ReservedSchema = v.tuple([
  v.picklist(['reserved', 'duplicate', 'in_flight', 'token_reused']),
  v.pipe(v.string(), v.regex(/^[0-9]{1,15}$/), v.transform(Number)),
])

export class RedisGuard implements GuardApi {
  readonly #redis: Redis
  readonly #namespace: string
  readonly #source: string
  readonly #shard: string
  readonly #quota: RedisQuota

  /** @param guard the object's name: source and shard */
  constructor(redis: Redis, namespace: string, guard: string) {
    this.#redis = redis
    this.#namespace = namespace
    const { source, shard } = placeOf(guard)
    this.#source = source
    this.#shard = shard
    this.#quota = new RedisQuota(redis, quotaPrefix(namespace, source))
  }

  /** @throws if Redis does not answer, or answers in an unknown form */
  async admit(request: AdmitRequest): Promise<AdmitAnswer> {
    const lease = newLease()
    const [word, sourceVersion] = await this.#reserve(lease, request)
    if (word === 'in_flight') return { sourceVersion, verdict: word, retryAfterSeconds: COME_BACK_SECONDS }
    if (word !== 'reserved') return { sourceVersion, verdict: word }

    const { fingerprint, limitPerMinute, nowMs } = request
    let taken = false
    try {
      const place = await this.#quota.take(this.#shard, limitPerMinute, nowMs)
      taken = place.taken
      return place.taken
        ? { sourceVersion, verdict: 'admitted', lease }
        : { sourceVersion, verdict: 'rate_limited', retryAfterSeconds: place.retryAfterSeconds }
    } finally {
      // If this fails too, the lease expires. Until then the sender is told to retry.
      if (!taken) await this.#settle({ fingerprint, lease, kept: false }).catch(() => false)
    }
  }

  /** @throws if Redis does not answer: the lease then expires, and one more copy may be admitted */
  async settle(request: SettleRequest): Promise<boolean> {
    const held = await this.#settle(request)
    if (held && !request.kept) await this.#quota.release(this.#shard)
    return held || !request.kept || request.deferrable === true
  }

  learn(sourceVersion: number): Promise<void> {
    return publishVersion(this.#redis, this.#namespace, this.#source, sourceVersion)
  }

  async #reserve(lease: number, { nowMs, fingerprint, body, memorySeconds }: AdmitRequest) {
    const leaseMs = LEASE_SECONDS * 1_000
    const answer = await this.#redis
      .createScript(RESERVE)
      .exec(
        [this.#claimKey(fingerprint), versionKey(this.#namespace, this.#source)],
        [lease, nowMs, nowMs + leaseMs, leaseMs, memorySeconds * 1_000, body].map(String),
      )
    return v.parse(ReservedSchema, answer)
  }

  async #settle({ fingerprint, lease, kept }: SettleRequest): Promise<boolean> {
    const answer = await this.#redis
      .createScript(SETTLE)
      .exec([this.#claimKey(fingerprint)], [String(lease), kept ? 'keep' : 'give_back'])
    return answer === 1
  }

  #claimKey(fingerprint: string): string {
    return claimKey(this.#namespace, this.#source, fingerprint)
  }
}

/** Random, since many gateways share one Redis. With 48 bits two leases of one fingerprint are not equal. */
const newLease = (): number =>
  crypto.getRandomValues(new Uint16Array(3)).reduce((number, part) => number * 2 ** 16 + part, 0)
