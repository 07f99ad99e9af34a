/** A destination's settings in the memory of its object. The registry has the document. */
import type { SealedDestination } from '../registry/destinations/destination.ts'
import type { OpenDestination } from './config.ts'

export interface SettingsDeps {
  /** Null if there is no such destination. */
  readonly load: () => Promise<SealedDestination | null>
  readonly open: (sealed: SealedDestination) => Promise<OpenDestination>
  /** Called with settings before they are used. */
  readonly begin: (destination: OpenDestination) => Promise<void>
  readonly nowMs: () => number
}

/** The console tells of each change at once. If that is lost, the object learns of it after this time. */
const MAX_AGE_MS = 30_000

export class Settings {
  readonly #deps: SettingsDeps
  #known: OpenDestination | undefined
  #loading: Promise<OpenDestination | undefined> | undefined
  #isStale = true
  #loadedMs = 0

  constructor(deps: SettingsDeps) {
    this.#deps = deps
  }

  markStale(): void {
    this.#isStale = true
  }

  /** Whether these settings are still the ones to work with. */
  isCurrent(destination: OpenDestination): boolean {
    return !this.#isStale && this.#known === destination
  }

  /** The settings as they are now. Undefined if there is no such destination. */
  current(): Promise<OpenDestination | undefined> {
    const isFresh = !this.#isStale && this.#deps.nowMs() - this.#loadedMs < MAX_AGE_MS
    if (isFresh && this.#known !== undefined) return Promise.resolve(this.#known)
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<OpenDestination | undefined> {
    const { load, open, begin, nowMs } = this.#deps
    this.#isStale = false
    this.#loadedMs = nowMs()
    try {
      const sealed = await load()
      const opened = sealed === null ? undefined : await open(sealed)
      if (opened !== undefined) await begin(opened)
      this.#known = opened
      return opened
    } catch (cause) {
      this.#isStale = true
      throw cause
    }
  }
}
