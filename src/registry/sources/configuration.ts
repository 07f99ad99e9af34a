/** The configuration of all sources: the wanted state, and what it changes. Types only. */
import type { UnreachedGuard } from '../propagation/notify-guards.ts'
import type { SecretState } from '../rotation/secret-version.ts'
import type { DocumentProblem, SourceView } from './source.ts'

export interface Configuration {
  /** Grows with every change of any source. */
  readonly version: number
  /** Sorted by name. */
  readonly sources: readonly SourceView[]
}

export interface WantedConfiguration {
  /** Documents by name, the same as for a single source. */
  readonly sources: Readonly<Record<string, unknown>>
  /** Whether sources that are not named are removed. */
  readonly prune: boolean
  /** The version of the configuration that the operator saw; null for any. */
  readonly expectedVersion: number | null
  /** Returns the changes without writing them. */
  readonly dryRun: boolean
}

type Plain = null | boolean | number | string

/** The value of a setting. Not a recursive JSON type: the types of a call must be finite. */
export type Setting = Plain | readonly Plain[] | Readonly<Record<string, Plain | readonly Plain[]>>

/** The change of one source. */
export interface SourceChange {
  readonly name: string
  /** `left`: it exists, is not named, and is kept. */
  readonly change: 'created' | 'changed' | 'removed' | 'unchanged' | 'left'
  /** Settings that differ. Null for an absent one. */
  readonly settings: readonly { readonly path: string; readonly before: Setting; readonly after: Setting }[]
  /** Versions of secrets whose state differs. Null for an absent one. */
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
      /** The version of the configuration after the change. */
      readonly version: number
      /** Sorted by name. */
      readonly changes: readonly SourceChange[]
      readonly unreached: readonly UnreachedGuard[]
    }
  | NotApplied

export type NotApplied =
  | { readonly ok: false; readonly code: 'version_conflict'; readonly version: number }
  /** Each path begins with the name of a source. */
  | {
      readonly ok: false
      readonly code: 'configuration_invalid'
      readonly problems: readonly DocumentProblem[]
    }
