/** The contract of one group of measurements. */
import type { Reading } from './goals.ts'

/** `quick` shows that everything runs; its numbers mean nothing. */
export type Effort = 'full' | 'quick'

export interface Finding {
  readonly title: string
  /** What a reader must know: what was compared with what, and where. */
  readonly notes: readonly string[]
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly readings: readonly Reading[]
  /** The numbers behind the table, for machines. */
  readonly data: unknown
}

export interface Group {
  readonly name: string
  readonly run: (effort: Effort) => Promise<Finding>
}
