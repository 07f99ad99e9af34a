/** Retention in the storage of the registry: the settings, the holds as one sealed value, and what the nightly task did. */
import { type Bytes, textOf, utf8 } from '../../platform/bytes.ts'
import { parseStored } from '../../platform/json.ts'
import type { Sealer } from '../../platform/seal.ts'
import type { TableStorage } from '../../platform/table-steps.ts'
import { DEFAULT_SETTINGS, type Hold, type RetentionSettings } from './document.ts'
import type { RetentionKind } from './kinds.ts'

/** The last time that the nightly task came to a kind. */
export interface KindRun {
  readonly atMs: number
  readonly removed: number
  /** Whether more was left when its time was over. */
  readonly isMore: boolean
  /** Class name of the fault that ended it. */
  readonly fault: string | null
}

export type KindRuns = Readonly<Partial<Record<RetentionKind, KindRun>>>

export interface RetentionState {
  /** 0 if nothing was saved yet. */
  readonly version: number
  readonly updatedAtMs: number | null
  /** With the defaults of what was not saved. */
  readonly settings: RetentionSettings
  readonly holds: readonly Hold[]
  readonly runs: KindRuns
}

/** As it is stored. Settings of a later version are dropped when they are read. */
export interface StoredRetention {
  readonly version: number
  readonly updatedAtMs: number
  readonly settings: Readonly<Record<string, unknown>>
  /** JSON of the holds. */
  readonly sealedHolds: Uint8Array
}

const KEY = 'retention'
const RUNS_KEY = 'retention_runs'
const REMOVED_KEY = 'retention_removed'
const ASSOCIATED_DATA = 'retention/holds'

type Removed = Readonly<Partial<Record<RetentionKind, number>>>

export class RetentionTable {
  readonly #kv: TableStorage['kv']

  constructor({ kv }: TableStorage) {
    this.#kv = kv
  }

  /** @throws {SealBroken} */
  async read(sealer: Sealer): Promise<RetentionState> {
    const stored = this.#stored()
    const runs = this.#kv.get<KindRuns>(RUNS_KEY) ?? {}
    if (stored === undefined)
      return { version: 0, updatedAtMs: null, settings: DEFAULT_SETTINGS, holds: [], runs }
    const { version, updatedAtMs, settings, sealedHolds } = stored
    const text = textOf(await sealer.open(sealedHolds, ASSOCIATED_DATA))
    return {
      version,
      updatedAtMs,
      settings: withDefaults(settings),
      holds: (parseStored(text ?? '') as readonly Hold[] | undefined) ?? [],
      runs,
    }
  }

  /** The settings alone, for which no key is needed; null if none were saved. */
  settings(): RetentionSettings | null {
    const stored = this.#stored()
    return stored === undefined ? null : withDefaults(stored.settings)
  }

  version(): number {
    return this.#stored()?.version ?? 0
  }

  seal(holds: readonly Hold[], sealer: Sealer): Promise<Bytes> {
    return sealer.seal(utf8(JSON.stringify(holds)), ASSOCIATED_DATA)
  }

  /** Within the transaction of the change. */
  write(stored: StoredRetention): void {
    this.#kv.put(KEY, stored)
  }

  /** The version of the master key that the holds are sealed under; null if none were saved. */
  keyVersion(): number | null {
    return this.#stored()?.sealedHolds[0] ?? null
  }

  /** Reseals the holds if they are sealed under another version. @returns the number of resealed values, 0 or 1 */
  async reseal(sealer: Sealer, newest: number): Promise<number> {
    const stored = this.#stored()
    if (stored === undefined || this.keyVersion() === newest) return 0
    const plain = await sealer.open(stored.sealedHolds, ASSOCIATED_DATA)
    this.write({ ...stored, sealedHolds: await sealer.seal(plain, ASSOCIATED_DATA) })
    return 1
  }

  /** @param added what was removed since the last note */
  note(kind: RetentionKind, run: KindRun, added: number): void {
    this.#kv.put(RUNS_KEY, { ...this.#kv.get<KindRuns>(RUNS_KEY), [kind]: run })
    const removed = this.removed()
    if (added > 0) this.#kv.put(REMOVED_KEY, { ...removed, [kind]: (removed[kind] ?? 0) + added })
  }

  /** Removed things since the last line of the audit log, by kind. */
  removed(): Removed {
    return this.#kv.get<Removed>(REMOVED_KEY) ?? {}
  }

  forgetRemoved(): void {
    this.#kv.delete(REMOVED_KEY)
  }

  #stored(): StoredRetention | undefined {
    return this.#kv.get<StoredRetention>(KEY)
  }
}

export const withDefaults = (saved: StoredRetention['settings']): RetentionSettings =>
  Object.fromEntries(
    Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [name, name in saved ? saved[name] : value]),
  ) as unknown as RetentionSettings
