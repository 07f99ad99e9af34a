/** Erasures of people: a numbered list, outside of D1, so that a restore of D1 cannot take one back. Rows stay for good. */

/** One row of the list, as a restore does it again. */
export interface Erasure {
  /** 1, 2, 3 … in the order in which they began. A number may be left out, and none is given twice. */
  readonly number: number
  /** Blind index, 32 hex digits. */
  readonly person: string
  readonly erasedAtMs: number
  readonly keepsSuppression: boolean
}

/** An erasure as it is listed. */
export interface ErasureRecord extends Erasure {
  /** Null while it runs. */
  readonly finishedAtMs: number | null
  /** JWS; null while it runs. */
  readonly certificate: string | null
}

/** An erasure that goes on. */
export interface UnfinishedErasure extends Erasure {
  /**
   * Normalized. It is forgotten when the erasure is finished. Null if the erasure was adopted after the registry was lost, or if no
   * master key opens it.
   */
  readonly address: string | null
}

export interface WantedErasure {
  readonly person: string
  /** Normalized. */
  readonly address: string
  readonly keepsSuppression: boolean
  /** The new number is greater than this: the newest that the bucket or D1 knows. */
  readonly above: number
  /** Version of the retention document of which no hold names her. */
  readonly retentionVersion: number
}

export type BeganErasure =
  | { readonly ok: true; readonly erasure: UnfinishedErasure; readonly isNew: boolean }
  /** Retention has changed meanwhile, so a hold may name her now. */
  | { readonly ok: false; readonly code: 'retention_changed' }
