/** What each deployed version says of itself, in a variable: so it is known wherever the account is, and in no file. */

/** The variable's name. Its value is JSON. */
export const RELEASE_VARIABLE = 'POSTERN_RELEASE'

export interface Release {
  /** When it was made: `20261127T083000Z`. Later ones sort behind. */
  readonly id: string
  /** Of the package. */
  readonly version: string
  /** Hash of the code and of the configuration. */
  readonly code: string
  /** Of the database, before the migrations of this release. */
  readonly bookmark: string
  /** How many migrations the database has with this release. */
  readonly migrations: number
  /** Classes of Durable Objects that the Worker hosts. */
  readonly classes: readonly string[]
  /** The first digits of the master key's hash, if this release has set it. */
  readonly masterKey?: string
}

export function readRelease(vars: Readonly<Record<string, string>>): Release | undefined {
  try {
    return JSON.parse(vars[RELEASE_VARIABLE] ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}
