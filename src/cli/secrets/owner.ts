import type { destinationSecretRoutes, sourceSecretRoutes } from '../../api/secrets.ts'
import type { Api } from '../connection/api.ts'

/** Owner of secrets with versions, in words: a source or a destination. Their life cycle is the same. */
export interface SecretOwner {
  /** How its commands begin: `postern secrets`. */
  readonly command: string
  /** The argument that names it. */
  readonly argument: readonly [term: string, description: string]
  /** A name and a slot, for examples. */
  readonly example: readonly [name: string, slot: string]
  readonly routes: typeof sourceSecretRoutes | typeof destinationSecretRoutes
  /** Effect of old versions during the grace period: "are accepted". */
  readonly goOn: string
  /** Consequence of the end of a version. */
  readonly ends: string
  /** Purpose of a secret: "to verify deliveries". */
  readonly purpose: string
  /** Tells whoever brings a value of the slot, before it is typed. */
  readonly hintOf?: (api: Api, name: string, slot: string) => Promise<readonly string[]>
  /** Asks before these values end. */
  readonly question: (values: string) => string
}

export const SLOT = ['<SLOT>', 'the slot, by its name in the document'] as const
export const VERSION = ['<VERSION>', 'the number of the version, as in the list'] as const
export const VERSIONS_MAX = 999_999_999
