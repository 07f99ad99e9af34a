/** Destinations, as the registry, the object that delivers and an operator see them. Types only. */
import type { SecretVersion, SlotRotation } from '../rotation/secret-version.ts'
import type { SealedSecret } from '../sources/source.ts'
import type { DestinationConfig } from './document.ts'

/** A destination as the registry sends it to the object that delivers: its secrets are sealed. */
export interface SealedDestination {
  readonly name: string
  /** Increases with every change of this destination. Never used again, even after a deletion. */
  readonly version: number
  readonly createdAtMs: number
  readonly config: DestinationConfig
  /**
   * Every secret that signs now, and the values of the headers. A generated secret signs from the start, before anybody has
   * fetched it: so the receiver can switch to it at any moment.
   */
  readonly secrets: readonly SealedSecret[]
}

/** A destination as the operator sees it. */
export interface DestinationView {
  readonly name: string
  readonly version: number
  readonly config: DestinationConfig
  /** Every version of every secret, sorted by slot and version. Never a value. */
  readonly secrets: readonly SecretVersion[]
  /** One for each slot of a secret that signs. */
  readonly rotations: readonly SlotRotation[]
  /** Ed25519 public keys (`whpk_…`) by `slot/version`; only where one destination is read. */
  readonly publicKeys?: Readonly<Record<string, string>>
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** The names of all destinations. */
export interface DestinationIndex {
  /** Increases with every change of any source or destination. */
  readonly version: number
  /** Null if nothing changed since the version that the caller knows. */
  readonly names: readonly string[] | null
}
