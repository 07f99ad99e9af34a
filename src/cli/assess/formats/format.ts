/** Interface of a form of the report. */
import type { Paint } from '../../command.ts'
import type { Assessment } from '../../../api/assessments.ts'
import type { Comparison } from '../../../console/assessments/compare.ts'

export interface Shown {
  readonly report: Assessment
  /** Undefined if the report is compared with none. */
  readonly compared: Comparison | undefined
}

export type Format = (shown: Shown, paint: Paint) => string
