/**
 * The sources that this isolate caches. A cached source is used for 30 s and then refreshed in the background. The answer of each
 * `admit` names the newest version, so a change takes effect on the next delivery.
 *
 * Unknown names cause no call of their own: an isolate asks the registry for its source index, a few times a second at most.
 */
import { dropOldest } from '../../platform/bounded-map.ts'
import { SingleFlight } from '../../platform/single-flight.ts'
import { RESOURCE_NAME } from '../../platform/resource-name.ts'
import type { SealedSource, Secrets, Source, SourceIndex } from '../../registry/sources/source.ts'

/** The registry's side of it. */
export interface SourceOrigin {
  load(name: string): Promise<SealedSource | null>
  sourceIndex(knownVersion: number): Promise<SourceIndex>
}

export type FoundSource =
  | CachedSource
  | { readonly state: 'unknown' }
  /** The registry does not answer, and the source is not cached or too old. */
  | { readonly state: 'unavailable' }

interface CachedSource {
  readonly state: 'known'
  readonly source: Source
  readonly loadedAtMs: number
}

const FRESH_MS = 30_000
/** A failed proof may mean that the source has changed. The time between two calls to find out. */
const RECHECK_MS = 1_000
const SOURCES_MAX = 2_000

const UNKNOWN_FOR_MS = 1_000
const UNKNOWN_MAX = 1_000

/** Calls for the source index: this many at once, and this many a second. */
const SOURCE_INDEX_BURST = 50
const SOURCE_INDEX_PER_SECOND = 5

export class Sources {
  readonly #origin: SourceOrigin
  readonly #open: (sealed: SealedSource) => Promise<Secrets>
  readonly #cached = new Map<string, CachedSource>()
  readonly #loads = new SingleFlight<Source | null | 'late'>()
  readonly #unknownUntilMs = new Map<string, number>()
  #sourceIndex: { readonly version: number; readonly names: Set<string>; readonly askedAtMs: number } = {
    version: -1,
    names: new Set(),
    askedAtMs: 0,
  }
  readonly #sourceIndexes = new SingleFlight<'asked' | 'late'>()
  #sourceIndexTokens = SOURCE_INDEX_BURST
  #sourceIndexAskedAtMs = 0

  constructor(origin: SourceOrigin, open: (sealed: SealedSource) => Promise<Secrets>) {
    this.#origin = origin
    this.#open = open
  }

  /** @param inBackground keeps a refresh running after the answer */
  async find(
    name: string,
    nowMs: number,
    inBackground: (work: Promise<unknown>) => void,
  ): Promise<FoundSource> {
    const cached = this.#cached.get(name)
    if (cached === undefined) return this.#findUncached(name, nowMs)
    const ageMs = Math.abs(nowMs - cached.loadedAtMs)
    if (ageMs < FRESH_MS) return cached
    const refresh = this.reload(name, nowMs)
    if (ageMs < cached.source.config.maxStaleSeconds * 1_000) {
      inBackground(refresh)
      return cached
    }
    return refresh
  }

  /** Asks the registry now. If it is down, the cached source is used while it is not too old. */
  async reload(name: string, nowMs: number): Promise<FoundSource> {
    try {
      const source = await this.#load(name)
      if (source === 'late') return this.#usableCached(name, nowMs)
      const cached = this.#cached.get(name)
      // A caller whose wait timed out has asked again since; its answer is newer.
      if (cached !== undefined && cached.loadedAtMs > nowMs) return cached
      if (source === null) {
        this.#cached.delete(name)
        // An index from before the removal would make every further request ask again.
        this.#sourceIndex.names.delete(name)
        return { state: 'unknown' }
      }
      return this.#keep(source, nowMs)
    } catch {
      return this.#usableCached(name, nowMs)
    }
  }

  /** The cached source if it is not too old. */
  #usableCached(name: string, nowMs: number): FoundSource {
    const cached = this.#cached.get(name)
    const usable =
      cached !== undefined &&
      Math.abs(nowMs - cached.loadedAtMs) < cached.source.config.maxStaleSeconds * 1_000
    return usable ? cached : { state: 'unavailable' }
  }

  /** Whether to look for a newer version after a failed proof: once a second for each source. */
  mayRecheck(found: { readonly loadedAtMs: number }, nowMs: number): boolean {
    return Math.abs(nowMs - found.loadedAtMs) >= RECHECK_MS
  }

  /** A name that this isolate has not cached. */
  async #findUncached(name: string, nowMs: number): Promise<FoundSource> {
    // No source can have that name. It is not remembered, since it may be as long as a URL.
    if (!RESOURCE_NAME.test(name)) return { state: 'unknown' }
    if (!this.#sourceIndex.names.has(name)) {
      if ((this.#unknownUntilMs.get(name) ?? 0) > nowMs) return { state: 'unknown' }
      try {
        const asked = await this.#sourceIndexes.run('sourceIndex', () => this.#askSourceIndex(nowMs), 'late')
        if (asked === 'late') return { state: 'unavailable' }
      } catch {
        return { state: 'unavailable' }
      }
      if (!this.#sourceIndex.names.has(name)) {
        this.#rememberUnknown(name, nowMs)
        return { state: 'unknown' }
      }
    }
    return this.reload(name, nowMs)
  }

  async #askSourceIndex(nowMs: number): Promise<'asked'> {
    const refilled = (Math.abs(nowMs - this.#sourceIndexAskedAtMs) / 1_000) * SOURCE_INDEX_PER_SECOND
    this.#sourceIndexTokens = Math.min(SOURCE_INDEX_BURST, this.#sourceIndexTokens + refilled)
    this.#sourceIndexAskedAtMs = nowMs
    // Past the limit: the index of a moment ago decides.
    if (this.#sourceIndexTokens < 1) return 'asked'
    this.#sourceIndexTokens -= 1
    const { version, names } = await this.#origin.sourceIndex(this.#sourceIndex.version)
    if (names !== null && nowMs >= this.#sourceIndex.askedAtMs)
      this.#sourceIndex = { version, names: new Set(names), askedAtMs: nowMs }
    return 'asked'
  }

  /** Deduplicates concurrent loads of a name. */
  #load(name: string): Promise<Source | null | 'late'> {
    const load = async (): Promise<Source | null> => {
      const sealed = await this.#origin.load(name)
      return sealed === null ? null : this.#opened(sealed)
    }
    return this.#loads.run(name, load, 'late')
  }

  async #opened(sealed: SealedSource): Promise<Source> {
    const { name, version, config, capture, containment, setup, forwardsTo } = sealed
    const cached = this.#cached.get(name)?.source
    // The same version stays the same object, so that its imported keys stay imported.
    return cached?.version === version
      ? cached
      : { name, version, config, capture, containment, setup, forwardsTo, secrets: await this.#open(sealed) }
  }

  #keep(source: Source, nowMs: number): CachedSource {
    const known = { state: 'known' as const, source, loadedAtMs: nowMs }
    this.#cached.delete(source.name)
    this.#cached.set(source.name, known)
    dropOldest(this.#cached, SOURCES_MAX)
    return known
  }

  #rememberUnknown(name: string, nowMs: number): void {
    this.#unknownUntilMs.set(name, nowMs + UNKNOWN_FOR_MS)
    dropOldest(this.#unknownUntilMs, UNKNOWN_MAX)
  }
}
