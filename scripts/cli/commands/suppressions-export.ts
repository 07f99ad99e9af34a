/** `postern suppressions export`: the list as CSV, one line a reason. */
import { type MakeCommand, remote } from '../command.ts'
import { csvLine } from '../csv/write.ts'
import { progress } from '../out/progress.ts'
import type { Suppression } from './suppression.ts'

const HEADS = ['address', 'reason', 'since', 'source', 'evidence', 'note'] as const

export const exportCsv: MakeCommand = ({ api, io, show }) =>
  remote(
    'export',
    'All suppressed addresses as CSV; what a spreadsheet would run as a formula begins with an apostrophe.',
    'postern suppressions export > suppressed.csv',
  ).action(async (options) => {
    const rows = (await api(options)).rows<Suppression>('/api/suppressions', 'suppressions', {}, null)
    const all: Suppression[] = []
    const seen = progress(io.terminal, 'Exported')
    let count = 0
    if (options.json !== true) io.print(Buffer.from(csvLine(HEADS)))
    for await (const row of rows) {
      if (options.json === true) all.push(row)
      else io.print(Buffer.from(linesOf(row)))
      seen.at(++count)
    }
    seen.done()
    if (options.json === true) show(options, { suppressions: all }, () => '')
    else io.terminal.note(`Exported ${count} addresses.`)
  })

const linesOf = ({ recipient, reasons }: Suppression): string =>
  reasons
    .map(({ reason, since, source, evidence, note }) =>
      csvLine([recipient, reason, since, source ?? '', evidence ?? '', note ?? '']),
    )
    .join('')
