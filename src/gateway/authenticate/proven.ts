/** A delivery that has been proven. Only `authenticate/index.ts` makes one; everything downstream asks for one. */
import type { Delivery } from '../../providers/evidence.ts'

declare const proven: unique symbol

export interface Proven {
  readonly delivery: Delivery
  /** The methods that proved it, by name. */
  readonly methods: readonly string[]
  readonly claim: ClaimMaterial
  /** When the sender signed, in Unix seconds; undefined where nothing signs a time. */
  readonly signedAtSeconds: number | undefined
  /** Whether the proof covers the whole body. */
  readonly coversBody: boolean
  /** Headers whose values the proof covers, by lower-case name. */
  readonly provenHeaders: ReadonlyMap<string, string>
  /** Whether a proof of this kind may need a request to another server. */
  readonly mayCauseRequests: boolean
  readonly [proven]: true
}

/** What the replay claim is made of: proven bytes only. */
export interface ClaimMaterial {
  readonly identity: readonly Uint8Array[]
  readonly singleUse: boolean
}
