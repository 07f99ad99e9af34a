/** The master keys that a Worker has, and whether they open what is stored. */

/** Kinds of stored keys and secrets of which some are opened as a test. */
export const OPENED = ['secrets', 'audit_key', 'store_keys'] as const

export interface KeyState {
  /** By `keyMarks`. The first one seals. */
  readonly keys: readonly string[]
  /** Kinds of which a tested one does not open under any of these keys. */
  readonly unreadable: readonly (typeof OPENED)[number][]
}
