/** `postern suppressions export`: the list as CSV, one line a reason, so that an import restores it. */
import { suppressionRoutes } from '../../api/suppressions.ts'
import { type MakeCommand, remote } from '../command.ts'
import { EXPORT_HEADS } from '../../console/suppression-rows.ts'
import { csvLine } from '../../platform/csv.ts'
import { progress } from '../out/progress.ts'

export const exportCsv: MakeCommand = ({ api, io, show }) =>
  remote(
    'export',
    'All suppressed addresses as CSV, which import restores; what a spreadsheet would run as a formula begins with an apostrophe.',
    'postern suppressions export > suppressed.csv',
  )
    .option('--with-lifted', 'also reasons that were lifted, with lifted_at and without since')
    .action(async (options) => {
      const query = options.withLifted === true ? { lifted: 'true' } : {}
      const rows = (await api(options)).rows(suppressionRoutes.exportSuppressions, { query }, null)
      const all: object[] = []
      const seen = progress(io.terminal, 'Exported')
      let count = 0
      if (options.json !== true) io.print(Buffer.from(csvLine(EXPORT_HEADS)))
      for await (const row of rows) {
        if (options.json === true) all.push(row)
        else io.print(Buffer.from(csvLine(EXPORT_HEADS.map((name) => row[name] ?? ''))))
        seen.at(++count)
      }
      seen.done()
      if (options.json === true) show(options, { suppressions: all }, () => '')
      else io.terminal.note(`Exported ${count} lines.`)
    })
