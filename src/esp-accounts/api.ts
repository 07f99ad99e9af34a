/** The calls of the object that talks to a source's ESP, by part. Types only: the console imports these. */

/** Why the ESP's API gave no answer that counts. */
export interface EspRefusal {
  readonly ok: false
  readonly code:
    /** The source, its key or a driver is missing. */
    | 'no_account'
    | 'key_unreadable'
    | 'key_refused'
    | 'key_too_weak'
    | 'not_found'
    | 'rate_limited'
    | 'over_budget'
    | 'unavailable'
    | 'refused'
    | 'too_large'
    | 'unreadable'
  /** Of the answer; null without one. */
  readonly status: number | null
  /** When to ask again, if the ESP or the budget says so. */
  readonly untilMs: number | null
}

export interface EspAccountApi {
  /** Runs what is due. */
  wake(): Promise<void>
  /** The source or its key was changed, or is gone. */
  changed(): Promise<void>
}
