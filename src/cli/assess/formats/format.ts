/** Interface of a form of the report. */
import type { Paint } from '../../command.ts'
import type { Comparison } from '../compare.ts'
import type { Report } from '../report.ts'

export interface Shown {
  readonly report: Report
  /** Undefined if the report is compared with none. */
  readonly compared: Comparison | undefined
}

export type Format = (shown: Shown, paint: Paint) => string
