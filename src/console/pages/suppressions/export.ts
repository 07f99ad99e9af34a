/** The whole list as CSV, the same file as the command writes. It is read page by page while it is sent. */
import { csvLine } from '../../../platform/csv.ts'
import { utf8 } from '../../../platform/bytes.ts'
import { exportSuppressions } from '../../../store/suppressions.ts'
import type { ConsoleContext } from '../../context.ts'
import { EXPORT_HEADS } from '../../suppression-rows.ts'
import { answerFile } from '../answer.tsx'

const ROWS = 500

export function exportCsv(c: ConsoleContext): Response {
  const { store } = c.get('context')
  const withLifted = c.req.query('lifted') === 'true'
  let cursor: string | undefined
  const stream = new ReadableStream<Uint8Array>({
    start: (out) => out.enqueue(utf8(csvLine(EXPORT_HEADS))),
    async pull(out) {
      const page = await exportSuppressions(store, { limit: ROWS, cursor, withLifted })
      const lines = page.suppressions.map((row) => csvLine(EXPORT_HEADS.map((name) => row[name] ?? '')))
      out.enqueue(utf8(lines.join('')))
      cursor = page.next_cursor ?? undefined
      if (cursor === undefined) out.close()
    },
  })
  return answerFile(c, 'suppressions.csv', 'text/csv', stream)
}
