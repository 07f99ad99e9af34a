/** What the gateway asks a guard and what it answers, whichever store the guard lives in. One guard a source and shard. */

/** How long a reservation holds without being settled: longer than any delivery takes, shorter than an ESP's next try. */
export const LEASE_SECONDS = 60

/** Replay windows that a claim is remembered: a signature from the edge of the window ahead stays valid for two. */
export const MEMORY_WINDOWS = 2

/** While one copy is in flight, the others are told to come back after this. */
export const COME_BACK_SECONDS = 5

export interface AdmitRequest {
  readonly nowMs: number
  /** 32 hex digits made of verified material only; see `claim.ts`. */
  readonly fingerprint: string
  /** 32 hex digits of the body's digest where the identity may be used for one body only, else empty. */
  readonly body: string
  /** This shard's part of the source's quota. */
  readonly limitPerMinute: number
  /** How long a settled claim must be remembered: {@link MEMORY_WINDOWS} replay windows. */
  readonly memorySeconds: number
  /** When the sender signed, in Unix seconds; 0 where the proof covers no time. */
  readonly signedAtSeconds: number
}

/** `sourceVersion` is the newest version of the source that the registry has told this guard; 0 when it has told none. */
export type AdmitAnswer = { readonly sourceVersion: number } & (
  | { readonly verdict: 'admitted'; readonly lease: number }
  | { readonly verdict: 'duplicate' }
  /** A copy is on its way and may yet fail. */
  | { readonly verdict: 'in_flight'; readonly retryAfterSeconds: number }
  /** The identity came before around another body. */
  | { readonly verdict: 'token_reused' }
  /** A single-use identity that was signed before what the guard remembers: it may have been used. */
  | { readonly verdict: 'too_old'; readonly windowSeconds: number }
  | { readonly verdict: 'rate_limited'; readonly retryAfterSeconds: number }
)

export interface SettleRequest {
  readonly fingerprint: string
  /** As `admit` gave it: a lease that ran out and was taken by another is not settled by the first. */
  readonly lease: number
  /** True once the queue has every event; false gives the claim and its place in the quota back. */
  readonly kept: boolean
  /** It may reach the guard a moment later, and be written a moment after that. */
  readonly mayRide?: boolean
}

/** A claim that is kept and may reach the guard with somebody's question. */
export type Rider = Pick<SettleRequest, 'fingerprint' | 'lease'>

export interface GuardApi {
  admit(request: AdmitRequest): Promise<AdmitAnswer>
  settle(request: SettleRequest): Promise<void>
  learn(sourceVersion: number): Promise<void>
}
