/** The erasure of a person, as the registry lists it. */

export interface Erasure {
  /** Erasures are applied in the order of their numbers. */
  readonly number: number
  /** Blind index, 32 hex digits. */
  readonly person: string
  /** Events that were received until then are stored without the person. */
  readonly erasedAtMs: number
  readonly keepsSuppression: boolean
}

/** The registry's list of all erasures. */
export interface ErasureList {
  /** Number of the newest erasure; 0 if there is none. */
  newest(): Promise<number>
  /** Erasures with greater numbers, in order. */
  after(number: number, limit: number): Promise<readonly Erasure[]>
}
