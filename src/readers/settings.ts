/** Settings in the memory of the object that works by them. The registry has the document. */

export interface SettingsDeps<Sealed, Open> {
  /** Null if there is no such destination or source. */
  readonly load: () => Promise<Sealed | null>
  readonly open: (sealed: Sealed) => Promise<Open> | Open
  /** Called with settings before they are used. */
  readonly begin: (opened: Open) => Promise<void>
  readonly nowMs: () => number
}

/** The console tells of each change at once. If that is lost, the object learns of it after this time. */
const MAX_AGE_MS = 30_000

export class Settings<Sealed, Open> {
  readonly #deps: SettingsDeps<Sealed, Open>
  #known: Open | undefined
  #loading: Promise<Open | undefined> | undefined
  #isStale = true
  #loadedMs = 0

  constructor(deps: SettingsDeps<Sealed, Open>) {
    this.#deps = deps
  }

  markStale(): void {
    this.#isStale = true
  }

  /** Whether these settings are still the ones to work with. */
  isCurrent(opened: Open): boolean {
    return !this.#isStale && this.#known === opened
  }

  /** The settings as they are now. Undefined if there are none. */
  current(): Promise<Open | undefined> {
    const isFresh = !this.#isStale && this.#deps.nowMs() - this.#loadedMs < MAX_AGE_MS
    if (isFresh && this.#known !== undefined) return Promise.resolve(this.#known)
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #load(): Promise<Open | undefined> {
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
