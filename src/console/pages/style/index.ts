/** The style sheet of all pages, without a framework. Colors follow the system, sizes the browser's font size. */
import BASE from './base.css'
import CHARTS from './charts.css'
import COLORS from './colors.css'
import FORMS from './forms.css'
import FRAME from './frame.css'
import PAGES from './pages.css'
import TABLES from './tables.css'

export const STYLE = [COLORS, BASE, FRAME, TABLES, FORMS, CHARTS, PAGES].join('\n')
