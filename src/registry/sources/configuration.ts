/** The whole configuration as one thing: what is wanted, and what that changes. Types only. */
import type { UnreachedGuard } from '../propagation/notify-guards.ts'
import type { SecretState } from '../rotation/secret-version.ts'
import type { DocumentProblem, SourceView } from './source.ts'

export interface Configuration {
  /** Grows with every change of any source. */
  readonly version: number
  /** By name. */
  readonly sources: readonly SourceView[]
}

export interface WantedConfiguration {
  /** Documents by name, as they would be put one by one. */
  readonly sources: Readonly<Record<string, unknown>>
  /** Whether sources that are not named go. */
  readonly prune: boolean
  /** The version of the configuration that the plan was made against; null when any will do. */
  readonly expectedVersion: number | null
  /** Plans and changes nothing. */
  readonly dryRun: boolean
}

type Plain = null | boolean | number | string

/** A setting's value. Not any JSON: the types of a call must end somewhere. */
export type Setting = Plain | readonly Plain[] | Readonly<Record<string, Plain | readonly Plain[]>>

/** What becomes of one source. */
export interface SourceChange {
  readonly name: string
  /** `left`: it is there, is not named, and stays. */
  readonly change: 'created' | 'changed' | 'removed' | 'unchanged' | 'left'
  /** Settings that differ; an absent one is null. */
  readonly settings: readonly { readonly path: string; readonly before: Setting; readonly after: Setting }[]
  /** Versions of secrets that differ; null where there is none. */
  readonly secrets: readonly {
    readonly slot: string
    readonly version: number
    readonly before: SecretState | null
    readonly after: SecretState | null
  }[]
}

export type Applied =
  | {
      readonly ok: true
      /** Of the configuration, as it is now. */
      readonly version: number
      /** By name. */
      readonly changes: readonly SourceChange[]
      readonly unreached: readonly UnreachedGuard[]
    }
  | NotApplied

export type NotApplied =
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  /** Paths begin with the name of the source. */
  | {
      readonly ok: false
      readonly code: 'configuration_invalid'
      readonly problems: readonly DocumentProblem[]
    }
