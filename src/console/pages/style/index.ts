/** The style sheet of all pages, without a framework. Colors follow the system, sizes the browser's font size. */
import BASE from './base.css'
import CHARTS from './charts.css'
import COLORS from './colors.css'
import DOCS from './docs.css'
import FORMS from './forms.css'
import FRAME from './frame.css'
import TABLES from './tables.css'

export const STYLE = [COLORS, BASE, FRAME, TABLES, FORMS, CHARTS, DOCS].join('\n')

/** The address changes with the contents, so that browsers may cache it forever. */
export const STYLE_PATH = `/style.css?v=${checksum(STYLE)}`

/** FNV-1a, 32 bits: enough to tell two versions apart. */
function checksum(text: string): string {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}
