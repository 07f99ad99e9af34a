/** The style sheet of all pages, without a framework. Colors follow the system, sizes the browser's font size. */
import BASE from './base.css'
import CHARTS from './charts.css'
import FORMS from './forms.css'
import FRAME from './frame.css'
import PAGES from './pages.css'
import TABLES from './tables.css'
import TOKENS from './tokens.css'

/** @param font the address of Inter with all its weights */
export const styleWith = (font: string): string =>
  [
    `@font-face{font-family:Inter;font-weight:100 900;font-display:swap;src:url(${font}) format('woff2')}`,
    TOKENS,
    BASE,
    FRAME,
    TABLES,
    FORMS,
    CHARTS,
    PAGES,
  ].join('\n')
