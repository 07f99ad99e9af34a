/** The contract of one group of measurements. */
import type { Reading } from './goals.ts'

/** `quick` only checks that everything runs; its numbers mean nothing. */
export type Effort = 'full' | 'quick'

export interface Finding {
  readonly title: string
  /** Conditions of the comparison. */
  readonly notes: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly readings: readonly Reading[]
  /** The numbers of the table, machine-readable. */
  readonly data: unknown
}

export interface Group {
  readonly name: string
  readonly run: (effort: Effort) => Promise<Finding>
  /** True for a group that takes many minutes and in full runs only if it is named: all others together take a quarter of an hour. */
  readonly isLong?: true
}
