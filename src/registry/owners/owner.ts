/** Owner of secrets: a source, or a destination. Their secrets have the same tables and the same lifecycle. */
import type { SecretVersion } from '../rotation/secret-version.ts'
import type { StoredSecret } from '../rotation/transitions.ts'
import type { CheckedValue } from '../secrets/index.ts'
import type { Secret } from '../sources/source.ts'

/** An owner as it is stored, with every version of its secrets. */
export interface Stored<Config> {
  readonly name: string
  readonly version: number
  readonly config: Config
  readonly secrets: readonly StoredSecret[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** Rules for changes of an owner and of its secrets. */
export interface OwnerRules<Config> {
  /** The owner's key in the tables about secrets: `shop`, or `destination/app`. No name holds a slash. */
  readonly keyOf: (name: string) => string
  /** The settings without secret parts, for the audit log. */
  readonly shown: (config: Config) => object
  readonly slots: (config: Config) => readonly string[]
  /** Validates a new value of a slot. */
  readonly check: (config: Config, slot: string, value: unknown) => Promise<CheckedValue>
  /** A new value, as an operator would enter it; `undefined` if Postern does not generate values of this slot. */
  readonly generate: (config: Config, slot: string, current: Secret | undefined) => unknown
  /** Whether a person has to fetch a generated value. Until then it is pending. */
  readonly isFetched: (slot: string) => boolean
  /** Whether Postern sets new values at the ESP through its API. */
  readonly isInstalled: (config: Config, versions: readonly SecretVersion[], slot: string) => boolean
  /** How long old versions stay accepted if a request does not say. */
  readonly graceSeconds: (config: Config) => number
  /** The settings after a new value. @param before the values of the slot so far */
  readonly withSecret: (config: Config, before: readonly (Secret | null)[], secret: Secret) => Config
  /** The settings after a change of the versions. */
  readonly withVersions: (
    config: Config,
    before: readonly SecretVersion[],
    after: readonly SecretVersion[],
  ) => Config
  /** Whether the owner can work with these versions: deliveries can be authenticated, or signed. */
  readonly canWork: (config: Config, versions: readonly SecretVersion[]) => boolean
  /** Whether `force` may leave an owner that cannot work. */
  readonly mayStrand: boolean
}

/** `source/shop` or `destination/app`: the owner in the audit log and in the associated data of its sealed secrets. */
export const pathOf = (ownerKey: string): string => (ownerKey.includes('/') ? ownerKey : `source/${ownerKey}`)
