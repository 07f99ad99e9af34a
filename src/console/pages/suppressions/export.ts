/** The whole list as CSV, the same file as the command writes. It is read page by page while it is sent. */
import { csvLine } from '../../../platform/csv.ts'
import { exportSuppressions } from '../../../store/suppression-rows.ts'
import type { ConsoleContext } from '../../context.ts'
import type { RequestContext } from '../../request-context.ts'
import { EXPORT_HEADS } from '../../suppression-rows.ts'
import { answerFile } from '../answer.tsx'

const ROWS = 500

export const exportCsv = (c: ConsoleContext): Response =>
  answerFile(c, 'suppressions.csv', 'text/csv', linesOf(c.get('context'), c.req.query('lifted') === 'true'))

async function* linesOf(
  { store, nowMs }: Pick<RequestContext, 'store' | 'nowMs'>,
  withLifted: boolean,
): AsyncGenerator<string> {
  yield csvLine(EXPORT_HEADS)
  let cursor: string | undefined
  do {
    const page = await exportSuppressions(store, {
      limit: ROWS,
      cursor,
      inForceAtMs: withLifted ? null : nowMs,
    })
    yield page.suppressions.map((row) => csvLine(EXPORT_HEADS.map((name) => row[name] ?? ''))).join('')
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
}
