/** The forms of a report. To add one: a file here and a row. */
import { visibleJson } from '../../../platform/visible.ts'
import type { Format } from './format.ts'
import { markdown } from './markdown.ts'
import { sarif } from './sarif.ts'
import { text } from './text.ts'

export const FORMATS = {
  text,
  md: markdown,
  json: ({ report, compared }) =>
    visibleJson(JSON.stringify({ ...report, ...(compared && { compared }) }, null, 2)),
  sarif,
} as const satisfies Record<string, Format>

export const FORMAT_NAMES = [
  'text',
  'md',
  'json',
  'sarif',
] as const satisfies readonly (keyof typeof FORMATS)[]
