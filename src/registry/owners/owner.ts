/** Owners of secrets: sources, destinations and channels. A row for each kind says how its documents and secrets change. */
import type { DestinationRules } from '../../platform/outbound-url.ts'
import type { NewSecret } from '../rotation/reconcile.ts'
import type { SecretVersion } from '../rotation/secret-version.ts'
import type { StoredSecret } from '../rotation/transitions.ts'
import type { CheckedValue } from '../secrets/index.ts'
import type { DocumentProblem, Secret, Secrets } from '../sources/source.ts'

/** An owner as it is stored, with every version of its secrets. */
export interface Stored<Config> {
  readonly name: string
  readonly version: number
  readonly config: Config
  readonly secrets: readonly StoredSecret[]
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export type ReadOwner<Config> =
  | {
      readonly ok: true
      readonly config: Config
      /** Values that the document brings. */
      readonly secrets: Secrets
      /** Slots whose stored versions stay as they are. */
      readonly kept: ReadonlySet<string>
    }
  | { readonly ok: false; readonly problems: readonly DocumentProblem[] }

/** The owner that a document replaces. */
export interface OwnerBefore<Config> {
  readonly config: Config
  /** Slots that hold a value. */
  readonly slots: ReadonlySet<string>
  /** @throws {SealBroken} when no configured master key opens one of them */
  readonly secrets: () => Promise<Secrets>
}

export interface OwnerKind<Config> {
  readonly noun: 'source' | 'destination' | 'channel'
  readonly max: number
  /** The owner's key in the tables about secrets: `shop`, or `destination/app`. No name holds a slash. */
  readonly keyOf: (name: string) => string
  /** Reads saved settings, with the defaults of settings that were added later. */
  readonly saved: (json: string) => Config
  /** Checks a document as a whole: every problem at once, never a value. */
  readonly read: (
    document: unknown,
    before: OwnerBefore<Config> | undefined,
    rules: DestinationRules,
  ) => ReadOwner<Config> | Promise<ReadOwner<Config>>
  /** The settings without secret parts. */
  readonly shown: (config: Config) => object
  /** The settings in the audit log, if that may hold less than operators see. */
  readonly recorded?: (config: Config) => object
  /** The number of guards to notify of a change. Absent if no gateway caches such owners. */
  readonly guardShards?: (config: Config) => number
  /** Sources with which gateways cache something of such an owner. Absent if there are none. */
  readonly cachedWith?: (config: Config) => readonly string[] | 'all'
  /** Whether a document equals the stored owner. It is then accepted, even if a new owner could not be like this. */
  readonly isUnchanged?: (document: unknown, config: Config, stored: Secrets) => boolean
  /** Problems of valid settings that this installation lacks something for. */
  readonly problems?: (
    config: Config,
    installation: { readonly redisProblem: string | null },
  ) => DocumentProblem[]
  /** New secrets for slots that must not be empty. */
  readonly missing?: (
    config: Config,
    versions: readonly SecretVersion[],
    nowMs: number,
  ) => Promise<NewSecret[]>
  /** Versions that stay in the table. */
  readonly pruned: (rows: readonly StoredSecret[]) => StoredSecret[]
  /** Whether retrieval links and pending installs end with this change. */
  readonly endsRotations?: (config: Config, before: Config | undefined) => boolean
}

/** A kind whose secrets are rotated one by one. */
export interface RotatingKind<Config> extends OwnerKind<Config> {
  readonly slots: (config: Config) => readonly string[]
  /** Whether a slot changes by rotation. If not, only the document changes it. */
  readonly isRotated: (slot: string) => boolean
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
  readonly forceMayDisable: boolean
}

/** `source/shop` or `destination/app`: the owner in the audit log and in the associated data of its sealed secrets. */
export const pathOf = (ownerKey: string): string => (ownerKey.includes('/') ? ownerKey : `source/${ownerKey}`)
