/** Destinations, as the registry, the object that delivers and an operator see them, and the results of changes. Types only. */
import type { Who } from '../audit/entry.ts'
import type { LinkRequest, SecretChanged, SecretRequest } from '../rotation/contract.ts'
import type { SecretVersion, SlotRotation } from '../rotation/secret-version.ts'
import type { NotChanged, SealedSecret } from '../sources/source.ts'
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

/** Context of a change besides the document. */
export interface PutOptions {
  /** Hosts of this installation. Events must not be sent to them. */
  readonly ownHosts?: readonly string[]
  /** A link to a signing secret, in case that this change generates one. */
  readonly link?: LinkRequest
}

export type DestinationResult =
  | ({ readonly ok: true; readonly created: boolean; readonly destination: DestinationView } & SecretChanged)
  | NotChanged

/** The calls of the registry about destinations. */
export interface DestinationsApi {
  /**
   * Creates or replaces a destination. Without a signing secret, it keeps the stored one or gets a new one.
   *
   * @param document as the operator sent it, parsed from JSON
   * @param expectedVersion the version that the operator saw; 0 if the destination must not exist; null for any
   */
  putDestination(
    name: string,
    document: unknown,
    who: Who,
    expectedVersion: number | null,
    options?: PutOptions,
  ): Promise<DestinationResult>
  /** Returns the destination as it was. */
  removeDestination(name: string, who: Who, expectedVersion: number | null): Promise<DestinationResult>
  changeDestinationSecret(name: string, request: SecretRequest, who: Who): Promise<DestinationResult>
  destination(name: string): Promise<DestinationView | null>
  /** All destinations, by name. */
  destinations(): Promise<DestinationView[]>
  /** For the object that delivers. */
  loadDestination(name: string): Promise<SealedDestination | null>
  destinationIndex(knownVersion: number): Promise<DestinationIndex>
}
