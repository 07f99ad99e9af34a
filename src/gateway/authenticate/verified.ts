/** A delivery that has been verified. Only `authenticate/index.ts` makes one; every later stage requires one. */
import type { Delivery } from '../../providers/shared/presented-credentials.ts'

declare const verified: unique symbol

export interface Verified {
  readonly delivery: Delivery
  /** The methods that verified it, by name. */
  readonly methods: readonly string[]
  readonly claim: ClaimMaterial
  /** When the sender signed, in Unix seconds; undefined if no signature covers a time. */
  readonly signedAtSeconds: number | undefined
  /** Whether the proof covers the whole body. */
  readonly coversBody: boolean
  /** Headers whose values the proof covers, by lower-case name. */
  readonly verifiedHeaders: ReadonlyMap<string, string>
  /** Whether a proof of this kind may need a request to another server. */
  readonly mayCauseRequests: boolean
  readonly [verified]: true
}

/** Input of the replay claim: verified bytes only. */
export interface ClaimMaterial {
  readonly identity: readonly Uint8Array[]
  readonly singleUse: boolean
}
