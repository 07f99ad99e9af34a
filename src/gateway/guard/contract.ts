/** Requests and answers of a guard, in whichever store it is. There is one guard a source and shard. */

/** How long a reservation holds without a settle: longer than any delivery takes, shorter than an ESP's next attempt. */
export const LEASE_SECONDS = 60

/** A claim is remembered for this many replay windows: a signature from the future edge of the window stays valid for two. */
export const MEMORY_WINDOWS = 2

/** While one copy is in flight, the others are told to retry after this time. */
export const COME_BACK_SECONDS = 5

export interface AdmitRequest {
  readonly nowMs: number
  /** 32 hex digits, made of verified material only; see `claim.ts`. */
  readonly fingerprint: string
  /** 32 hex digits of the body's digest if the identity may be used for one body only; else empty. */
  readonly body: string
  /** This shard's part of the source's quota. */
  readonly limitPerMinute: number
  /** How long a settled claim is remembered: {@link MEMORY_WINDOWS} replay windows. */
  readonly memorySeconds: number
  /** When the sender signed, in Unix seconds; 0 if the proof covers no time. */
  readonly signedAtSeconds: number
}

/** `sourceVersion` is the newest version of the source that this guard knows from the registry; 0 if it knows none. */
export type AdmitAnswer = { readonly sourceVersion: number } & (
  | { readonly verdict: 'admitted'; readonly lease: number }
  | { readonly verdict: 'duplicate' }
  /** A copy is in flight and may still fail. */
  | { readonly verdict: 'in_flight'; readonly retryAfterSeconds: number }
  /** The identity was used before with another body. */
  | { readonly verdict: 'token_reused' }
  /** A single-use identity that was signed earlier than the guard remembers: it may have been used. */
  | { readonly verdict: 'too_old'; readonly windowSeconds: number }
  | { readonly verdict: 'rate_limited'; readonly retryAfterSeconds: number }
)

export interface SettleRequest {
  readonly fingerprint: string
  /** As `admit` returned it. A lease that expired and was given to another delivery is not settled by the first. */
  readonly lease: number
  /** True once the queue has every event. False releases the claim and its place in the quota. */
  readonly kept: boolean
  /** The settle may wait for the next call to the guard, and its write for the next group of writes. */
  readonly deferrable?: boolean
}

/** A settle of a kept claim that is piggybacked on a call with other deliveries' admits. */
export type DeferredSettle = Pick<SettleRequest, 'fingerprint' | 'lease'>

export interface GuardApi {
  admit(request: AdmitRequest): Promise<AdmitAnswer>
  /** False if the caller waits until the claim is durable, and it is not: the guard was restarted since, and the lease is lost. */
  settle(request: SettleRequest): Promise<boolean>
  /** Stores the newest version of the source. */
  learn(sourceVersion: number): Promise<void>
}
