/** The style sheet of all pages, without a framework. Colors follow the system, sizes the browser's font size. */
import ADMIN from './admin.css'
import BASE from './base.css'
import CHARTS from './charts.css'
import COLORS from './colors.css'
import DESTINATIONS from './destinations.css'
import DOCS from './docs.css'
import EVENTS from './events.css'
import FORMS from './forms.css'
import FRAME from './frame.css'
import OVERVIEW from './overview.css'
import REPAIR from './repair.css'
import SOURCES from './sources.css'
import TABLES from './tables.css'

export const STYLE = [
  COLORS,
  BASE,
  FRAME,
  TABLES,
  FORMS,
  CHARTS,
  DESTINATIONS,
  OVERVIEW,
  DOCS,
  EVENTS,
  REPAIR,
  SOURCES,
  ADMIN,
].join('\n')
