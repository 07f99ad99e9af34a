/** The export of a person as a page to read. It runs nothing and loads nothing, and every text from outside is escaped. */
import type { PartName } from '../../api/person-data.ts'
import { visibleText } from '../../platform/visible.ts'
import type { PersonDocument } from './document.ts'

const TITLES: Readonly<Record<PartName, string>> = {
  events: 'What happened to messages for this address',
  suppressions: 'Why nothing more is sent to it',
  liftings: 'When such reasons were lifted',
  address_checks: 'Whether it was found to take mail',
  quarantine: 'Reports that could not be understood and name it',
  dead_letters: 'Reports that could not be stored and name it',
  deliveries: 'Which systems were told in the last days',
  holds: 'Why data is kept for longer',
}

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1a1a1a}
h2{margin-top:2.5rem}table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #ddd;padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{white-space:nowrap}.wide{overflow-x:auto}`

export function htmlOf(document: PersonDocument): string {
  const { address, exported_at, console, archive } = document
  const parts = (Object.keys(TITLES) as PartName[]).map((name) => section(TITLES[name], document[name]))
  const missing =
    archive === null || archive.included
      ? ''
      : `<p><strong>Not complete:</strong> older events in the archive, of ${text(archive.first_day)} to ${text(archive.last_day)}, are not in this copy.</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>Data about ${text(address)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Data about ${text(address)}</h1>
<p>All that ${text(console)} had about this address at ${text(exported_at)}. Times are in UTC.</p>
${missing}
${parts.join('\n')}
</body>
</html>
`
}

type Row = Readonly<Record<string, unknown>>

function section(title: string, rows: readonly Row[]): string {
  const heading = `<h2>${title}</h2>`
  if (rows.length === 0) return `${heading}\n<p>Nothing.</p>`
  // Columns that say something in some row.
  const columns = Object.keys(rows[0] ?? {}).filter((name) => rows.some((row) => !isEmpty(row[name])))
  const head = columns.map((name) => `<th>${text(name.replaceAll('_', ' '))}</th>`).join('')
  const lines = rows.map((row) => `<tr>${columns.map((name) => `<td>${cell(row[name])}</td>`).join('')}</tr>`)
  return `${heading}\n<div class="wide"><table>\n<tr>${head}</tr>\n${lines.join('\n')}\n</table></div>`
}

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

const cell = (value: unknown): string =>
  isEmpty(value) ? '' : text(typeof value === 'object' ? JSON.stringify(value) : value)

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Also without characters that are not seen, by which a text could read otherwise than it is. */
const text = (value: unknown): string =>
  visibleText(String(value), Infinity).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
