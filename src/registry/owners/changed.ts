/** The results of changes of sources, destinations and channels. Types only. */
import type { UnreachedGuard } from '../../api/sources.ts'
import type { LinkRequest } from '../rotation/contract.ts'
import type { NotChanged } from '../sources/source.ts'

/** Context of a change besides the document. */
export interface PutOptions {
  /** Hosts of this installation. Nothing must be sent to them. */
  readonly ownHosts?: readonly string[]
  /** A link to a secret, in case that this change generates one that a person has to fetch. */
  readonly link?: LinkRequest
}

export interface Changed<Owner> {
  readonly ok: true
  readonly created: boolean
  /** False if there was nothing to change. */
  readonly changed: boolean
  /** The owner after the change; one that was removed, as it was. */
  readonly owner: Owner
  /** The version of the secret that was created or changed; null when the whole owner was. */
  readonly version: number | null
  /** The requested link; null if Postern did not generate the value, or sets it at the ESP. */
  readonly link: { readonly endsAtMs: number } | null
  readonly unreached: readonly UnreachedGuard[]
}

export type ChangeResult<Owner> = Changed<Owner> | NotChanged
