/** The forms of a report. */
import type { Paint } from '../../command.ts'
import type { Report } from '../report.ts'
import { text } from './text.ts'

export type Format = (report: Report, paint: Paint) => string

export const FORMATS = {
  text,
  json: (report) => JSON.stringify(report, null, 2),
} as const satisfies Record<string, Format>
